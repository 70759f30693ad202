-- enter --
-- Enter daily temperatures; one that differs from what stands replaces it. Gives what is new or changed.
INSERT INTO weather (region, day, temperature, source)
SELECT region, day, temperature, source
  FROM unnest(%(regions)s::text[], %(days)s::date[], %(temperatures)s::float8[], %(sources)s::text[])
       AS told (region, day, temperature, source)
    ON CONFLICT (region, day) DO UPDATE
       SET temperature = excluded.temperature, source = excluded.source, imported_at = now()
     WHERE weather.temperature <> excluded.temperature
RETURNING region, day

-- mark_detect --
-- Have the detectors look again at these days of every block with an instrument in these regions. Always a new mark: one
-- that stands may be in the hands of a watch that has looked before this transaction commits.
INSERT INTO due (stage, block, day)
SELECT DISTINCT 'detect', instrument.id >> %(block_bits)s, changed.day
  FROM unnest(%(regions)s::text[], %(days)s::date[]) AS changed (region, day)
  JOIN site ON changed.region IN (site.region_code, left(site.region_code, 4) || '00', left(site.region_code, 2) || '0000')
            OR (site.region_code IS NULL AND changed.region = site.time_zone)
  JOIN instrument ON instrument.site_id = site.id

-- temperatures --
-- Temperature of regions by day: of the region itself, else of its city, else of its province.
SELECT DISTINCT ON (asked.region, weather.day) asked.region, weather.day, weather.temperature
  FROM unnest(%(regions)s::text[]) AS asked (region)
  JOIN weather ON weather.region IN (asked.region, left(asked.region, 4) || '00', left(asked.region, 2) || '0000')
 WHERE weather.day BETWEEN %(first)s AND %(last)s
 ORDER BY asked.region, weather.day, weather.region = asked.region DESC, weather.region DESC
