-- What a source declared and what it may send: the rest of its identity stands in later migrations.

ALTER TABLE source
    ADD COLUMN report_interval interval CHECK (report_interval > interval '0'),
    ADD COLUMN messages_per_second double precision CHECK (messages_per_second > 0),
    ADD COLUMN bytes_per_second double precision CHECK (bytes_per_second > 0),
    ADD COLUMN largest_message integer CHECK (largest_message > 0),
    ADD COLUMN revoked_at timestamptz;
COMMENT ON COLUMN source.report_interval IS 'Longest time between two messages that the source declared; NULL: it declared none, and its silence says nothing.';
COMMENT ON COLUMN source.messages_per_second IS 'Most messages a second that it may send over time; NULL: the setting of ingest holds.';
COMMENT ON COLUMN source.bytes_per_second IS 'Most payload a second that it may send over time [bytes/s]; NULL: the setting of ingest holds.';
COMMENT ON COLUMN source.largest_message IS 'Largest payload that it may send [bytes]; NULL: the setting of ingest holds.';
COMMENT ON COLUMN source.revoked_at IS 'Since when it is no longer let in; NULL while it may speak.';
