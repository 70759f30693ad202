-- append --
-- Append transactions of distinct keys, and say which were new.
WITH arrived AS (
    SELECT *
      FROM unnest(
               %(ordinal)s::int[], %(instrument)s::int[], %(received_at)s::timestamptz[], %(started_at)s::timestamptz[],
               %(ended_at)s::timestamptz[], %(sequence)s::bigint[], %(quantity)s::bigint[],
               %(start_indication)s::bigint[], %(end_indication)s::bigint[], %(unit_price)s::bigint[],
               %(amount)s::bigint[], %(attributes)s::text[], %(signed)s::text[]
           ) AS stated (
               ordinal, instrument_id, received_at, started_at, ended_at, sequence, quantity,
               start_indication, end_indication, unit_price, amount, attributes, signed
           )
), stored AS (
    INSERT INTO transaction (
        started_at, ended_at, received_at, sequence, quantity, start_indication, end_indication, unit_price, amount,
        instrument_id, attributes, signed
    )
    SELECT started_at, ended_at, received_at, sequence, quantity, start_indication, end_indication, unit_price, amount,
           instrument_id, attributes::jsonb, signed::jsonb
      FROM arrived
     ORDER BY instrument_id, started_at, sequence
    ON CONFLICT DO NOTHING
    RETURNING instrument_id, started_at, sequence
)
SELECT ordinal FROM arrived JOIN stored USING (instrument_id, started_at, sequence)

-- differing --
-- Which statements differ from the one that stands under their key.
SELECT stated.ordinal
  FROM unnest(
           %(ordinal)s::int[], %(instrument)s::int[], %(received_at)s::timestamptz[], %(started_at)s::timestamptz[],
           %(ended_at)s::timestamptz[], %(sequence)s::bigint[], %(quantity)s::bigint[],
           %(start_indication)s::bigint[], %(end_indication)s::bigint[], %(unit_price)s::bigint[],
           %(amount)s::bigint[], %(attributes)s::text[], %(signed)s::text[]
       ) AS stated (
           ordinal, instrument_id, received_at, started_at, ended_at, sequence, quantity,
           start_indication, end_indication, unit_price, amount, attributes, signed
       )
  JOIN transaction USING (instrument_id, started_at, sequence)
 WHERE (transaction.ended_at, transaction.quantity, transaction.start_indication, transaction.end_indication,
        transaction.unit_price, transaction.amount, transaction.attributes, transaction.signed)
       IS DISTINCT FROM
       (stated.ended_at, stated.quantity, stated.start_indication, stated.end_indication,
        stated.unit_price, stated.amount, stated.attributes::jsonb, stated.signed::jsonb)

-- keep_conflicts --
-- Keep differing statements not known yet, and say which they were.
WITH differing AS (
    SELECT *
      FROM unnest(
               %(ordinal)s::int[], %(instrument)s::int[], %(started_at)s::timestamptz[], %(sequence)s::bigint[],
               %(digest)s::bytea[], %(statement)s::text[], %(received_at)s::timestamptz[]
           ) AS stated (ordinal, instrument_id, started_at, sequence, digest, statement, received_at)
), kept AS (
    INSERT INTO transaction_conflict (instrument_id, started_at, sequence, digest, statement, received_at)
    SELECT instrument_id, started_at, sequence, digest, statement::jsonb, received_at
      FROM differing
     ORDER BY instrument_id, started_at, sequence, digest
    ON CONFLICT DO NOTHING
    RETURNING instrument_id, started_at, sequence, digest
)
SELECT ordinal FROM differing JOIN kept USING (instrument_id, started_at, sequence, digest)
