-- Keys that speak for one source, and what they pushed: so that a push sent again counts once.

ALTER TABLE api_key
    DROP CONSTRAINT api_key_role_check,
    ADD COLUMN source_id integer REFERENCES source,
    ADD CONSTRAINT api_key_role_check CHECK (role IN ('viewer', 'supervisor', 'administrator', 'source')),
    ADD CONSTRAINT api_key_of_source CHECK ((role = 'source') = (source_id IS NOT NULL));
COMMENT ON COLUMN api_key.source_id IS 'The one source that it speaks for; of role source alone.';

CREATE TABLE push (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    source_id   integer NOT NULL REFERENCES source,
    way         text NOT NULL CHECK (way IN ('http', 'import')),
    name        text NOT NULL,
    began_at    timestamptz NOT NULL DEFAULT now(),
    last_at     timestamptz NOT NULL DEFAULT now(),
    finished_at timestamptz,
    digest      bytea,
    CONSTRAINT push_once UNIQUE (source_id, way, name),
    CONSTRAINT push_finished CHECK ((finished_at IS NULL) = (digest IS NULL))
);
COMMENT ON TABLE push IS 'What a source handed over in one piece, by HTTP or as a file: sent again under the same name it counts once.';
COMMENT ON COLUMN push.id IS 'Number of the push in this store.';
COMMENT ON COLUMN push.source_id IS 'Who speaks.';
COMMENT ON COLUMN push.way IS 'http: POST /v1/telemetry; import: hengjian import.';
COMMENT ON COLUMN push.name IS 'Idempotency-Key of the request; SHA-256 of the imported file.';
COMMENT ON COLUMN push.began_at IS 'First attempt.';
COMMENT ON COLUMN push.last_at IS 'Last attempt or last commit; after a while it is forgotten.';
COMMENT ON COLUMN push.finished_at IS 'When the whole of it was committed; NULL while it is not.';
COMMENT ON COLUMN push.digest IS 'SHA-256 chained over all chunks: what was sent, whole; NULL while it is not known.';
CREATE INDEX push_last ON push (last_at);

CREATE TABLE push_chunk (
    push_id  bigint NOT NULL REFERENCES push ON DELETE CASCADE,
    number   integer NOT NULL CHECK (number >= 0),
    digest   bytea NOT NULL,
    tally    jsonb NOT NULL,
    causes   jsonb NOT NULL,
    refusals jsonb NOT NULL,
    PRIMARY KEY (push_id, number)
);
COMMENT ON TABLE push_chunk IS 'What was committed of a push, chunk by chunk, each in the transaction of its readings: an attempt after a crash finds it and goes on behind it.';
COMMENT ON COLUMN push_chunk.push_id IS 'The push.';
COMMENT ON COLUMN push_chunk.number IS 'Which chunk, from 0; where a chunk ends follows from the content alone.';
COMMENT ON COLUMN push_chunk.digest IS 'SHA-256 chained over the content up to the end of this chunk.';
COMMENT ON COLUMN push_chunk.tally IS 'What became of it, named as in table intake; zeros left out.';
COMMENT ON COLUMN push_chunk.causes IS 'Messages put into quarantine, by cause.';
COMMENT ON COLUMN push_chunk.refusals IS 'The first of these: line, cause, detail, number in quarantine.';
