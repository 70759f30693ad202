-- Keep the civil days of a block together, column by column: judges read whole blocks, and reading was what they cost.

ALTER TABLE instrument_day RENAME TO day_row;

CREATE TABLE day_sheet (
    block         integer NOT NULL,
    register_id   smallint NOT NULL,
    day           date NOT NULL,
    present       bytea NOT NULL CHECK (octet_length(present) = 512),
    still         bytea NOT NULL CHECK (octet_length(still) = 512),
    readings      bytea NOT NULL,
    first_at      bytea NOT NULL,
    last_at       bytea NOT NULL,
    first_value   bytea NOT NULL,
    last_value    bytea NOT NULL,
    longest_gap   bytea NOT NULL,
    maximum_rate  bytea NOT NULL,
    consumption   bytea NOT NULL,
    night_minimum bytea NOT NULL,
    hourly        bytea NOT NULL,
    PRIMARY KEY (block, register_id, day)
) WITH (autovacuum_vacuum_scale_factor = 0.02, toast.autovacuum_vacuum_scale_factor = 0.02);
-- What is packed is not pressed again: a column is read as it lies, and one cell of it without the others.
ALTER TABLE day_sheet
    ALTER COLUMN readings SET STORAGE EXTERNAL,
    ALTER COLUMN first_at SET STORAGE EXTERNAL,
    ALTER COLUMN last_at SET STORAGE EXTERNAL,
    ALTER COLUMN first_value SET STORAGE EXTERNAL,
    ALTER COLUMN last_value SET STORAGE EXTERNAL,
    ALTER COLUMN longest_gap SET STORAGE EXTERNAL,
    ALTER COLUMN maximum_rate SET STORAGE EXTERNAL,
    ALTER COLUMN consumption SET STORAGE EXTERNAL,
    ALTER COLUMN night_minimum SET STORAGE EXTERNAL,
    ALTER COLUMN hourly SET STORAGE EXTERNAL;
COMMENT ON TABLE day_sheet IS 'One civil day of one cumulative register of a whole block of instruments, column by column, derived from readings alone; the view instrument_day tells it row by row. A column holds one big-endian signed count for each instrument present, in order of id, of two, four or eight bytes, whichever the widest needs; the smallest number stands for what is unknown.';
COMMENT ON COLUMN day_sheet.block IS '4,096 consecutive instrument ids: id / 4096.';
COMMENT ON COLUMN day_sheet.register_id IS 'The register.';
COMMENT ON COLUMN day_sheet.day IS 'Civil day of each instrument''s own zone.';
COMMENT ON COLUMN day_sheet.present IS 'Bit id % 4096 is set for each instrument that took readings on the day.';
COMMENT ON COLUMN day_sheet.still IS 'Bit id % 4096 is set where these readings and the one before all showed one and the same value.';
COMMENT ON COLUMN day_sheet.readings IS 'Readings taken on the day.';
COMMENT ON COLUMN day_sheet.first_at IS 'Instant of the first reading of the day [microseconds since 2000-01-01T00:00Z].';
COMMENT ON COLUMN day_sheet.last_at IS 'Instant of the last reading of the day [microseconds since 2000-01-01T00:00Z].';
COMMENT ON COLUMN day_sheet.first_value IS 'First indication [count of the register''s resolution].';
COMMENT ON COLUMN day_sheet.last_value IS 'Last indication [count of the register''s resolution].';
COMMENT ON COLUMN day_sheet.longest_gap IS 'Longest time between a reading of the day and the reading before it [microseconds]; unknown for a first reading alone.';
COMMENT ON COLUMN day_sheet.maximum_rate IS 'Largest rate of growth from the reading before to a reading of the day [count/h], IEEE 754 of eight bytes; not a number for a first reading alone.';
COMMENT ON COLUMN day_sheet.consumption IS 'Growth from midnight to midnight, indications interpolated at midnight [count]; unknown where a midnight lies in too long a gap.';
COMMENT ON COLUMN day_sheet.night_minimum IS 'Smallest hourly consumption from 02:00 to 05:00 [count]; unknown where none of these hours is known.';
COMMENT ON COLUMN day_sheet.hourly IS '24 consumptions by wall-clock hour [count], the first hour of all instruments, then the second; at a clock change the repeated hour holds both, the skipped hour 0.';

CREATE FUNCTION day_place(present bytea, slot integer) RETURNS integer LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT (bit_count(substring(present FOR slot / 8))
            + bit_count((get_byte(present, slot / 8) & ((1 << slot % 8) - 1))::bit(8)))::integer
$$;
COMMENT ON FUNCTION day_place IS 'How many instruments come before a slot in the columns of a day sheet.';

CREATE FUNCTION day_count(cells bytea, many integer, place integer) RETURNS bigint LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT CASE octet_length(cells) / many
           WHEN 8 THEN nullif(('x' || encode(substring(cells FROM 8 * place + 1 FOR 8), 'hex'))::bit(64)::bigint,
                              '-9223372036854775808'::bigint)
           WHEN 4 THEN nullif(('x' || encode(substring(cells FROM 4 * place + 1 FOR 4), 'hex'))::bit(32)::integer,
                              '-2147483648'::integer)
           WHEN 2 THEN nullif((('x' || encode(substring(cells FROM 2 * place + 1 FOR 2), 'hex'))::bit(16)::integer + 32768)
                              % 65536 - 32768, -32768)
           END
