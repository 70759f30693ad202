-- register --
-- A register of an instrument's kind, and the zone of its civil days; no row if either is unknown.
SELECT register.id, register.unit, register.decimals, register.cumulative, site.time_zone
  FROM instrument
  JOIN site ON site.id = instrument.site_id
  JOIN register ON register.kind = instrument.kind
 WHERE instrument.id = %(instrument)s AND register.name = %(register)s

-- raw --
-- Readings in a range, in order of the device's clock.
SELECT taken_at, value, received_at
  FROM reading
 WHERE instrument_id = %(instrument)s
   AND register_id = %(register)s
   AND taken_at >= %(since)s
   AND taken_at < %(until)s
 ORDER BY taken_at
 LIMIT %(limit)s

-- days --
-- Civil days from one day to another, both included.
SELECT day, day_count(readings, many, place)::integer, day_count(consumption, many, place),
       (SELECT CASE WHEN count(growth) > 0 THEN array_agg(growth ORDER BY hour) END
          FROM (SELECT hour, day_count(hourly, 24 * many, hour * many + place) AS growth
                  FROM generate_series(0, 23) AS hour) AS hours)
  FROM day_sheet
 CROSS JOIN LATERAL (SELECT bit_count(present)::integer AS many,
                            day_place(present, %(instrument)s %% 4096) AS place) AS cell
 WHERE block = %(instrument)s / 4096
   AND register_id = %(register)s
   AND get_bit(present, %(instrument)s %% 4096) = 1
   AND day BETWEEN %(first)s AND %(last)s
 ORDER BY day
 LIMIT %(limit)s

-- quarter_hours --
-- How many readings each quarter of an hour of a range holds; civil hours begin at whole quarters in every zone.
SELECT date_bin(INTERVAL '15 minutes', taken_at, TIMESTAMPTZ '2000-01-01 00:00:00+00'), count(*)
  FROM reading
 WHERE instrument_id = %(instrument)s
   AND register_id = %(register)s
   AND taken_at >= %(since)s
   AND taken_at < %(until)s
 GROUP BY 1
