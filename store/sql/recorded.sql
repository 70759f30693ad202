-- snapshot --
-- See one state of the store, and change nothing.
SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY

-- blocks --
-- Every block that has instruments.
SELECT DISTINCT id >> %(bits)s AS block FROM instrument ORDER BY block

-- findings --
-- Standing findings of an alert, or of a block, or on sources, noticed in a stretch of time, latest first.
SELECT finding.id, finding.alert_id, judge.name, judge.version, judge.policy_hash, judge.parameters, judge.grade,
       finding.instrument_id, instrument.serial, instrument.kind, site.time_zone, finding.source_id, source.code,
       register.name, finding.onset, finding.onset_earliest, finding.onset_latest, finding.until, finding.noticed_at,
       finding.statement_zh, finding.statement_en, finding.magnitude, finding.magnitude_unit, finding.uncertainty,
       finding.relative_percent, finding.p_value, finding.q_value, finding.stands_out, finding.evidence,
       finding.evidence_from, finding.evidence_to
  FROM finding
  JOIN judge ON judge.id = finding.judge_id
  LEFT JOIN instrument ON instrument.id = finding.instrument_id
  LEFT JOIN site ON site.id = instrument.site_id
  LEFT JOIN source ON source.id = finding.source_id
  LEFT JOIN register ON register.id = finding.register_id
 WHERE finding.withdrawn_at IS NULL
   AND (%(alert)s::bigint IS NULL OR finding.alert_id = %(alert)s::bigint)
   AND (%(first)s::integer IS NULL OR finding.instrument_id BETWEEN %(first)s::integer AND %(last)s::integer)
   AND (NOT %(sources)s OR finding.source_id IS NOT NULL)
   AND (%(start)s::timestamptz IS NULL OR finding.noticed_at >= %(start)s::timestamptz)
   AND (%(end)s::timestamptz IS NULL OR finding.noticed_at < %(end)s::timestamptz)
 ORDER BY finding.onset DESC, finding.id DESC

-- ledger --
-- Whose a row of the ledger is and when it was committed; and when the source was enrolled.
SELECT intake.source_code, intake.committed_at, source.created_at
  FROM source
  LEFT JOIN intake ON intake.id = %(intake)s
 WHERE source.id = %(source)s
