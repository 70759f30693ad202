-- months --
-- Judges on kinds, month by month: about how many instruments they were asked, and how many they could not judge, why.
-- Of stretches within a month the largest number of each block counts: an instrument is not counted twice.
WITH asked AS (
     SELECT judge_name, kind, block, date_trunc('month', lower(period))::date AS month, max(instruments) AS instruments
       FROM judging
      WHERE period && daterange(date_trunc('month', %(first)s::date)::date, %(last)s::date, '[]')
        AND (%(judge)s::text IS NULL OR judge_name = %(judge)s::text)
        AND (%(kind)s::text IS NULL OR kind = %(kind)s::text)
      GROUP BY judge_name, kind, block, month),
silent AS (
     SELECT judge_name, kind, block, date_trunc('month', lower(period))::date AS month, reason,
            max(instruments) AS instruments
       FROM not_judged
      WHERE period && daterange(date_trunc('month', %(first)s::date)::date, %(last)s::date, '[]')
        AND (%(judge)s::text IS NULL OR judge_name = %(judge)s::text)
        AND (%(kind)s::text IS NULL OR kind = %(kind)s::text)
      GROUP BY judge_name, kind, block, month, reason),
reasons AS (
     SELECT judge_name, kind, month, reason, sum(instruments) AS instruments
       FROM silent
      GROUP BY judge_name, kind, month, reason)
SELECT asked.judge_name, asked.kind, asked.month, sum(asked.instruments)::bigint,
       coalesce((SELECT jsonb_object_agg(reason, instruments)
                   FROM reasons
                  WHERE (reasons.judge_name, reasons.kind, reasons.month)
                        = (asked.judge_name, asked.kind, asked.month)), '{}')
  FROM asked
 GROUP BY asked.judge_name, asked.kind, asked.month
 ORDER BY asked.month DESC, asked.judge_name, asked.kind

-- of_instrument --
-- Of every judge asked about an instrument's kind in its block, what came of the latest stretch of days.
SELECT latest.judge_name, lower(latest.period), upper(latest.period) - 1,
       coalesce(array_agg(silent.reason ORDER BY silent.reason)
                FILTER (WHERE get_bit(silent.members, (instrument.id & 4095)) = 1), '{}'),
       coalesce(bool_or(silent.members IS NULL) FILTER (WHERE silent.reason IS NOT NULL), FALSE)
  FROM instrument
 CROSS JOIN LATERAL (
       SELECT DISTINCT ON (judge_name) judge_name, period
         FROM judging
        WHERE judging.block = instrument.id >> 12 AND judging.kind = instrument.kind
        ORDER BY judge_name, upper(period) DESC) AS latest
  LEFT JOIN not_judged AS silent
         ON silent.block = instrument.id >> 12
        AND silent.judge_name = latest.judge_name
        AND silent.kind = instrument.kind
        AND silent.period = latest.period
 WHERE instrument.id = %(instrument)s
 GROUP BY latest.judge_name, latest.period
 ORDER BY latest.judge_name
