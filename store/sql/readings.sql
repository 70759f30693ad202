-- copy --
-- Readings of new keys straight into the table; one known key fails them all.
COPY reading (instrument_id, register_id, taken_at, value, received_at) FROM STDIN (FORMAT BINARY)

-- make_sought --
-- Keys to be looked up, once for each connection.
CREATE TEMPORARY TABLE IF NOT EXISTS sought (
    ordinal       integer NOT NULL,
    instrument_id integer NOT NULL,
    register_id   smallint NOT NULL,
    taken_at      timestamptz NOT NULL
) ON COMMIT DELETE ROWS

-- empty_sought --
-- Forget an earlier look-up of this transaction.
TRUNCATE sought

-- copy_sought --
-- Keys to be looked up.
COPY sought (ordinal, instrument_id, register_id, taken_at) FROM STDIN (FORMAT BINARY)

-- standing --
-- Value that stands for each key looked up; a subquery for each key, so that the plan is an index probe whatever the
-- planner thinks of a table without statistics. The bounds leave out chunks that cannot hold any of them.
SELECT ordinal, value
  FROM (SELECT ordinal,
               (SELECT reading.value
                  FROM reading
                 WHERE reading.instrument_id = sought.instrument_id
                   AND reading.register_id = sought.register_id
                   AND reading.taken_at = sought.taken_at
                   AND reading.taken_at >= timestamptz '2000-01-01 00:00:00+00' + %(earliest)s * interval '1 microsecond'
                   AND reading.taken_at <= timestamptz '2000-01-01 00:00:00+00' + %(latest)s * interval '1 microsecond'
               ) AS value
          FROM sought) AS looked_up
 WHERE value IS NOT NULL

-- make_differing --
-- Values that differ from the first, once for each connection.
CREATE TEMPORARY TABLE IF NOT EXISTS differing (
    ordinal       integer NOT NULL,
    instrument_id integer NOT NULL,
    register_id   smallint NOT NULL,
    taken_at      timestamptz NOT NULL,
    value         bigint NOT NULL,
    received_at   timestamptz NOT NULL
) ON COMMIT DELETE ROWS

-- empty_differing --
-- Forget what an earlier step of this transaction held against the store.
TRUNCATE differing

-- copy_differing --
-- Values that differ from the first.
COPY differing (ordinal, instrument_id, register_id, taken_at, value, received_at) FROM STDIN (FORMAT BINARY)

-- keep_conflicts --
-- Keep differing values not known yet, and say which they were.
WITH kept AS (
    INSERT INTO reading_conflict (instrument_id, register_id, taken_at, value, received_at)
    SELECT instrument_id, register_id, taken_at, value, received_at
      FROM differing
     ORDER BY instrument_id, register_id, taken_at, value
    ON CONFLICT DO NOTHING
    RETURNING instrument_id, register_id, taken_at, value
)
SELECT ordinal FROM differing JOIN kept USING (instrument_id, register_id, taken_at, value)
