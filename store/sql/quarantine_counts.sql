-- held --
-- How many messages are held, by source and cause, and when such a message last came.
SELECT source_code, cause, count(*), max(last_received_at)
  FROM quarantine
 WHERE released_at IS NULL
 GROUP BY source_code, cause
 ORDER BY source_code, cause
