-- Alerts and findings may speak of a source instead of an instrument; what is needed to judge a source's silence
-- fairly; and where a register begins again at zero.

ALTER TABLE alert
    ALTER COLUMN instrument_id DROP NOT NULL,
    ADD COLUMN source_id integer REFERENCES source,
    ADD CONSTRAINT alert_speaks_of_one CHECK (num_nonnulls(instrument_id, source_id) = 1);
COMMENT ON COLUMN alert.instrument_id IS 'The instrument spoken of; NULL where a source is.';
COMMENT ON COLUMN alert.source_id IS 'The source spoken of; NULL where an instrument is.';
CREATE UNIQUE INDEX alert_open_on_source ON alert (judge_name, source_id) WHERE closed_at IS NULL AND source_id IS NOT NULL;
CREATE INDEX alert_source ON alert (source_id, id) WHERE source_id IS NOT NULL;

ALTER TABLE finding
    ALTER COLUMN instrument_id DROP NOT NULL,
    ADD COLUMN source_id integer REFERENCES source,
    ADD CONSTRAINT finding_speaks_of_one CHECK (num_nonnulls(instrument_id, source_id) = 1),
    DROP CONSTRAINT finding_judge_name_instrument_id_register_id_onset_key,
    ADD CONSTRAINT finding_key UNIQUE NULLS NOT DISTINCT (judge_name, instrument_id, source_id, register_id, onset);
COMMENT ON TABLE finding IS 'A claim of one judge on one instrument or one source, with the evidence that reproduces it.';
COMMENT ON COLUMN finding.instrument_id IS 'The instrument; NULL where a source is spoken of.';
COMMENT ON COLUMN finding.source_id IS 'The source; NULL where an instrument is spoken of.';
CREATE INDEX finding_source ON finding (judge_name, source_id, id) WHERE source_id IS NOT NULL;

CREATE TABLE listening (
    listener text PRIMARY KEY,
    since    timestamptz NOT NULL,
    until    timestamptz NOT NULL CHECK (until >= since)
);
COMMENT ON TABLE listening IS 'Since when each way in has been able to hear without a break: while none could, no source is accused of silence.';
COMMENT ON COLUMN listening.listener IS 'The ingest that listens, by its MQTT client id.';
COMMENT ON COLUMN listening.since IS 'Beginning of the present stretch without a break.';
COMMENT ON COLUMN listening.until IS 'Last sign of it: connected to the broker, with room for more, and able to write here.';

CREATE TABLE register_capacity (
    instrument_id integer NOT NULL REFERENCES instrument,
    register_id   smallint NOT NULL REFERENCES register,
    capacity      bigint NOT NULL CHECK (capacity > 1),
    PRIMARY KEY (instrument_id, register_id)
);
COMMENT ON TABLE register_capacity IS 'Where the register of an instrument begins again at zero, as declared at enrolment; without a row nothing is known.';
COMMENT ON COLUMN register_capacity.instrument_id IS 'The instrument.';
COMMENT ON COLUMN register_capacity.register_id IS 'Its cumulative register.';
COMMENT ON COLUMN register_capacity.capacity IS 'One step more than the largest indication [count of the register''s resolution]: 99999.999 rolls over at 100000.000.';
