-- enter --
-- Find a push by its name, or enter it; say which, and whether it was finished and with what digest.
INSERT INTO push (source_id, way, name)
SELECT id, %(way)s, %(name)s FROM source WHERE code = %(source)s
ON CONFLICT ON CONSTRAINT push_once DO UPDATE SET last_at = now()
RETURNING id, digest

-- hold --
-- Be the only one that works on a push, until the connection lets go or is lost; false if somebody else does.
SELECT pg_try_advisory_lock(hashtext('hengjian.push'), hashtext(%(source)s || E'\n' || %(way)s || E'\n' || %(name)s))

-- let_go --
-- Let go of a push.
SELECT pg_advisory_unlock(hashtext('hengjian.push'), hashtext(%(source)s || E'\n' || %(way)s || E'\n' || %(name)s))

-- known --
-- What of a push is committed.
SELECT number, digest FROM push_chunk WHERE push_id = %(push)s

-- chunk --
-- What was committed of a push under a number.
SELECT digest, tally, causes, refusals FROM push_chunk WHERE push_id = %(push)s AND number = %(number)s

-- record --
-- Say what became of a chunk, in the transaction of its readings.
INSERT INTO push_chunk (push_id, number, digest, tally, causes, refusals)
VALUES (%(push)s, %(number)s, %(digest)s, %(tally)s, %(causes)s, %(refusals)s)

-- touch --
-- Say that a push is still being worked on.
UPDATE push SET last_at = now() WHERE id = %(push)s

-- finish --
-- Say that a push is committed whole; nothing changes if it was before.
UPDATE push SET finished_at = now(), last_at = now(), digest = %(digest)s WHERE id = %(push)s AND finished_at IS NULL

-- forget --
-- Forget some of the pushes that were left alone for long; those in work are passed over.
DELETE FROM push
 WHERE id IN (
       SELECT id FROM push
        WHERE way = %(way)s AND last_at < now() - %(keep)s::interval
        ORDER BY last_at
        LIMIT %(most)s
          FOR UPDATE SKIP LOCKED)

-- numbers --
-- Numbers in quarantine of messages by their digests.
SELECT digest, id FROM quarantine WHERE digest = ANY(%(digests)s)

-- standing --
-- Whether a source may still speak with the key it came with, if it came with one, and how much.
SELECT source.revoked_at IS NULL AND NOT EXISTS (
           SELECT 1 FROM api_key
            WHERE api_key.id = %(key)s AND (api_key.revoked_at IS NOT NULL OR api_key.expires_at <= now())),
       source.messages_per_second, source.bytes_per_second, source.largest_message
  FROM source
 WHERE source.code = %(source)s
