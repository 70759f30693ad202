-- enter_judge --
-- Remember a judge as it speaks now.
INSERT INTO judge (name, version, grade, question_zh, question_en, check_zh, check_en, method, parameters, policy_hash,
                   digest, false_alarms_per_1000_instrument_years, rates)
VALUES (%(name)s, %(version)s, %(grade)s, %(question_zh)s, %(question_en)s, %(check_zh)s, %(check_en)s, %(method)s,
        %(parameters)s, %(policy_hash)s, %(digest)s, %(false_alarms_per_1000_instrument_years)s,
        %(rates)s)
    ON CONFLICT (name, version, policy_hash, digest) DO NOTHING
RETURNING id

-- number_of_judge --
-- Number of a judge that is remembered already.
SELECT id FROM judge
 WHERE name = %(name)s AND version = %(version)s AND policy_hash = %(policy_hash)s AND digest = %(digest)s

-- standing --
-- Findings of a judge that stand in a stretch of time, on the instruments of a block.
SELECT finding.id, instrument_id, register.name, onset, noticed_at
  FROM finding
  LEFT JOIN register ON register.id = finding.register_id
 WHERE judge_name = %(judge)s
   AND instrument_id BETWEEN %(first)s AND %(last)s
   AND noticed_at >= %(start)s
   AND noticed_at < %(end)s
   AND withdrawn_at IS NULL

-- record --
-- Enter a finding, or bring a known one up to fuller evidence; a row comes back where something changed.
-- Who saw it last no longer than somebody else did, and saw no end, has nothing to add.
INSERT INTO finding AS known (
       judge_id, judge_name, instrument_id, register_id, onset, until, noticed_at, horizon, statement_zh, statement_en,
       magnitude, magnitude_unit, uncertainty, relative_percent, p_value, loss, severity, severity_reasons, mpe_percent,
       mpe_source_zh, mpe_source_en, cost_amount, cost_basis_zh, cost_basis_en, evidence, onset_earliest, onset_latest,
       cost_quantity, cost_price, evidence_from, evidence_to, stands_out)
SELECT %(judge_id)s, %(judge)s, %(instrument)s, register.id, %(onset)s, %(until)s, %(noticed_at)s, %(horizon)s,
       %(statement_zh)s, %(statement_en)s, %(magnitude)s, %(magnitude_unit)s, %(uncertainty)s, %(relative_percent)s,
       %(p_value)s, %(loss)s, %(severity)s, %(severity_reasons)s, %(mpe_percent)s, %(mpe_source_zh)s,
       %(mpe_source_en)s, %(cost_amount)s, %(cost_basis_zh)s, %(cost_basis_en)s, %(evidence)s,
       %(onset_earliest)s, %(onset_latest)s, %(cost_quantity)s, %(cost_price)s, %(evidence_from)s, %(evidence_to)s,
       NOT %(controlled)s
  FROM instrument
  LEFT JOIN register ON register.kind = instrument.kind AND register.name = %(register)s
 WHERE instrument.id = %(instrument)s
    ON CONFLICT (judge_name, instrument_id, source_id, register_id, onset) DO UPDATE
   SET judge_id = excluded.judge_id, until = excluded.until, noticed_at = excluded.noticed_at,
       horizon = excluded.horizon, statement_zh = excluded.statement_zh, statement_en = excluded.statement_en,
       magnitude = excluded.magnitude, magnitude_unit = excluded.magnitude_unit, uncertainty = excluded.uncertainty,
       relative_percent = excluded.relative_percent, p_value = excluded.p_value, loss = excluded.loss,
       severity = excluded.severity, severity_reasons = excluded.severity_reasons, mpe_percent = excluded.mpe_percent,
       mpe_source_zh = excluded.mpe_source_zh, mpe_source_en = excluded.mpe_source_en,
       cost_amount = excluded.cost_amount, cost_basis_zh = excluded.cost_basis_zh,
       cost_basis_en = excluded.cost_basis_en, evidence = excluded.evidence, onset_earliest = excluded.onset_earliest,
       onset_latest = excluded.onset_latest, cost_quantity = excluded.cost_quantity, cost_price = excluded.cost_price,
       evidence_from = excluded.evidence_from, evidence_to = excluded.evidence_to, withdrawn_at = NULL,
       q_value = CASE WHEN %(controlled)s THEN known.q_value END,
       stands_out = NOT %(controlled)s OR known.stands_out AND known.withdrawn_at IS NULL,
       alert_id = CASE WHEN known.withdrawn_at IS NULL THEN known.alert_id END
 WHERE (excluded.until IS NOT NULL OR excluded.horizon >= known.horizon)
   AND (known.judge_id, known.until, known.noticed_at, known.horizon, known.statement_zh, known.statement_en,
        known.magnitude, known.uncertainty, known.relative_percent, known.p_value, known.loss, known.severity,
        known.cost_amount, known.evidence, known.onset_earliest, known.onset_latest,
        known.evidence_from, known.evidence_to, known.stands_out OR %(controlled)s, known.withdrawn_at)
       IS DISTINCT FROM
       (excluded.judge_id, excluded.until, excluded.noticed_at, excluded.horizon, excluded.statement_zh,
        excluded.statement_en, excluded.magnitude, excluded.uncertainty, excluded.relative_percent, excluded.p_value,
        excluded.loss, excluded.severity, excluded.cost_amount, excluded.evidence, excluded.onset_earliest,
        excluded.onset_latest, excluded.evidence_from, excluded.evidence_to, TRUE, NULL::timestamptz)
