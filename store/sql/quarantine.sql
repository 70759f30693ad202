-- hold --
-- Hold messages that could not be taken; the same bytes on the same topic are held once and counted.
INSERT INTO quarantine (
    source_code, topic, cause, detail, payload, digest, readings, transactions, events,
    first_received_at, last_received_at, times_received
)
SELECT source_code, topic, cause, detail, payload, digest, readings, transactions, events,
       first_received_at, last_received_at, times_received
  FROM unnest(
           %(source_code)s::text[], %(topic)s::text[], %(cause)s::text[], %(detail)s::text[], %(payload)s::bytea[],
           %(digest)s::bytea[], %(readings)s::int[], %(transactions)s::int[], %(events)s::int[],
           %(first_received_at)s::timestamptz[], %(last_received_at)s::timestamptz[], %(times_received)s::int[]
       ) AS arrived (
           source_code, topic, cause, detail, payload, digest, readings, transactions, events,
           first_received_at, last_received_at, times_received
       )
 ORDER BY digest
ON CONFLICT (digest) DO UPDATE
   SET cause = excluded.cause,
       detail = excluded.detail,
       readings = CASE WHEN quarantine.released_at IS NULL THEN quarantine.readings ELSE 0 END + excluded.readings,
       transactions = CASE WHEN quarantine.released_at IS NULL THEN quarantine.transactions ELSE 0 END
                      + excluded.transactions,
       events = CASE WHEN quarantine.released_at IS NULL THEN quarantine.events ELSE 0 END + excluded.events,
       first_received_at = CASE WHEN quarantine.released_at IS NULL THEN quarantine.first_received_at
                                ELSE excluded.first_received_at END,
       last_received_at = greatest(quarantine.last_received_at, excluded.last_received_at),
       times_received = CASE WHEN quarantine.released_at IS NULL THEN quarantine.times_received ELSE 0 END
                        + excluded.times_received,
       released_at = NULL

-- counts --
-- How many messages are held, by source and cause.
SELECT source_code, cause, count(*), sum(times_received)::bigint, max(last_received_at)
  FROM quarantine
 WHERE released_at IS NULL
   AND (%(source)s::text IS NULL OR source_code = %(source)s)
   AND (%(cause)s::text IS NULL OR cause = %(cause)s)
 GROUP BY source_code, cause
 ORDER BY source_code, cause

-- held --
-- Numbers of held messages after a number, oldest first.
SELECT id
  FROM quarantine
 WHERE released_at IS NULL
   AND id > %(after)s
   AND (%(source)s::text IS NULL OR source_code = %(source)s)
   AND (%(cause)s::text IS NULL OR cause = %(cause)s)
 ORDER BY id
 LIMIT %(limit)s

-- entry --
-- One message of the quarantine.
SELECT id, source_code, topic, cause, detail, payload, first_received_at, last_received_at, times_received,
       released_at, readings, transactions, events
  FROM quarantine
 WHERE id = %(id)s

-- claim --
-- One held message, kept from other replays until the transaction ends.
SELECT id, source_code, topic, cause, detail, payload, first_received_at, last_received_at, times_received,
       released_at, readings, transactions, events
  FROM quarantine
 WHERE id = %(id)s AND released_at IS NULL
   FOR UPDATE

-- release --
-- Say that a message has been taken in.
UPDATE quarantine SET released_at = now() WHERE id = %(id)s

-- refuse_again --
-- Say why a replay was refused again.
UPDATE quarantine SET cause = %(cause)s, detail = %(detail)s WHERE id = %(id)s
