-- page --
-- Instruments with site, operator and number of open alerts, by id; a filter that is NULL lets all through.
SELECT instrument.id, instrument.serial, instrument.kind, source.code, instrument.accuracy_class, instrument.size,
       instrument.model, instrument.installed_on, instrument.enrolled_at,
       site.code, site.name_zh, site.name_en, site.region_code, site.latitude, site.longitude, site.time_zone,
       operator.uscc, operator.name_zh, operator.name_en,
       (SELECT count(*) FROM alert WHERE alert.instrument_id = instrument.id AND alert.closed_at IS NULL)
  FROM instrument
  JOIN source ON source.id = instrument.source_id
  JOIN site ON site.id = instrument.site_id
  LEFT JOIN operator ON operator.id = instrument.operator_id
 WHERE instrument.id > %(after)s
   AND (%(id)s::bigint IS NULL OR instrument.id = %(id)s::bigint)
   AND (%(kind)s::text IS NULL OR instrument.kind = %(kind)s::text)
   AND (%(source)s::text IS NULL OR instrument.source_id = (SELECT id FROM source WHERE code = %(source)s::text))
   AND (%(site)s::text IS NULL OR instrument.site_id = (SELECT id FROM site WHERE code = %(site)s::text))
   AND (%(serial)s::text IS NULL OR lower(instrument.serial) LIKE lower(%(serial)s::text))
 ORDER BY instrument.id
 LIMIT %(limit)s
