-- page --
-- Alerts with everything their item shows, newest first; a filter that is NULL lets all through. Those on instruments and
-- those on sources, of which there are few, each by indexes of their own.
(SELECT alert.id, alert.judge_name, alert.grade, alert.severity, alert.severity_reasons, alert.condition_present,
       coalesce(alert.shelved_until > now(), FALSE), alert.acknowledged_at, alert.acknowledged_by, alert.opened_at,
       alert.since, alert.last_finding_at, alert.findings, alert.statement_zh, alert.statement_en,
       instrument.id, instrument.serial, instrument.kind, source.code, source.name,
       site.code, site.name_zh, site.name_en, site.time_zone,
       alert.magnitude, alert.uncertainty, alert.magnitude_unit, alert.relative_percent, register.name,
       alert.mpe_percent, alert.mpe_source_zh, alert.mpe_source_en,
       alert.cost_amount, alert.cost_basis_zh, alert.cost_basis_en, alert.closed_at, alert.closed_reason, alert.version,
       alert.since_earliest, alert.since_latest, alert.p_value, alert.q_value
  FROM alert
  JOIN instrument ON instrument.id = alert.instrument_id
  JOIN source ON source.id = instrument.source_id
  JOIN site ON site.id = instrument.site_id
  LEFT JOIN register ON register.id = alert.register_id
 WHERE (%(ids)s::bigint[] IS NULL OR alert.id = ANY (%(ids)s::bigint[]))
   AND (%(before)s::bigint IS NULL OR alert.id < %(before)s::bigint)
   AND (%(state)s::text NOT IN ('open', 'unacknowledged', 'acknowledged') OR alert.closed_at IS NULL)
   AND (%(state)s::text <> 'unacknowledged' OR alert.acknowledged_at IS NULL)
   AND (%(state)s::text <> 'acknowledged' OR alert.acknowledged_at IS NOT NULL)
   AND (%(state)s::text <> 'closed' OR alert.closed_at IS NOT NULL)
   AND (%(judge)s::text IS NULL OR alert.judge_name = %(judge)s::text)
   AND (%(severity)s::text IS NULL OR alert.severity = %(severity)s::text)
   AND (%(instrument)s::bigint IS NULL OR alert.instrument_id = %(instrument)s::bigint)
   AND (%(kind)s::text IS NULL OR instrument.kind = %(kind)s::text)
   AND (%(source)s::text IS NULL OR instrument.source_id = (SELECT id FROM source WHERE code = %(source)s::text))
   AND (%(site)s::text IS NULL OR instrument.site_id = (SELECT id FROM site WHERE code = %(site)s::text))
 ORDER BY alert.id DESC
 LIMIT %(limit)s)
UNION ALL
(SELECT alert.id, alert.judge_name, alert.grade, alert.severity, alert.severity_reasons, alert.condition_present,
       coalesce(alert.shelved_until > now(), FALSE), alert.acknowledged_at, alert.acknowledged_by, alert.opened_at,
       alert.since, alert.last_finding_at, alert.findings, alert.statement_zh, alert.statement_en,
       NULL, NULL, NULL, source.code, source.name,
       NULL, NULL, NULL, NULL,
       alert.magnitude, alert.uncertainty, alert.magnitude_unit, alert.relative_percent, NULL,
       alert.mpe_percent, alert.mpe_source_zh, alert.mpe_source_en,
       alert.cost_amount, alert.cost_basis_zh, alert.cost_basis_en, alert.closed_at, alert.closed_reason, alert.version,
       alert.since_earliest, alert.since_latest, alert.p_value, alert.q_value
  FROM alert
  JOIN source ON source.id = alert.source_id
 WHERE alert.source_id IS NOT NULL
   AND (%(ids)s::bigint[] IS NULL OR alert.id = ANY (%(ids)s::bigint[]))
   AND (%(before)s::bigint IS NULL OR alert.id < %(before)s::bigint)
   AND (%(state)s::text NOT IN ('open', 'unacknowledged', 'acknowledged') OR alert.closed_at IS NULL)
   AND (%(state)s::text <> 'unacknowledged' OR alert.acknowledged_at IS NULL)
   AND (%(state)s::text <> 'acknowledged' OR alert.acknowledged_at IS NOT NULL)
   AND (%(state)s::text <> 'closed' OR alert.closed_at IS NOT NULL)
   AND (%(judge)s::text IS NULL OR alert.judge_name = %(judge)s::text)
   AND (%(severity)s::text IS NULL OR alert.severity = %(severity)s::text)
   AND num_nonnulls(%(instrument)s::bigint, %(kind)s::text, %(site)s::text) = 0
   AND (%(source)s::text IS NULL OR source.code = %(source)s::text)
 ORDER BY alert.id DESC
 LIMIT %(limit)s)
 ORDER BY 1 DESC
 LIMIT %(limit)s

-- findings --
-- Findings of an alert, latest onset first, with what their judges state of false alarms.
SELECT finding.id, finding.onset, finding.until, finding.statement_zh, finding.statement_en,
       finding.magnitude, finding.uncertainty, finding.magnitude_unit, finding.relative_percent,
       finding.p_value, coalesce((judge.rates ->> instrument.kind)::double precision,
                                 judge.false_alarms_per_1000_instrument_years),
       finding.evidence, finding.withdrawn_at, finding.onset_earliest, finding.onset_latest, finding.evidence_from,
       finding.evidence_to, finding.mpe_percent, finding.cost_amount, finding.cost_basis_zh, finding.cost_basis_en,
       finding.cost_quantity, finding.cost_price, finding.q_value, finding.stands_out, judge.version, judge.policy_hash
  FROM finding
  JOIN judge ON judge.id = finding.judge_id
  LEFT JOIN instrument ON instrument.id = finding.instrument_id
 WHERE finding.alert_id = %(alert)s
 ORDER BY finding.onset DESC, finding.id DESC
 LIMIT %(limit)s

-- judge --
-- The judge of an alert's findings as it last spoke; where none of them is left, the judge of that name as it last spoke.
SELECT judge.name, judge.version, judge.grade, judge.question_zh, judge.question_en, judge.check_zh, judge.check_en,
       judge.method, judge.parameters, judge.policy_hash
  FROM judge
  JOIN alert ON alert.judge_name = judge.name
 WHERE alert.id = %(alert)s
 ORDER BY judge.id = (SELECT max(judge_id) FROM finding WHERE finding.alert_id = alert.id) DESC NULLS LAST, judge.id DESC
 LIMIT 1

-- acknowledge --
-- Take note of an open alert in one of the versions named (NULL: in any); the loser of a race changes no row.
UPDATE alert
   SET acknowledged_at = now(), acknowledged_by = %(actor)s, version = version + 1
 WHERE id = %(alert)s
   AND (%(versions)s::integer[] IS NULL OR version = ANY (%(versions)s::integer[]))
   AND acknowledged_at IS NULL
   AND closed_at IS NULL
RETURNING version

-- standing --
-- What an acknowledgement that changed nothing ran into.
SELECT version, acknowledged_at IS NOT NULL, closed_at IS NOT NULL FROM alert WHERE id = %(alert)s
