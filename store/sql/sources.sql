-- page --
-- Sources by code, with their instruments, when anything last came from them, and what of it is held in quarantine.
SELECT source.code, source.name,
       (SELECT count(*) FROM instrument WHERE instrument.source_id = source.id),
       (SELECT intake.committed_at FROM intake WHERE intake.source_code = source.code ORDER BY intake.id DESC LIMIT 1),
       (SELECT count(*) FROM quarantine WHERE quarantine.source_code = source.code AND quarantine.released_at IS NULL)
  FROM source
 WHERE source.code > %(after)s
 ORDER BY source.code
 LIMIT %(limit)s
