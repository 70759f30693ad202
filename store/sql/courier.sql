-- enter --
-- Enter a destination that is new: it hears what happens from now on.
INSERT INTO courier (destination, delivered) VALUES (%(destination)s, %(newest)s)
ON CONFLICT (destination) DO NOTHING

-- hold --
-- Hold a destination for this session, beyond its transactions; false while another session holds it.
SELECT pg_try_advisory_lock(hashtextextended('hengjian.courier ' || %(destination)s, 0))

-- let_go --
-- Hold a destination no more.
SELECT pg_advisory_unlock(hashtextextended('hengjian.courier ' || %(destination)s, 0))

-- position --
-- Where a destination stands; no row while it must wait, or has stopped.
SELECT delivered, attempts
  FROM courier
 WHERE destination = %(destination)s
   AND next_at <= clock_timestamp()
   AND stopped_at IS NULL

-- delivered --
-- Remember what was delivered, unless another session has moved on since.
UPDATE courier
   SET delivered = %(row)s, attempts = 0, next_at = now(), failure = NULL
 WHERE destination = %(destination)s AND delivered = %(from)s

-- failed --
-- Remember why an attempt failed, and not to try again for so long, unless another session has moved on since.
UPDATE courier
   SET attempts = attempts + 1, next_at = clock_timestamp() + %(wait)s, failure = %(failure)s
 WHERE destination = %(destination)s AND delivered = %(from)s

-- stopped --
-- Send no more: the receiver said so.
UPDATE courier SET stopped_at = now(), failure = %(failure)s WHERE destination = %(destination)s

-- resume --
-- Serve a stopped destination again, from where it stopped.
UPDATE courier
   SET stopped_at = NULL, attempts = 0, next_at = now(), failure = NULL
 WHERE destination = %(destination)s AND stopped_at IS NOT NULL

-- delivered_to_all --
-- Largest id that every one of these destinations has, stopped ones left out; NULL if none is served.
SELECT min(delivered) FROM courier WHERE destination = ANY (%(destinations)s) AND stopped_at IS NULL
