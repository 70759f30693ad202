-- create --
-- Enter a key by the digest of its secret.
INSERT INTO api_key (id, name, role, digest, expires_at)
VALUES (%(id)s, %(name)s, %(role)s, %(digest)s, %(expires_at)s)

-- lock --
-- Let one process at a time look whether there are keys and make the first.
SELECT pg_advisory_xact_lock(hashtext('hengjian.keys'))

-- exist --
-- Whether any key was ever made.
SELECT EXISTS (SELECT 1 FROM api_key)

-- revoke --
-- Make a key invalid from now on.
UPDATE api_key SET revoked_at = now() WHERE id = %(id)s AND revoked_at IS NULL

-- valid --
-- Holder and digest of a key that is neither expired nor revoked.
SELECT name, role, digest
  FROM api_key
 WHERE id = %(id)s
   AND revoked_at IS NULL
   AND (expires_at IS NULL OR expires_at > now())
