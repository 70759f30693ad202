-- append --
-- Append events; of equal ones in one batch the first is stored. Say which were new.
WITH arrived AS (
    SELECT ordinal, instrument_id, received_at, occurred_at, code, detail::jsonb AS detail
      FROM unnest(
               %(ordinal)s::int[], %(instrument)s::int[], %(received_at)s::timestamptz[],
               %(occurred_at)s::timestamptz[], %(code)s::text[], %(detail)s::text[]
           ) AS stated (ordinal, instrument_id, received_at, occurred_at, code, detail)
), stored AS (
    INSERT INTO event (occurred_at, received_at, instrument_id, code, detail)
    SELECT occurred_at, received_at, instrument_id, code, detail
      FROM arrived
     ORDER BY instrument_id, occurred_at, code, detail, ordinal
    ON CONFLICT DO NOTHING
    RETURNING instrument_id, occurred_at, code, detail
)
SELECT min(ordinal) FROM arrived JOIN stored USING (instrument_id, occurred_at, code, detail)
 GROUP BY instrument_id, occurred_at, code, detail