RETURNING instrument_id

-- withdraw --
-- Fuller evidence no longer shows these findings; they stay readable.
UPDATE finding SET withdrawn_at = now() WHERE id = ANY (%(ids)s) AND withdrawn_at IS NULL

-- open_alerts --
-- Open an alert for each instrument whose findings of a judge belong to none yet.
INSERT INTO alert (
       judge_name, grade, instrument_id, register_id, severity, severity_reasons, condition_present, since,
       last_finding_at, findings, statement_zh, statement_en, magnitude, magnitude_unit)
SELECT DISTINCT ON (instrument_id)
       judge_name, %(grade)s, instrument_id, register_id, severity, severity_reasons, FALSE, onset,
       noticed_at, 0, statement_zh, statement_en, magnitude, magnitude_unit
  FROM finding
 WHERE judge_name = %(judge)s
   AND instrument_id = ANY (%(instruments)s)
   AND alert_id IS NULL
   AND withdrawn_at IS NULL
   AND stands_out
 ORDER BY instrument_id, onset
    ON CONFLICT (judge_name, instrument_id) WHERE closed_at IS NULL DO NOTHING
RETURNING id

-- attach --
-- Gather findings under the open alert of their judge and instrument.
UPDATE finding
   SET alert_id = alert.id
  FROM alert
 WHERE alert.judge_name = finding.judge_name
   AND alert.instrument_id = finding.instrument_id
   AND alert.closed_at IS NULL
   AND finding.judge_name = %(judge)s
   AND finding.instrument_id = ANY (%(instruments)s)
   AND finding.alert_id IS NULL
   AND finding.withdrawn_at IS NULL
   AND finding.stands_out

-- alerts_of_instruments --
-- The open alerts of a judge on some instruments.
SELECT id FROM alert WHERE judge_name = %(judge)s AND instrument_id = ANY (%(instruments)s) AND closed_at IS NULL

-- raise_again --
-- A person took note of what was known then: more findings, or a graver one, call for a person anew.
UPDATE alert
   SET acknowledged_at = NULL, acknowledged_by = NULL, version = alert.version + 1
  FROM (SELECT alert_id, count(*) AS findings,
               min(array_position(ARRAY['critical', 'major', 'minor', 'warning', 'indeterminate'], severity)) AS rank
          FROM finding
         WHERE alert_id = ANY (%(alerts)s) AND withdrawn_at IS NULL AND stands_out
         GROUP BY alert_id) AS standing
 WHERE alert.id = standing.alert_id
   AND alert.closed_at IS NULL
   AND alert.acknowledged_at IS NOT NULL
   AND (standing.findings > alert.findings
        OR alert.source_id IS NULL
           AND standing.rank < array_position(ARRAY['critical', 'major', 'minor', 'warning', 'indeterminate'],
                                              alert.severity))
RETURNING alert.id

-- refresh_alerts --
-- Let open alerts say what their standing findings say: the gravest one speaks, all of them count. Of a source's
-- silences the latest speaks: one that is over, however long, would hide the one that lasts.
WITH standing AS (
     SELECT finding.*,
            array_position(ARRAY['critical', 'major', 'minor', 'warning', 'indeterminate'], finding.severity) AS rank
       FROM finding
       JOIN alert ON alert.id = finding.alert_id AND alert.closed_at IS NULL
      WHERE finding.alert_id = ANY (%(alerts)s)
        AND finding.withdrawn_at IS NULL
        AND finding.stands_out),
gravest AS (
     SELECT DISTINCT ON (alert_id) *
       FROM standing
      ORDER BY alert_id, CASE WHEN source_id IS NOT NULL THEN onset END DESC, rank, abs(magnitude) DESC, onset),
total AS (
     SELECT alert_id, count(*) AS findings, min(onset) AS since,
            (array_agg(onset_earliest ORDER BY onset, id))[1] AS since_earliest,
            (array_agg(onset_latest ORDER BY onset, id))[1] AS since_latest, bool_or(until IS NULL) AS condition_present,
            max(coalesce(until, horizon)) AS last_finding_at, sum(cost_amount) AS cost_amount
       FROM standing
      GROUP BY alert_id),
summary AS (
     SELECT total.*, gravest.register_id, gravest.severity, gravest.severity_reasons, gravest.statement_zh,
            gravest.statement_en, gravest.magnitude, gravest.magnitude_unit, gravest.uncertainty,
            gravest.relative_percent, gravest.mpe_percent, gravest.mpe_source_zh, gravest.mpe_source_en,
            gravest.cost_basis_zh, gravest.cost_basis_en, gravest.p_value, gravest.q_value
       FROM total
       JOIN gravest USING (alert_id))
