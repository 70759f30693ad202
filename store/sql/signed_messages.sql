-- revoked --
-- Which of some keys are revoked, and since when.
SELECT id, revoked_at FROM instrument_key WHERE id = ANY(%(key)s::int[]) AND revoked_at IS NOT NULL

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

-- readings --
-- What is stored of an instrument's readings in a stretch of time.
SELECT register_id, taken_at, value, received_at
  FROM reading
 WHERE instrument_id = %(instrument)s AND taken_at >= %(since)s AND taken_at < %(until)s
 ORDER BY taken_at, register_id

-- reading_conflicts --
-- Values kept beside the first ones in a stretch of time.
SELECT register_id, taken_at, value
  FROM reading_conflict
 WHERE instrument_id = %(instrument)s AND taken_at >= %(since)s AND taken_at < %(until)s

-- transactions --
-- What is stored of an instrument's transactions in a stretch of time.
SELECT started_at, sequence, received_at,
       jsonb_build_array(
           extract(epoch FROM ended_at), quantity, start_indication, end_indication, unit_price, amount, attributes, signed
       )::text
  FROM transaction
 WHERE instrument_id = %(instrument)s AND started_at >= %(since)s AND started_at < %(until)s
 ORDER BY started_at, sequence

-- transaction_conflicts --
-- Statements kept beside the first ones in a stretch of time.
SELECT started_at, sequence, NULL,
       jsonb_build_array(
           extract(epoch FROM (statement ->> 'ended_at')::timestamptz), statement -> 'quantity',
           statement -> 'start_indication', statement -> 'end_indication', statement -> 'unit_price',
           statement -> 'amount', statement -> 'attributes', nullif(statement -> 'signed', 'null'::jsonb)
       )::text
  FROM transaction_conflict
 WHERE instrument_id = %(instrument)s AND started_at >= %(since)s AND started_at < %(until)s

-- stated_transactions --
-- Transactions as they would stand in the store.
SELECT jsonb_build_array(
           extract(epoch FROM ended_at), quantity, start_indication, end_indication, unit_price, amount,
           attributes::jsonb, signed::jsonb
       )::text
  FROM unnest(
           %(ended_at)s::timestamptz[], %(quantity)s::bigint[], %(start_indication)s::bigint[],
           %(end_indication)s::bigint[], %(unit_price)s::bigint[], %(amount)s::bigint[], %(attributes)s::text[],
           %(signed)s::text[]
       ) WITH ORDINALITY AS stated (
           ended_at, quantity, start_indication, end_indication, unit_price, amount, attributes, signed, ordinal
       )
 ORDER BY ordinal

-- events --
-- What is stored of an instrument's events in a stretch of time.
SELECT occurred_at, code, received_at, detail::text
  FROM event
 WHERE instrument_id = %(instrument)s AND occurred_at >= %(since)s AND occurred_at < %(until)s
 ORDER BY occurred_at, code

-- stated_details --
-- Details of events as they would stand in the store.
SELECT detail::jsonb::text FROM unnest(%(detail)s::text[]) WITH ORDINALITY AS stated (detail, ordinal) ORDER BY ordinal

-- hold_still --
-- See one state of the store until the transaction ends.
SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY
