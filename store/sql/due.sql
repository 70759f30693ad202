-- mark --
-- Mark days of a block as due for a stage, unless a mark stands already.
INSERT INTO due (stage, block, day)
SELECT %(stage)s, %(block)s, day
  FROM unnest(%(days)s::date[]) AS wanted (day)
 WHERE NOT EXISTS (SELECT 1 FROM due WHERE stage = %(stage)s AND block = %(block)s AND due.day = wanted.day)

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
