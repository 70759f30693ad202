-- note --
-- A sign that a listener can hear now; after a longer break than tolerated a new stretch begins. Several processes may
-- give one listener's signs, and of two at once either may be written last.
INSERT INTO listening AS known (way, listener, since, until)
VALUES (%(way)s, %(listener)s, coalesce(%(now)s::timestamptz, clock_timestamp()),
        coalesce(%(now)s::timestamptz, clock_timestamp()))
    ON CONFLICT (way, listener) DO UPDATE
   SET since = CASE WHEN excluded.until BETWEEN known.until - %(tolerance)s::interval
                                            AND known.until + %(tolerance)s::interval
                    THEN least(known.since, excluded.since)
                    ELSE excluded.since END,
       until = CASE WHEN excluded.until BETWEEN known.until - %(tolerance)s::interval AND known.until
                    THEN known.until
                    ELSE excluded.until END

-- since --
-- Since when all have been able to hear without a break who can hear now; NULL where nobody can.
SELECT max(since)
  FROM listening
 WHERE way = %(way)s
   AND until >= coalesce(%(now)s::timestamptz, clock_timestamp()) - %(tolerance)s::interval

-- somebody_missing --
-- Whether somebody who could hear not long ago cannot now.
SELECT EXISTS (
       SELECT
         FROM listening
        WHERE way = %(way)s
          AND until >= coalesce(%(now)s::timestamptz, clock_timestamp()) - %(retired)s::interval
          AND until < coalesce(%(now)s::timestamptz, clock_timestamp()) - %(tolerance)s::interval)
