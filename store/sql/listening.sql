-- note --
-- A sign that a listener can hear now; after a longer break than tolerated a new stretch begins.
INSERT INTO listening AS known (listener, since, until)
VALUES (%(listener)s, coalesce(%(now)s::timestamptz, clock_timestamp()), coalesce(%(now)s::timestamptz, clock_timestamp()))
    ON CONFLICT (listener) DO UPDATE
   SET since = CASE WHEN excluded.until BETWEEN known.until AND known.until + %(tolerance)s::interval THEN known.since
                    ELSE excluded.since END,
       until = excluded.until

-- since --
-- Since when somebody has been able to hear without a break; NULL where nobody can now.
SELECT min(since)
  FROM listening
 WHERE until >= coalesce(%(now)s::timestamptz, clock_timestamp()) - %(tolerance)s::interval
