-- lock --
-- One watch sets months against chance at a time; the others have nothing to do.
SELECT pg_try_advisory_xact_lock(1752852598)

-- mark --
-- Have months set against chance anew.
INSERT INTO chance_due (month) SELECT unnest(%(months)s::date[])

-- due --
-- Marks, unless blocks still wait for the detectors: judged on half of the fleet, findings would stand out and fall
-- back again. Whoever waits longer than patience allows is not waited for.
SELECT id, month
  FROM chance_due
 WHERE NOT EXISTS (SELECT FROM due WHERE stage = 'detect' AND day < %(today)s)
    OR (SELECT min(marked_at) FROM chance_due) < now() - %(patience)s::interval
 ORDER BY id

-- clear --
-- Forget marks that were seen to; those set meanwhile stay.
DELETE FROM chance_due WHERE id = ANY (%(marks)s)

-- questions --
-- How many instruments statistical judges gave an answer on in a month, whichever part of it they were last asked about.
SELECT judge_name, kind, sum(answered)::bigint
  FROM (SELECT judging.judge_name, judging.kind, judging.block,
               max(judging.instruments - coalesce(silent.instruments, 0)) AS answered
          FROM judging
          LEFT JOIN (
               SELECT block, judge_name, kind, period, sum(instruments) AS instruments
                 FROM not_judged
                WHERE period && daterange(%(month)s::date, (%(month)s::date + interval '1 month')::date)
                GROUP BY block, judge_name, kind, period) AS silent USING (block, judge_name, kind, period)
         WHERE judging.period && daterange(%(month)s::date, (%(month)s::date + interval '1 month')::date)
           AND judging.judge_name = ANY (%(judges)s)
         GROUP BY judging.judge_name, judging.kind, judging.block) AS blocks
 GROUP BY judge_name, kind
 ORDER BY judge_name, kind

-- answers --
-- Standing findings of statistical judges noticed in a month, by the civil time of the site.
SELECT finding.id, finding.judge_name, finding.instrument_id, instrument.kind, finding.p_value
  FROM finding
  JOIN instrument ON instrument.id = finding.instrument_id
  JOIN site ON site.id = instrument.site_id
 WHERE finding.judge_name = ANY (%(judges)s)
   AND finding.noticed_at >= %(month)s::timestamptz - interval '2 days'
   AND finding.noticed_at < %(month)s::timestamptz + interval '1 month 2 days'
   AND date_trunc('month', finding.noticed_at AT TIME ZONE site.time_zone) = %(month)s::timestamp
   AND finding.withdrawn_at IS NULL
   AND finding.p_value IS NOT NULL
 ORDER BY finding.id

-- write --
-- Write what share of chance each finding has; what stands out anew opens an alert of its own where its old one is closed.
UPDATE finding
   SET q_value = share.q_value,
       stands_out = share.stands_out,
       alert_id = CASE
           WHEN NOT finding.stands_out AND EXISTS (SELECT FROM alert WHERE alert.id = alert_id AND closed_at IS NOT NULL)
           THEN NULL ELSE finding.alert_id END
  FROM unnest(%(ids)s::bigint[], %(q_values)s::double precision[], %(stand_out)s::boolean[])
       AS share (id, q_value, stands_out)
 WHERE finding.id = share.id
   AND finding.withdrawn_at IS NULL
   AND (finding.q_value, finding.stands_out) IS DISTINCT FROM (share.q_value, share.stands_out)
RETURNING finding.judge_name, finding.instrument_id

-- record --
-- Say how a month came out.
INSERT INTO chance (month, questions, found, standing_out, at_most)
VALUES (%(month)s, %(questions)s, %(found)s, %(standing_out)s, %(at_most)s)
    ON CONFLICT (month) DO UPDATE
   SET questions = excluded.questions, found = excluded.found, standing_out = excluded.standing_out,
       at_most = excluded.at_most, reckoned_at = now()

-- months --
-- Months as they came out, latest first.
SELECT month, questions, found, standing_out, at_most, reckoned_at
  FROM chance
 WHERE %(before)s::date IS NULL OR month < %(before)s::date
 ORDER BY month DESC
 LIMIT %(limit)s
