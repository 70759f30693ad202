-- enter --
-- Enter a batch; nothing is entered if it was committed before.
INSERT INTO delivered (batch, session, digests) VALUES (%(batch)s, %(session)s, %(digests)s) ON CONFLICT DO NOTHING

-- recent --
-- Digests of the messages committed lately, of every session: a shared subscription may deliver to another one.
SELECT batch, digests FROM delivered

-- forget --
-- Forget what a session committed well before its latest batch: those acknowledgements have long arrived.
DELETE FROM delivered
 WHERE session = %(session)s
   AND committed_at < (SELECT max(committed_at) FROM delivered WHERE session = %(session)s) - %(keep)s::interval

-- any_of --
-- Whether a session ever committed a batch.
SELECT FROM delivered WHERE session = %(session)s LIMIT 1
