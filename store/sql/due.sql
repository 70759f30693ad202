-- mark_summarise --
-- Mark blocks and days whose evidence changed. Always a new mark: one that stands may be in the hands of a watch that
-- has looked before this transaction commits, and will be deleted with what it saw.
INSERT INTO due (stage, block, day)
SELECT 'summarise', block, day
  FROM unnest(%(blocks)s::int[], %(days)s::date[]) AS changed (block, day)

-- mark_detect --
-- Mark days of a claimed block as due for detectors, unless a mark stands already.
INSERT INTO due (stage, block, day)
SELECT 'detect', %(block)s, day
  FROM unnest(%(days)s::date[]) AS wanted (day)
 WHERE NOT EXISTS (SELECT 1 FROM due WHERE stage = 'detect' AND block = %(block)s AND due.day = wanted.day)

-- ring --
-- Ring for whoever waits for due blocks, when this transaction commits.
SELECT pg_notify('due', '')

-- listen --
-- Hear the ring from now on.
LISTEN due

-- claim --
-- The block longest due for a stage that nobody else works on; it stays claimed until the transaction ends.
-- Resting blocks and days from `before` on are left; marks younger than `quiet` wait, unless one is older than `patience`.
-- The candidates are materialised: pushed down into them, the lock would be tried on every block.
WITH candidate AS MATERIALIZED (
     SELECT block, min(id) AS oldest
       FROM due
      WHERE stage = %(stage)s AND day < %(before)s AND block <> ALL (%(resting)s)
      GROUP BY block
     HAVING max(marked_at) <= clock_timestamp() - %(quiet)s::interval
         OR min(marked_at) <= clock_timestamp() - %(patience)s::interval
      ORDER BY oldest)
SELECT block FROM candidate WHERE pg_try_advisory_xact_lock(1752852596, block) LIMIT 1

-- marks --
-- The marks of a claimed block, oldest days first, at most as many days as one pass takes.
SELECT id, day
  FROM due
 WHERE stage = %(stage)s
   AND block = %(block)s
   AND day < %(before)s
   AND day IN (SELECT DISTINCT day FROM due WHERE stage = %(stage)s AND block = %(block)s AND day < %(before)s
                ORDER BY day LIMIT %(days)s)

-- clear --
-- Forget exactly the marks that were seen.
DELETE FROM due WHERE id = ANY (%(ids)s)

-- depth --
-- How much is due, and since when.
SELECT count(*), min(marked_at) FROM due WHERE stage = %(stage)s AND day < %(before)s
