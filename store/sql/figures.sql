-- alerts_open --
-- Open alerts by severity.
SELECT severity, count(*) FROM alert WHERE closed_at IS NULL GROUP BY severity

-- instruments --
-- Instruments enrolled.
SELECT count(*) FROM instrument

-- due --
-- By stage: marks waiting for the watch, and the age of the oldest [s].
SELECT stage, count(*), extract(epoch FROM now() - min(marked_at))::double precision FROM due GROUP BY stage

-- outbox_oldest --
-- Age of the oldest row that a served destination has not been delivered yet [s]; 0 where none waits.
SELECT coalesce(extract(epoch FROM now() - min(outbox.at)), 0)::double precision
  FROM courier
  JOIN LATERAL (SELECT at FROM outbox WHERE outbox.id > courier.delivered ORDER BY outbox.id LIMIT 1) outbox ON TRUE
 WHERE courier.stopped_at IS NULL

-- intake_settled --
-- Last row of the ledger before which no transaction can still be open: all of those rows began over ten minutes ago.
SELECT coalesce((SELECT min(id) - 1 FROM intake WHERE id > %(after)s AND committed_at >= now() - INTERVAL '10 minutes'),
                (SELECT max(id) FROM intake),
                %(after)s)

-- intake --
-- Sums of a stretch of the ledger.
SELECT coalesce(sum(messages - messages_quarantined), 0)::bigint, coalesce(sum(messages_quarantined), 0)::bigint,
       coalesce(sum(messages_redelivered), 0)::bigint,
       coalesce(sum(readings_stored), 0)::bigint, coalesce(sum(readings_repeated), 0)::bigint,
       coalesce(sum(readings_conflicting), 0)::bigint, coalesce(sum(readings_quarantined), 0)::bigint,
       coalesce(sum(transactions_stored), 0)::bigint, coalesce(sum(transactions_repeated), 0)::bigint,
       coalesce(sum(transactions_conflicting), 0)::bigint, coalesce(sum(transactions_quarantined), 0)::bigint,
       coalesce(sum(events_stored), 0)::bigint, coalesce(sum(events_repeated), 0)::bigint,
       coalesce(sum(events_quarantined), 0)::bigint
  FROM intake
 WHERE id > %(after)s
   AND (%(through)s::bigint IS NULL OR id <= %(through)s::bigint)