UPDATE alert
   SET findings = summary.findings, since = summary.since, since_earliest = summary.since_earliest,
       since_latest = summary.since_latest, condition_present = summary.condition_present,
       last_finding_at = summary.last_finding_at, cost_amount = summary.cost_amount,
       register_id = summary.register_id, severity = summary.severity, severity_reasons = summary.severity_reasons,
       statement_zh = summary.statement_zh, statement_en = summary.statement_en, magnitude = summary.magnitude,
       magnitude_unit = summary.magnitude_unit, uncertainty = summary.uncertainty,
       relative_percent = summary.relative_percent, mpe_percent = summary.mpe_percent,
       mpe_source_zh = summary.mpe_source_zh, mpe_source_en = summary.mpe_source_en,
       cost_basis_zh = summary.cost_basis_zh, cost_basis_en = summary.cost_basis_en, p_value = summary.p_value,
       q_value = summary.q_value, version = alert.version + 1
  FROM summary
 WHERE alert.id = summary.alert_id
   AND (alert.findings, alert.since, alert.since_earliest, alert.since_latest, alert.condition_present,
        alert.last_finding_at, alert.cost_amount, alert.p_value, alert.q_value, alert.register_id, alert.severity, alert.severity_reasons, alert.statement_zh, alert.statement_en,
        alert.magnitude, alert.magnitude_unit, alert.uncertainty, alert.relative_percent, alert.mpe_percent,
        alert.mpe_source_zh, alert.mpe_source_en, alert.cost_basis_zh, alert.cost_basis_en)
       IS DISTINCT FROM
       (summary.findings, summary.since, summary.since_earliest, summary.since_latest, summary.condition_present,
        summary.last_finding_at, summary.cost_amount, summary.p_value, summary.q_value, summary.register_id, summary.severity, summary.severity_reasons, summary.statement_zh, summary.statement_en,
        summary.magnitude, summary.magnitude_unit, summary.uncertainty, summary.relative_percent, summary.mpe_percent,
        summary.mpe_source_zh, summary.mpe_source_en, summary.cost_basis_zh, summary.cost_basis_en)
RETURNING alert.id, alert.version

-- close_withdrawn --
-- Close open alerts none of whose findings stands any longer, or stands out from chance.
UPDATE alert
   SET closed_at = now(), condition_present = FALSE, findings = 0, version = version + 1,
       closed_reason = CASE WHEN EXISTS (SELECT FROM finding WHERE alert_id = alert.id AND withdrawn_at IS NULL)
                            THEN 'chance' ELSE 'withdrawn' END
 WHERE id = ANY (%(alerts)s)
   AND closed_at IS NULL
   AND NOT EXISTS (SELECT 1 FROM finding WHERE finding.alert_id = alert.id AND finding.withdrawn_at IS NULL
                     AND finding.stands_out)
RETURNING id, version

-- mark_chance --
-- The months of a judge's findings on some instruments must be set against chance anew.
INSERT INTO chance_due (month)
SELECT DISTINCT date_trunc('month', noticed_at AT TIME ZONE site.time_zone)::date
  FROM finding
  JOIN instrument ON instrument.id = finding.instrument_id
  JOIN site ON site.id = instrument.site_id
 WHERE judge_name = %(judge)s
   AND instrument_id = ANY (%(instruments)s)

-- forget_judging --
-- Forget of whom was asked in a period that is judged anew; days of theirs before and after keep what was said.
WITH gone AS (
     DELETE FROM judging
      WHERE judge_name = %(judge)s AND kind = %(kind)s AND block = %(block)s AND period && %(period)s
  RETURNING *)
INSERT INTO judging (judge_name, kind, block, period, instruments, judged_at)
SELECT judge_name, kind, block, rest, instruments, judged_at
  FROM gone, unnest(datemultirange(period) - datemultirange(%(period)s::daterange)) AS rest

-- forget_not_judged --
-- The same of who could not be judged.
WITH gone AS (
     DELETE FROM not_judged
      WHERE judge_name = %(judge)s AND (kind = %(kind)s OR kind IS NULL) AND block = %(block)s AND period && %(period)s
  RETURNING *)
INSERT INTO not_judged (judge_name, kind, block, period, reason, instruments, members, judged_at)
SELECT judge_name, kind, block, rest, reason, instruments, members, judged_at
  FROM gone, unnest(datemultirange(period) - datemultirange(%(period)s::daterange)) AS rest

-- judging --
-- Say about how many instruments a judge was asked.
INSERT INTO judging (judge_name, kind, block, period, instruments)
VALUES (%(judge)s, %(kind)s, %(block)s, %(period)s, %(instruments)s)

-- not_judged --
-- Say which instruments could not be judged, and why.
INSERT INTO not_judged (judge_name, kind, block, period, reason, instruments, members)
VALUES (%(judge)s, %(kind)s, %(block)s, %(period)s, %(reason)s, %(instruments)s, %(members)s)
