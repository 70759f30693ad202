-- delays --
-- Of each civil day, instrument and register of a block: shortest and longest time from stamp to receipt [microseconds].
SELECT reading.instrument_id, reading.register_id,
       ((reading.taken_at AT TIME ZONE site.time_zone)::date - DATE '2000-01-01')::integer,
       (extract(epoch FROM min(reading.received_at - reading.taken_at)) * 1000000)::bigint,
       (extract(epoch FROM max(reading.received_at - reading.taken_at)) * 1000000)::bigint,
       count(*)
  FROM reading
  JOIN instrument ON instrument.id = reading.instrument_id
  JOIN site ON site.id = instrument.site_id
 WHERE reading.instrument_id BETWEEN %(first)s AND %(last)s
   AND reading.register_id = ANY (%(registers)s)
   AND reading.taken_at >= %(start)s
   AND reading.taken_at < %(end)s
 GROUP BY 1, 2, 3

-- readings --
-- Readings of some registers of some instruments in a stretch of time, a column as one value and in no order.
SELECT register_id, string_agg(int4send(instrument_id), ''), string_agg(timestamptz_send(taken_at), ''),
       string_agg(int8send(value), '')
  FROM reading
 WHERE instrument_id = ANY (%(instruments)s)
   AND register_id = ANY (%(registers)s)
   AND taken_at >= %(start)s
   AND taken_at < %(end)s
 GROUP BY register_id, date_bin(INTERVAL '1 day', taken_at, TIMESTAMPTZ '2000-01-01 00:00:00+00')

-- enter_flags --
-- Make the flags of a block's civil days the given ones; equal ones are left alone.
WITH told AS (
       SELECT * FROM unnest(%(instruments)s::integer[], %(registers)s::smallint[], %(days)s::date[], %(codes)s::text[],
                            %(found)s::float8[], %(limits)s::float8[])
              AS flag (instrument_id, register_id, day, code, found, held_against)),
     gone AS (
       DELETE FROM day_quality AS known
        WHERE known.instrument_id BETWEEN %(first)s AND %(last)s
          AND known.day BETWEEN %(first_day)s AND %(last_day)s
          AND NOT EXISTS (
              SELECT FROM told
               WHERE (told.instrument_id, told.register_id, told.day, told.code)
                   = (known.instrument_id, known.register_id, known.day, known.code)))
INSERT INTO day_quality AS known (instrument_id, register_id, day, code, found, held_against)
SELECT instrument_id, register_id, day, code, nullif(found, 'NaN'), nullif(held_against, 'NaN') FROM told
    ON CONFLICT (instrument_id, register_id, day, code) DO UPDATE
   SET found = excluded.found, held_against = excluded.held_against
 WHERE (known.found, known.held_against) IS DISTINCT FROM (excluded.found, excluded.held_against)

-- forget_estimates --
-- Take away what was estimated of gaps of a block that closed in a stretch of time, save the days given.
DELETE FROM day_estimate
 WHERE instrument_id BETWEEN %(first)s AND %(last)s
   AND gap_until >= %(start)s
   AND gap_until < %(end)s
   AND (instrument_id, register_id, day) NOT IN (
       SELECT * FROM unnest(%(instruments)s::integer[], %(registers)s::smallint[], %(days)s::date[]))

-- enter_estimate --
-- Write what was estimated of a day, if it is new or changed.
INSERT INTO day_estimate AS known (
       instrument_id, register_id, day, method, like_days, gap_from, gap_until, growth, consumption, uncertainty,
       hour_uncertainty, hourly)
VALUES (%(instrument)s, %(register)s, %(day)s, %(method)s, %(like_days)s, %(gap_from)s, %(gap_until)s, %(growth)s,
        %(consumption)s, %(uncertainty)s, %(hour_uncertainty)s, %(hourly)s)
    ON CONFLICT (instrument_id, register_id, day) DO UPDATE
   SET method = excluded.method, like_days = excluded.like_days, gap_from = excluded.gap_from,
       gap_until = excluded.gap_until, growth = excluded.growth, consumption = excluded.consumption,
       uncertainty = excluded.uncertainty, hour_uncertainty = excluded.hour_uncertainty, hourly = excluded.hourly
 WHERE (known.method, known.like_days, known.gap_from, known.gap_until, known.growth, known.consumption,
        known.uncertainty, known.hour_uncertainty, known.hourly)
       IS DISTINCT FROM
       (excluded.method, excluded.like_days, excluded.gap_from, excluded.gap_until, excluded.growth,
        excluded.consumption, excluded.uncertainty, excluded.hour_uncertainty, excluded.hourly)

-- flags_of --
-- Flags of one register of an instrument on some civil days.
SELECT day, code, coalesce(found, 'NaN'), coalesce(held_against, 'NaN')
  FROM day_quality
 WHERE instrument_id = %(instrument)s AND register_id = %(register)s AND day BETWEEN %(first)s AND %(last)s
 ORDER BY day, code

-- estimates_of --
-- Estimates of one register of an instrument on some civil days.
SELECT day, method, like_days, gap_from, gap_until, growth, consumption, uncertainty, hour_uncertainty, hourly
  FROM day_estimate
 WHERE instrument_id = %(instrument)s AND register_id = %(register)s AND day BETWEEN %(first)s AND %(last)s
 ORDER BY day
