-- sheet --
-- What is known of one day of one register of a block.
SELECT present, maximum_rate, hourly, readings, first_at, last_at, first_value, last_value, longest_gap, consumption,
       night_minimum
  FROM day_sheet
 WHERE block = %(block)s AND register_id = %(register)s AND day = %(day)s

-- write --
-- Write a day of one register of a block, whole.
INSERT INTO day_sheet (
       block, register_id, day, present, still, readings, first_at, last_at, first_value, last_value, longest_gap,
       maximum_rate, consumption, night_minimum, hourly)
VALUES (%(block)s, %(register)s, %(day)s, %(present)b, %(still)b, %(readings)b, %(first_at)b, %(last_at)b,
        %(first_value)b, %(last_value)b, %(longest_gap)b, %(maximum_rate)b, %(consumption)b, %(night_minimum)b,
        %(hourly)b)
    ON CONFLICT (block, register_id, day) DO UPDATE
   SET present = excluded.present, still = excluded.still, readings = excluded.readings, first_at = excluded.first_at,
       last_at = excluded.last_at, first_value = excluded.first_value, last_value = excluded.last_value,
       longest_gap = excluded.longest_gap, maximum_rate = excluded.maximum_rate, consumption = excluded.consumption,
       night_minimum = excluded.night_minimum, hourly = excluded.hourly

-- read --
-- Days of some registers of a block: what detectors read.
SELECT register_id, day, present, still, readings, consumption
  FROM day_sheet
 WHERE block = %(block)s
   AND register_id = ANY (%(registers)s)
   AND day BETWEEN %(first)s AND %(last)s

-- read_by_hour --
-- The same with the consumption of each wall-clock hour.
SELECT register_id, day, present, still, readings, consumption, hourly
  FROM day_sheet
 WHERE block = %(block)s
   AND register_id = ANY (%(registers)s)
   AND day BETWEEN %(first)s AND %(last)s
