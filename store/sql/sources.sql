-- page --
-- Sources by code, with their instruments, when anything last came from them, what of it is held in quarantine, what
-- they declared, and what they are let in by.
SELECT source.code, source.name,
       (SELECT count(*) FROM instrument WHERE instrument.source_id = source.id),
       (SELECT intake.committed_at FROM intake WHERE intake.source_code = source.code ORDER BY intake.id DESC LIMIT 1),
       (SELECT count(*) FROM quarantine WHERE quarantine.source_code = source.code AND quarantine.released_at IS NULL),
       source.report_interval, source.messages_per_second, source.bytes_per_second, source.largest_message,
       source.revoked_at, credential.kind, credential.created_at, source.version
  FROM source
  LEFT JOIN source_credential AS credential ON credential.source_id = source.id AND credential.ended_at IS NULL
 WHERE source.code > %(after)s
 ORDER BY source.code
 LIMIT %(limit)s

-- one --
-- One source, as a page of them has it.
SELECT source.code, source.name,
       (SELECT count(*) FROM instrument WHERE instrument.source_id = source.id),
       (SELECT intake.committed_at FROM intake WHERE intake.source_code = source.code ORDER BY intake.id DESC LIMIT 1),
       (SELECT count(*) FROM quarantine WHERE quarantine.source_code = source.code AND quarantine.released_at IS NULL),
       source.report_interval, source.messages_per_second, source.bytes_per_second, source.largest_message,
       source.revoked_at, credential.kind, credential.created_at, source.version
  FROM source
  LEFT JOIN source_credential AS credential ON credential.source_id = source.id AND credential.ended_at IS NULL
 WHERE source.code = %(code)s

-- restricted --
-- Sources that may not send all they like, and when something last came from each, or else when it was enrolled.
SELECT source.code, source.messages_per_second, source.bytes_per_second, source.largest_message, source.revoked_at,
       COALESCE((SELECT intake.committed_at
                   FROM intake
                  WHERE intake.source_code = source.code
                  ORDER BY intake.id DESC
                  LIMIT 1), source.created_at)
  FROM source
 WHERE messages_per_second IS NOT NULL
    OR bytes_per_second IS NOT NULL
    OR largest_message IS NOT NULL
    OR revoked_at IS NOT NULL
