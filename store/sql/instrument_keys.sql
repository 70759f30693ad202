-- lock --
-- Until the transaction ends, be the only one that changes keys: revisions are then committed in their order.
LOCK TABLE instrument_key IN SHARE ROW EXCLUSIVE MODE

-- instrument --
-- Number of an instrument by source and serial.
SELECT instrument.id
  FROM instrument
  JOIN source ON source.id = instrument.source_id
 WHERE source.code = %(source)s AND instrument.serial = %(serial)s

-- named --
-- Key of an instrument by its name.
SELECT algorithm, public_key, revoked_at FROM instrument_key WHERE instrument_id = %(instrument)s AND kid = %(kid)s

-- elsewhere --
-- A source other than the instrument's in which the same public key is enrolled.
SELECT source.code
  FROM instrument_key
  JOIN instrument AS holder ON holder.id = instrument_key.instrument_id
  JOIN source ON source.id = holder.source_id
 WHERE instrument_key.public_key = %(public_key)s
   AND holder.source_id <> (SELECT source_id FROM instrument WHERE id = %(instrument)s)
 LIMIT 1

-- add --
-- Enter a key.
INSERT INTO instrument_key (instrument_id, kid, algorithm, public_key, valid_from, added_by, revision)
VALUES (
    %(instrument)s, %(kid)s, %(algorithm)s, %(public_key)s, coalesce(%(valid_from)s, now()), %(actor)s,
    (SELECT coalesce(max(revision), 0) + 1 FROM instrument_key)
)

-- revoke --
-- End a key's validity.
UPDATE instrument_key
   SET revoked_at = now(), revoked_by = %(actor)s,
       revision = (SELECT max(revision) + 1 FROM instrument_key)
 WHERE instrument_id = %(instrument)s AND kid = %(kid)s AND revoked_at IS NULL

-- of_instrument --
-- All keys of an instrument, oldest first.
SELECT id, instrument_id, kid, algorithm, public_key, valid_from, revoked_at, added_by, revoked_by, revision
  FROM instrument_key
 WHERE instrument_id = %(instrument)s
 ORDER BY id

-- changed_since --
-- Keys changed after a revision.
SELECT id, instrument_id, kid, algorithm, public_key, valid_from, revoked_at, added_by, revoked_by, revision
  FROM instrument_key
 WHERE revision > %(revision)s
 ORDER BY revision