$$;
COMMENT ON FUNCTION day_count IS 'One count of a column of a day sheet that holds so many of them; NULL where it is unknown.';

CREATE FUNCTION day_rate(cells bytea, place integer) RETURNS double precision LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT CASE WHEN exponent = 2047 THEN NULL
                WHEN exponent = 0 THEN 0
                ELSE sign(bits) * (1 + (bits & 4503599627370495) / 4503599627370496::double precision)
                     * power(2::double precision, exponent - 1023)
           END
      FROM (SELECT bits, (bits >> 52 & 2047)::integer AS exponent
              FROM (SELECT ('x' || encode(substring(cells FROM 8 * place + 1 FOR 8), 'hex'))::bit(64)::bigint AS bits
                   ) AS cell) AS parts
$$;
COMMENT ON FUNCTION day_rate IS 'One rate of a column of a day sheet; NULL where it is unknown.';

INSERT INTO day_sheet (block, register_id, day, present, still, readings, first_at, last_at, first_value, last_value,
                       longest_gap, maximum_rate, consumption, night_minimum, hourly)
SELECT sheet.*, hours.hourly
  FROM (SELECT instrument_id / 4096 AS block, register_id, day,
               -- Bits are numbered from the least of each byte on.
               substring(bit_send(bit_or(set_bit(repeat('0', 4096)::bit(4096), instrument_id % 4096 / 8 * 8 + 7 - instrument_id % 8, 1)))
                         FROM 5) AS present,
               substring(bit_send(bit_or(set_bit(repeat('0', 4096)::bit(4096), instrument_id % 4096 / 8 * 8 + 7 - instrument_id % 8,
                                                 coalesce(maximum_rate = 0 AND first_value = last_value, FALSE)::integer)))
                         FROM 5) AS still,
               string_agg(int4send(readings), '' ORDER BY instrument_id),
               string_agg(int8send((extract(epoch FROM first_at - '2000-01-01 00:00:00+00') * 1000000)::bigint), '' ORDER BY instrument_id),
               string_agg(int8send((extract(epoch FROM last_at - '2000-01-01 00:00:00+00') * 1000000)::bigint), '' ORDER BY instrument_id),
               string_agg(int8send(first_value), '' ORDER BY instrument_id),
               string_agg(int8send(last_value), '' ORDER BY instrument_id),
               string_agg(int8send(coalesce((extract(epoch FROM longest_gap) * 1000000)::bigint, '-9223372036854775808')), '' ORDER BY instrument_id),
               string_agg(float8send(coalesce(maximum_rate, 'NaN')), '' ORDER BY instrument_id),
               string_agg(int8send(coalesce(consumption, '-9223372036854775808')), '' ORDER BY instrument_id),
               string_agg(int8send(coalesce(night_minimum, '-9223372036854775808')), '' ORDER BY instrument_id)
          FROM day_row
         GROUP BY 1, 2, 3) AS sheet
  JOIN (SELECT instrument_id / 4096 AS block, register_id, day,
               string_agg(int8send(coalesce(hourly[hour], '-9223372036854775808')), '' ORDER BY hour, instrument_id) AS hourly
          FROM day_row
         CROSS JOIN generate_series(1, 24) AS hour
         GROUP BY 1, 2, 3) AS hours USING (block, register_id, day);
DROP TABLE day_row;

CREATE VIEW instrument_day AS
SELECT sheet.day, sheet.block * 4096 + slot.number AS instrument_id, sheet.register_id,
       day_count(readings, many, place)::integer AS readings,
       TIMESTAMPTZ '2000-01-01 00:00:00+00' + day_count(first_at, many, place) * INTERVAL '1 microsecond' AS first_at,
       TIMESTAMPTZ '2000-01-01 00:00:00+00' + day_count(last_at, many, place) * INTERVAL '1 microsecond' AS last_at,
       day_count(first_value, many, place) AS first_value,
       day_count(last_value, many, place) AS last_value,
       day_count(longest_gap, many, place) * INTERVAL '1 microsecond' AS longest_gap,
       day_rate(maximum_rate, place) AS maximum_rate,
       day_count(consumption, many, place) AS consumption,
       day_count(night_minimum, many, place) AS night_minimum,
       (SELECT CASE WHEN count(growth) > 0 THEN array_agg(growth ORDER BY hour) END
          FROM (SELECT hour, day_count(hourly, 24 * many, hour * many + place) AS growth
                  FROM generate_series(0, 23) AS hour) AS hours) AS hourly
  FROM day_sheet AS sheet
 CROSS JOIN LATERAL (SELECT bit_count(present)::integer AS many) AS width
 CROSS JOIN LATERAL generate_series(0, 4095) AS slot (number)
 CROSS JOIN LATERAL (SELECT day_place(present, slot.number) AS place) AS position
 WHERE get_bit(present, slot.number) = 1;
COMMENT ON VIEW instrument_day IS 'The day sheets row by row: one civil day of one cumulative register of one instrument. For looking at a few; who reads many reads sheets.';
