-- enter --
-- Enter a source under a name if it is not known yet.
INSERT INTO source (code, name) VALUES (%(code)s, %(name)s) ON CONFLICT (code) DO NOTHING

-- lock --
-- Hold a source until the transaction ends; its number, version, when it was revoked, and its credential that holds.
SELECT source.id, source.version, source.revoked_at,
       (SELECT kind FROM source_credential WHERE source_id = source.id AND ended_at IS NULL)
  FROM source
 WHERE source.code = %(code)s
   FOR UPDATE OF source

-- end --
-- End the credential of a source that holds; its hashes are forgotten.
UPDATE source_credential
   SET ended_at = now(), ended_because = %(because)s, bcrypt = NULL, pbkdf2 = NULL
 WHERE source_id = %(source)s AND ended_at IS NULL

-- issue --
-- Enter a credential that holds from now on.
INSERT INTO source_credential (source_id, kind, bcrypt, pbkdf2, created_by)
VALUES (%(source)s, %(kind)s, %(bcrypt)s, %(pbkdf2)s, %(actor)s)

-- let_in --
-- Let a source speak, and count the change.
UPDATE source SET revoked_at = NULL, version = version + 1 WHERE id = %(source)s

-- shut_out --
-- Let a source speak no longer, and count the change.
UPDATE source SET revoked_at = now(), version = version + 1 WHERE id = %(source)s

-- change --
-- Set name and limits of a source, and count the change.
UPDATE source
   SET name = %(name)s, report_interval = %(report_interval)s, messages_per_second = %(messages_per_second)s,
       bytes_per_second = %(bytes_per_second)s, largest_message = %(largest_message)s, version = version + 1
 WHERE id = %(source)s

-- limits --
-- Name and limits of a source.
SELECT name, report_interval, messages_per_second, bytes_per_second, largest_message
  FROM source
 WHERE id = %(source)s

-- current --
-- Everyone who is to be let in by the broker, by code.
SELECT source.code, credential.kind, credential.bcrypt, credential.pbkdf2
  FROM source_credential AS credential
  JOIN source ON source.id = credential.source_id
 WHERE credential.ended_at IS NULL AND source.revoked_at IS NULL
 ORDER BY source.code

-- never_issued --
-- Sources that may speak and were never given a credential, by code.
SELECT source.code
  FROM source
 WHERE source.revoked_at IS NULL
   AND NOT EXISTS (SELECT FROM source_credential WHERE source_credential.source_id = source.id)
 ORDER BY source.code

-- end_push_keys --
-- Make the keys by which a source pushed over HTTP invalid.
UPDATE api_key SET revoked_at = now() WHERE source_id = %(source)s AND revoked_at IS NULL
