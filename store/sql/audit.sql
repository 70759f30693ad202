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

-- latest --
-- What was done lately, latest first; an action or a subject may be named up to its point or colon.
SELECT id, at, actor, action, subject, detail
  FROM audit
 WHERE (%(actor)s::text IS NULL OR actor = %(actor)s)
   AND (%(action)s::text IS NULL OR action = %(action)s OR starts_with(action, %(action)s || '.'))
   AND (%(subject)s::text IS NULL OR subject = %(subject)s OR starts_with(subject, %(subject)s || ':'))
   AND (%(since)s::timestamptz IS NULL OR at >= %(since)s)
 ORDER BY id DESC
 LIMIT %(limit)s
