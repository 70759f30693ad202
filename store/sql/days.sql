-- stage --
-- Where summed-up days wait to be compared with what is stored.
CREATE TEMPORARY TABLE IF NOT EXISTS staged_day (
    instrument_id integer, register_id smallint, day date, readings integer, first_at timestamptz, last_at timestamptz,
    first_value bigint, last_value bigint, longest_gap bigint, maximum_rate float8, consumption bigint,
    night_minimum bigint,
    h0 bigint, h1 bigint, h2 bigint, h3 bigint, h4 bigint, h5 bigint, h6 bigint, h7 bigint, h8 bigint, h9 bigint,
    h10 bigint, h11 bigint, h12 bigint, h13 bigint, h14 bigint, h15 bigint, h16 bigint, h17 bigint, h18 bigint,
    h19 bigint, h20 bigint, h21 bigint, h22 bigint, h23 bigint
) ON COMMIT DELETE ROWS

-- empty_stage --
-- A pass may sum up more than once.
TRUNCATE staged_day

-- copy --
-- Fill the waiting room.
COPY staged_day FROM STDIN (FORMAT BINARY)

-- merge --
-- Write the days that are new or changed; equal ones are left alone. Say how many rows of each day that were.
WITH written AS (
INSERT INTO instrument_day AS known (
       instrument_id, register_id, day, readings, first_at, last_at, first_value, last_value, longest_gap, maximum_rate,
       consumption, night_minimum, hourly)
SELECT instrument_id, register_id, day, readings, first_at, last_at, first_value, last_value,
       nullif(longest_gap, %(absent)s) * INTERVAL '1 microsecond', nullif(maximum_rate, 'NaN'),
       nullif(consumption, %(absent)s), nullif(night_minimum, %(absent)s), hours.hourly
  FROM staged_day
 CROSS JOIN LATERAL (
       SELECT CASE WHEN count(hour) > 0 THEN array_agg(hour ORDER BY number) END AS hourly
         FROM (SELECT nullif(hour, %(absent)s) AS hour, number
                 FROM unnest(ARRAY[h0, h1, h2, h3, h4, h5, h6, h7, h8, h9, h10, h11, h12, h13, h14, h15, h16, h17, h18,
                                   h19, h20, h21, h22, h23]) WITH ORDINALITY AS slot (hour, number)) AS slots
       ) AS hours
    ON CONFLICT (instrument_id, register_id, day) DO UPDATE
   SET readings = excluded.readings, first_at = excluded.first_at, last_at = excluded.last_at,
       first_value = excluded.first_value, last_value = excluded.last_value, longest_gap = excluded.longest_gap,
       maximum_rate = excluded.maximum_rate, consumption = excluded.consumption,
       night_minimum = excluded.night_minimum, hourly = excluded.hourly
 WHERE (known.readings, known.first_at, known.last_at, known.first_value, known.last_value, known.longest_gap,
        known.maximum_rate, known.consumption, known.night_minimum, known.hourly)
       IS DISTINCT FROM
       (excluded.readings, excluded.first_at, excluded.last_at, excluded.first_value, excluded.last_value,
        excluded.longest_gap, excluded.maximum_rate, excluded.consumption, excluded.night_minimum, excluded.hourly)
RETURNING day)
SELECT day, count(*) FROM written GROUP BY day
