-- record --
-- Add one row to the audit trail.
INSERT INTO audit (actor, action, subject, detail)
VALUES (%(actor)s, %(action)s, %(subject)s, %(detail)s)

-- of_subject --
-- What was done to a subject, oldest first.
SELECT at, actor, action, detail FROM audit WHERE subject = %(subject)s ORDER BY id
