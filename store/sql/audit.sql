-- record --
-- Add one row to the audit trail.
INSERT INTO audit (actor, action, subject, detail)
VALUES (%(actor)s, %(action)s, %(subject)s, %(detail)s)

-- record_once --
-- Add one row to the audit trail where it does not say the same already.
INSERT INTO audit (actor, action, subject, detail)
SELECT %(actor)s, %(action)s, %(subject)s, %(detail)s
 WHERE NOT EXISTS (
           SELECT FROM audit
            WHERE subject = %(subject)s AND actor = %(actor)s AND action = %(action)s AND detail = %(detail)s)

-- of_subject --
-- What was done to a subject, oldest first.
SELECT at, actor, action, detail FROM audit WHERE subject = %(subject)s ORDER BY id
