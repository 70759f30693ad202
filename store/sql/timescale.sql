-- hypertables --
-- Make the three tables of evidence hypertables; existing rows are moved. May change speed, never an answer.
SELECT create_hypertable('reading', 'taken_at', chunk_time_interval => INTERVAL '7 days', if_not_exists => TRUE, migrate_data => TRUE),
       create_hypertable('transaction', 'started_at', chunk_time_interval => INTERVAL '30 days', if_not_exists => TRUE, migrate_data => TRUE),
       create_hypertable('event', 'occurred_at', chunk_time_interval => INTERVAL '30 days', if_not_exists => TRUE, migrate_data => TRUE)

-- enable_columnstore --
-- Only under the timescale licence: let old readings be kept by column, grouped as they are read.
ALTER TABLE reading SET (
    timescaledb.compress,
    timescaledb.compress_segmentby = 'instrument_id, register_id',
    timescaledb.compress_orderby = 'taken_at'
)

-- add_columnstore_policy --
-- Only under the timescale licence: readings older than 30 days go to the columnstore.
SELECT add_compression_policy('reading', INTERVAL '30 days', if_not_exists => TRUE)

-- licence --
-- Which edition of TimescaleDB is installed: timescale or apache; no row where the extension is absent.
SELECT current_setting('timescaledb.license', TRUE) AS licence
 WHERE EXISTS (SELECT 1 FROM pg_extension WHERE extname = 'timescaledb')

-- available --
-- Whether the server could give this database TimescaleDB.
SELECT EXISTS (SELECT 1 FROM pg_available_extensions WHERE name = 'timescaledb')
   AND current_setting('shared_preload_libraries') LIKE '%%timescaledb%%' AS available

-- create_extension --
-- Give this database TimescaleDB.
CREATE EXTENSION IF NOT EXISTS timescaledb
