-- enter_source --
-- Enter a source that is not known yet.
INSERT INTO source (code, name) VALUES (%(code)s, %(code)s) ON CONFLICT (code) DO NOTHING RETURNING id

-- number_of_source --
-- Number of a known source.
SELECT id FROM source WHERE code = %(code)s

-- enter_site --
-- Enter a site that is not known yet.
INSERT INTO site (code, name_zh, name_en, region_code, latitude, longitude, time_zone)
VALUES (%(code)s, %(name_zh)s, %(name_en)s, %(region_code)s, %(latitude)s, %(longitude)s, %(time_zone)s)
ON CONFLICT (code) DO NOTHING
RETURNING id

-- number_of_site --
-- Number of a known site.
SELECT id FROM site WHERE code = %(code)s

-- enter_operator --
-- Enter an operator that is not known yet.
INSERT INTO operator (uscc, name_zh, name_en) VALUES (%(uscc)s, %(name_zh)s, %(name_en)s)
ON CONFLICT (uscc) DO NOTHING
RETURNING id

-- number_of_operator --
-- Number of a known operator.
SELECT id FROM operator WHERE uscc = %(uscc)s

-- enter --
-- Enter instruments that are not known yet. Known ones are left out beforehand: a conflict would use up a number, and
-- with each enrolment of a known list the blocks of consecutive numbers would hold fewer instruments.
INSERT INTO instrument (source_id, serial, kind, site_id, operator_id, accuracy_class, size, model, installed_on)
SELECT source_id, serial, kind, site_id, operator_id, accuracy_class, size, model, installed_on
  FROM unnest(
           %(ordinal)s::int[], %(source)s::int[], %(serial)s::text[], %(kind)s::text[], %(site)s::int[],
           %(operator)s::int[], %(accuracy_class)s::text[], %(size)s::text[], %(model)s::text[],
           %(installed_on)s::date[]
       ) AS listed (
           ordinal, source_id, serial, kind, site_id, operator_id, accuracy_class, size, model, installed_on
       )
 WHERE NOT EXISTS (
           SELECT FROM instrument AS known WHERE (known.source_id, known.serial) = (listed.source_id, listed.serial)
       )
 ORDER BY ordinal
ON CONFLICT (source_id, serial) DO NOTHING

-- enrolled_otherwise --
-- First of the instruments listed that is entered as another kind.
SELECT listed.ordinal, instrument.kind
  FROM unnest(%(ordinal)s::int[], %(source)s::int[], %(serial)s::text[], %(kind)s::text[])
       AS listed (ordinal, source_id, serial, kind)
  JOIN instrument USING (source_id, serial)
 WHERE instrument.kind <> listed.kind
 ORDER BY listed.ordinal
 LIMIT 1

-- stated_otherwise --
-- Serials of the instruments listed of which something else is known than the list says.
SELECT listed.serial
  FROM unnest(
           %(ordinal)s::int[], %(source)s::int[], %(serial)s::text[], %(site)s::int[], %(operator)s::int[],
           %(accuracy_class)s::text[], %(size)s::text[], %(model)s::text[], %(installed_on)s::date[]
       ) AS listed (ordinal, source_id, serial, site_id, operator_id, accuracy_class, size, model, installed_on)
  JOIN instrument AS known USING (source_id, serial)
 WHERE (known.site_id, known.operator_id, known.accuracy_class, known.size, known.model, known.installed_on)
       IS DISTINCT FROM
       (listed.site_id, listed.operator_id, listed.accuracy_class, listed.size, listed.model, listed.installed_on)
 ORDER BY listed.ordinal

-- declare_capacities --
-- Remember where registers begin again at zero, where that is not known yet; what was summed up without knowing it is due
-- again.
WITH declared AS (
    INSERT INTO register_capacity (instrument_id, register_id, capacity)
    SELECT instrument.id, register.id, listed.capacity
      FROM unnest(%(source)s::int[], %(serial)s::text[], %(register)s::text[], %(capacity)s::bigint[])
           AS listed (source_id, serial, register, capacity)
      JOIN instrument USING (source_id, serial)
      JOIN register ON register.kind = instrument.kind AND register.name = listed.register
    ON CONFLICT (instrument_id, register_id) DO NOTHING
    RETURNING instrument_id
)
INSERT INTO due (stage, block, day)
SELECT DISTINCT 'summarise', day_sheet.block, day_sheet.day
  FROM declared
  JOIN day_sheet ON day_sheet.block = declared.instrument_id / 4096
                AND get_bit(day_sheet.present, declared.instrument_id %% 4096) = 1

-- capacity_otherwise --
-- Serials of the instruments listed of which another capacity is known than the list says.
SELECT DISTINCT listed.serial
  FROM unnest(%(source)s::int[], %(serial)s::text[], %(register)s::text[], %(capacity)s::bigint[])
       AS listed (source_id, serial, register, capacity)
  JOIN instrument USING (source_id, serial)
  JOIN register ON register.kind = instrument.kind AND register.name = listed.register
  JOIN register_capacity AS known ON known.instrument_id = instrument.id AND known.register_id = register.id
 WHERE known.capacity <> listed.capacity
 ORDER BY listed.serial

-- of_source_since --
-- Instruments of a source entered after a number, and the one of a serial.
SELECT instrument.serial, instrument.id, instrument.kind, site.time_zone
  FROM instrument
  JOIN source ON source.id = instrument.source_id
  JOIN site ON site.id = instrument.site_id
 WHERE source.code = %(source)s
   AND (instrument.id > %(after)s OR instrument.serial = %(serial)s)

-- any_of_serial --
-- Whether anybody has an instrument of this serial; by the index on lower-case serials.
SELECT 1 FROM instrument WHERE lower(serial) = lower(%(serial)s) AND serial = %(serial)s LIMIT 1
