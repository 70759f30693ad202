-- lock --
-- One watch looks at sources at a time; the others have nothing to do.
SELECT pg_try_advisory_xact_lock(1752852597)

-- now --
-- The clock by which everything received is stamped.
SELECT clock_timestamp()

-- spoken --
-- Sources that declared how often they report, and when anything last came from them. What is quarantined counts: it
-- speaks, but badly. What the broker delivered again does not, nor what a replay took out of quarantine.
SELECT source.id, source.code, source.created_at, source.report_interval, latest.id, latest.committed_at
  FROM source
  LEFT JOIN LATERAL (
       SELECT intake.id, intake.committed_at
         FROM intake
        WHERE intake.source_code = source.code
          AND intake.messages > 0
          AND NOT EXISTS (
                  SELECT FROM intake AS correction
                   WHERE correction.source_code = intake.source_code
                     AND correction.id > intake.id
                     AND correction.id <= intake.id + 100
                     AND correction.committed_at = intake.committed_at
                     AND correction.messages < 0)
        ORDER BY intake.id DESC
        LIMIT 1) AS latest ON TRUE
 WHERE source.report_interval IS NOT NULL
   AND source.revoked_at IS NULL
 ORDER BY source.id

-- ways --
-- By which ways in a source speaks: those of what it sent lately, and of the pushes that are remembered, committed or
-- not. Where nothing tells, it is by the keys and credentials that it holds.
WITH lately AS (
     SELECT way
       FROM intake
      WHERE source_code = %(code)s AND messages > 0
      ORDER BY id DESC
      LIMIT 1000),
spoke AS (
     SELECT EXISTS (SELECT FROM lately WHERE way = 'mqtt') AS mqtt,
            EXISTS (SELECT FROM lately WHERE way = 'http')
            OR EXISTS (SELECT FROM push WHERE source_id = %(source)s AND way = 'http') AS http),
holds AS (
     SELECT EXISTS (SELECT FROM source_credential WHERE source_id = %(source)s AND ended_at IS NULL) AS credential,
            EXISTS (SELECT FROM api_key WHERE source_id = %(source)s AND revoked_at IS NULL) AS key)
SELECT mqtt OR NOT http AND (credential OR NOT key), http OR NOT mqtt AND key FROM spoke, holds

-- first_after --
-- When a source first spoke after a row of the ledger.
SELECT committed_at
  FROM intake
 WHERE source_code = %(code)s AND id > %(intake)s AND messages > 0
 ORDER BY id
 LIMIT 1

-- charge --
-- How many instruments a source speaks for, and the zone by whose clock most of them live.
SELECT (SELECT count(*) FROM instrument WHERE source_id = %(source)s),
       coalesce(
           (SELECT site.time_zone
              FROM instrument
              JOIN site ON site.id = instrument.site_id
             WHERE instrument.source_id = %(source)s
             GROUP BY site.time_zone
             ORDER BY count(*) DESC, site.time_zone
             LIMIT 1),
           'Asia/Shanghai')

-- lasting --
-- Findings of a judge on sources that have not ended and stand, with what became of the source since.
SELECT finding.id, finding.source_id, source.code, finding.onset, finding.evidence, source.revoked_at
  FROM finding
  JOIN source ON source.id = finding.source_id
 WHERE finding.judge_name = %(judge)s
   AND finding.source_id IS NOT NULL
   AND finding.until IS NULL
   AND finding.withdrawn_at IS NULL
 ORDER BY finding.id

-- enter --
-- Enter a finding on a source, or say again what was withdrawn.
INSERT INTO finding AS known (
       judge_id, judge_name, source_id, onset, until, noticed_at, horizon, statement_zh, statement_en, magnitude,
       magnitude_unit, severity, severity_reasons, evidence)
VALUES (%(judge_id)s, %(judge)s, %(source)s, %(onset)s, %(until)s, %(noticed_at)s, %(horizon)s, %(statement_zh)s,
        %(statement_en)s, %(magnitude)s, %(magnitude_unit)s, %(severity)s, %(severity_reasons)s, %(evidence)s)
    ON CONFLICT (judge_name, instrument_id, source_id, register_id, onset) DO UPDATE
   SET judge_id = excluded.judge_id, until = excluded.until, noticed_at = excluded.noticed_at,
       horizon = excluded.horizon, statement_zh = excluded.statement_zh, statement_en = excluded.statement_en,
       magnitude = excluded.magnitude, magnitude_unit = excluded.magnitude_unit, severity = excluded.severity,
       severity_reasons = excluded.severity_reasons, evidence = excluded.evidence, withdrawn_at = NULL,
       alert_id = CASE WHEN known.withdrawn_at IS NULL THEN known.alert_id END

-- open_alerts --
-- Open an alert for each source whose findings of a judge belong to none yet.
INSERT INTO alert (
       judge_name, grade, source_id, severity, severity_reasons, condition_present, since, last_finding_at, findings,
       statement_zh, statement_en, magnitude, magnitude_unit)
SELECT DISTINCT ON (source_id)
       judge_name, %(grade)s, source_id, severity, severity_reasons, FALSE, onset, noticed_at, 0, statement_zh,
       statement_en, magnitude, magnitude_unit
  FROM finding
 WHERE judge_name = %(judge)s
   AND source_id = ANY (%(sources)s)
   AND alert_id IS NULL
   AND withdrawn_at IS NULL
 ORDER BY source_id, onset
    ON CONFLICT (judge_name, source_id) WHERE closed_at IS NULL AND source_id IS NOT NULL DO NOTHING
RETURNING id

-- attach --
-- Gather findings under the open alert of their judge and source.
UPDATE finding
   SET alert_id = alert.id
  FROM alert
 WHERE alert.judge_name = finding.judge_name
   AND alert.source_id = finding.source_id
   AND alert.closed_at IS NULL
   AND finding.judge_name = %(judge)s
   AND finding.source_id = ANY (%(sources)s)
   AND finding.alert_id IS NULL
   AND finding.withdrawn_at IS NULL

-- alerts_of_sources --
-- The open alerts of a judge on some sources.
SELECT id FROM alert WHERE judge_name = %(judge)s AND source_id = ANY (%(sources)s) AND closed_at IS NULL
