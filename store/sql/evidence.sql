-- fleet --
-- The instruments of a block: identity, civil zone, and the region whose weather and calendar they share.
SELECT instrument.id, instrument.kind, instrument.serial, instrument.size, instrument.accuracy_class, site.time_zone,
       coalesce(site.region_code, site.time_zone)
  FROM instrument
  JOIN site ON site.id = instrument.site_id
 WHERE instrument.id BETWEEN %(first)s AND %(last)s
 ORDER BY instrument.id

-- readings --
-- Readings of some registers of a block in a stretch of time, a column as one value and in no order; cut by days, for no
-- value may be longer than a gigabyte.
SELECT register_id, string_agg(int4send(instrument_id), ''), string_agg(timestamptz_send(taken_at), ''),
       string_agg(int8send(value), ''), string_agg(timestamptz_send(received_at), '')
  FROM reading
 WHERE instrument_id BETWEEN %(first)s AND %(last)s
   AND taken_at >= %(start)s
   AND taken_at < %(end)s
   AND register_id = ANY (%(registers)s)
 GROUP BY register_id, date_bin(INTERVAL '1 day', taken_at, TIMESTAMPTZ '2000-01-01 00:00:00+00')

-- registers_in_use --
-- First and last civil day of each register of a block that were summed up.
SELECT register_id, min(day), max(day) FROM day_sheet WHERE block = %(block)s GROUP BY register_id

-- neighbours_before --
-- Two readings before an instant, of some instruments: with the second one it is known whether the pair across the instant
-- rises from where the register had just fallen.
SELECT sought.instrument_id, neighbour.taken_at, neighbour.value, neighbour.received_at
  FROM unnest(%(instruments)s::int[]) AS sought (instrument_id)
 CROSS JOIN LATERAL (
       SELECT taken_at, value, received_at FROM reading
        WHERE instrument_id = sought.instrument_id AND register_id = %(register)s AND taken_at < %(at)s
        ORDER BY taken_at DESC LIMIT 2) AS neighbour

-- neighbours_after --
-- Two readings from an instant on, of some instruments.
SELECT sought.instrument_id, neighbour.taken_at, neighbour.value, neighbour.received_at
  FROM unnest(%(instruments)s::int[]) AS sought (instrument_id)
 CROSS JOIN LATERAL (
       SELECT taken_at, value, received_at FROM reading
        WHERE instrument_id = sought.instrument_id AND register_id = %(register)s AND taken_at >= %(at)s
        ORDER BY taken_at LIMIT 2) AS neighbour

-- transactions --
-- Transactions of a block that began or ended in a stretch of time, however long they lasted; what an instrument did not state is the smallest number.
SELECT instrument_id, sequence, started_at, ended_at, quantity,
       coalesce(unit_price, %(absent)s), coalesce(amount, %(absent)s),
       coalesce(start_indication, %(absent)s), coalesce(end_indication, %(absent)s)
  FROM transaction
 WHERE instrument_id BETWEEN %(first)s AND %(last)s
   AND ((started_at >= %(start)s AND started_at < %(end)s) OR (ended_at >= %(start)s AND ended_at < %(end)s))
 ORDER BY instrument_id, started_at, sequence

-- transaction_neighbours --
-- The transaction before a stretch, of every instrument of a block that has transactions in it.
SELECT neighbour.instrument_id, sequence, started_at, ended_at, quantity,
       coalesce(unit_price, %(absent)s), coalesce(amount, %(absent)s),
       coalesce(start_indication, %(absent)s), coalesce(end_indication, %(absent)s)
  FROM instrument
 CROSS JOIN LATERAL (
       SELECT * FROM transaction
        WHERE instrument_id = instrument.id AND started_at < %(start)s
        ORDER BY started_at DESC, sequence DESC LIMIT 1) AS neighbour
 WHERE instrument.id BETWEEN %(first)s AND %(last)s

-- reading_conflicts --
-- Values of a block that differ from the first one for their instant, in a stretch of time, beside that first one.
SELECT conflict.instrument_id, conflict.register_id, conflict.taken_at, first.value, first.received_at,
       conflict.value, conflict.received_at
  FROM reading_conflict AS conflict
 CROSS JOIN LATERAL (
       SELECT value, received_at FROM reading
        WHERE reading.instrument_id = conflict.instrument_id
          AND reading.register_id = conflict.register_id
          AND reading.taken_at = conflict.taken_at
          AND reading.taken_at >= %(start)s
          AND reading.taken_at < %(end)s
       OFFSET 0) AS first
 WHERE conflict.instrument_id BETWEEN %(first)s AND %(last)s
   AND conflict.taken_at >= %(start)s
   AND conflict.taken_at < %(end)s
 ORDER BY conflict.register_id, conflict.instrument_id, conflict.taken_at, conflict.received_at, conflict.value

-- transaction_conflicts --
-- Statements of a block that differ from the first one under their key, of transactions begun in a stretch of time, beside
-- that first one; what was not stated is the smallest number.
SELECT conflict.instrument_id, conflict.sequence, conflict.started_at,
       first.ended_at, first.quantity, coalesce(first.unit_price, %(absent)s), coalesce(first.amount, %(absent)s),
       first.received_at,
       (conflict.statement ->> 'ended_at')::timestamptz, (conflict.statement ->> 'quantity')::bigint,
       coalesce((conflict.statement ->> 'unit_price')::bigint, %(absent)s),
       coalesce((conflict.statement ->> 'amount')::bigint, %(absent)s), conflict.received_at,
       ((first.start_indication, first.end_indication, first.attributes, first.signed)
        IS DISTINCT FROM
        ((conflict.statement ->> 'start_indication')::bigint, (conflict.statement ->> 'end_indication')::bigint,
         conflict.statement -> 'attributes', nullif(conflict.statement -> 'signed', 'null')))::int::bigint
  FROM transaction_conflict AS conflict
 CROSS JOIN LATERAL (
       SELECT * FROM transaction
        WHERE transaction.instrument_id = conflict.instrument_id
          AND transaction.started_at = conflict.started_at
          AND transaction.sequence = conflict.sequence
          AND transaction.started_at >= %(start)s
          AND transaction.started_at < %(end)s
       OFFSET 0) AS first
 WHERE conflict.instrument_id BETWEEN %(first)s AND %(last)s
   AND conflict.started_at >= %(start)s
   AND conflict.started_at < %(end)s
 ORDER BY conflict.instrument_id, conflict.started_at, conflict.sequence, conflict.received_at, conflict.digest

-- capacities --
-- Where the registers of a block begin again at zero, as far as anybody said.
SELECT instrument_id, register_id, capacity FROM register_capacity WHERE instrument_id BETWEEN %(first)s AND %(last)s

-- zones --
-- Every civil zone in which a site stands.
SELECT DISTINCT time_zone FROM site

-- latest_day --
-- The last civil day on which an instrument of a block took a reading.
SELECT max(day) FROM day_sheet WHERE block = %(block)s
