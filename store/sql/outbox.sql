-- lock --
-- Let one writer at a time number its rows, until it commits: ids then appear in order of commit.
SELECT pg_advisory_xact_lock(hashtext('hengjian.outbox'))

-- append --
-- Add one row and ring the doorbell; the bell sounds at commit.
INSERT INTO outbox (topic, alert_id, payload)
VALUES (%(topic)s, %(alert)s, %(payload)s)
RETURNING id, pg_notify('outbox', '')

-- listen --
-- Hear the doorbell.
LISTEN outbox

-- after --
-- Rows after an id, in order.
SELECT id, at, topic, alert_id, payload
  FROM outbox
 WHERE id > %(after)s
 ORDER BY id
 LIMIT %(limit)s

-- span --
-- Largest id that was pruned (0: none yet) and largest id there ever was (0: none yet).
SELECT coalesce((SELECT pruned_through FROM outbox_horizon), 0),
       greatest((SELECT max(id) FROM outbox), (SELECT pruned_through FROM outbox_horizon), 0)

-- prune --
-- Delete rows written before an instant, up to an id; return the largest id deleted.
WITH pruned AS (
    DELETE FROM outbox WHERE id <= %(through)s AND at < %(before)s RETURNING id
)
SELECT max(id) FROM pruned

-- move_horizon --
-- Remember how far back rows are gone.
INSERT INTO outbox_horizon (pruned_through) VALUES (%(through)s)
ON CONFLICT (single) DO UPDATE SET pruned_through = greatest(outbox_horizon.pruned_through, excluded.pruned_through)
