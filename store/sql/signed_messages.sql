-- append --
-- Keep signed messages whose counter is not taken, and say which they were.
INSERT INTO signed_message (received_at, sequence, instrument_id, key_id, digest, jws)
SELECT received_at, sequence, instrument_id, key_id, digest, jws
  FROM unnest(
           %(received_at)s::timestamptz[], %(sequence)s::bigint[], %(instrument)s::int[], %(key)s::int[],
           %(digest)s::bytea[], %(jws)s::bytea[]
       ) AS arrived (received_at, sequence, instrument_id, key_id, digest, jws)
 ORDER BY instrument_id, sequence
ON CONFLICT DO NOTHING

-- standing --
-- Digest of the content that stands under each counter.
SELECT known.instrument_id, known.sequence, known.digest
  FROM unnest(%(instrument)s::int[], %(sequence)s::bigint[]) AS sought (instrument_id, sequence)
  JOIN signed_message AS known USING (instrument_id, sequence)

-- page --
-- Signed messages of an instrument beyond a counter, in order.
SELECT received_at, sequence, key_id, digest, jws
  FROM signed_message
 WHERE instrument_id = %(instrument)s AND sequence > %(after)s
 ORDER BY sequence
 LIMIT %(limit)s
