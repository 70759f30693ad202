-- create --
-- Enter a key by the digest of its secret; nothing is entered for a source that nobody enrolled.
INSERT INTO api_key (id, name, role, digest, expires_at, source_id)
SELECT %(id)s, %(name)s, %(role)s, %(digest)s, %(expires_at)s, source.id
  FROM (SELECT) AS key
  LEFT JOIN source ON source.code = %(source)s
 WHERE %(source)s::text IS NULL OR source.id IS NOT NULL

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
-- Holder, digest and source of a key that is neither expired nor revoked.
SELECT api_key.name, api_key.role, api_key.digest, source.code
  FROM api_key
  LEFT JOIN source ON source.id = api_key.source_id
 WHERE api_key.id = %(id)s
   AND api_key.revoked_at IS NULL
   AND (api_key.expires_at IS NULL OR api_key.expires_at > now())
