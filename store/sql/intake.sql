-- record --
-- Add rows to the ledger of the way in.
INSERT INTO intake (
    source_code, messages, messages_redelivered, messages_quarantined,
    readings, readings_stored, readings_repeated, readings_conflicting, readings_quarantined,
    transactions, transactions_stored, transactions_repeated, transactions_conflicting, transactions_quarantined,
    events, events_stored, events_repeated, events_quarantined,
    way
)
VALUES (
    %(source_code)s, %(messages)s, %(messages_redelivered)s, %(messages_quarantined)s,
    %(readings)s, %(readings_stored)s, %(readings_repeated)s, %(readings_conflicting)s, %(readings_quarantined)s,
    %(transactions)s, %(transactions_stored)s, %(transactions_repeated)s, %(transactions_conflicting)s,
    %(transactions_quarantined)s,
    %(events)s, %(events_stored)s, %(events_repeated)s, %(events_quarantined)s,
    %(way)s
)

-- totals --
-- What was received in all, by source.
SELECT source_code, sum(messages), sum(messages_redelivered), sum(messages_quarantined),
       sum(readings), sum(readings_stored), sum(readings_repeated), sum(readings_conflicting), sum(readings_quarantined),
       sum(transactions), sum(transactions_stored), sum(transactions_repeated), sum(transactions_conflicting),
       sum(transactions_quarantined),
       sum(events), sum(events_stored), sum(events_repeated), sum(events_quarantined)
  FROM intake
 GROUP BY source_code
 ORDER BY source_code
