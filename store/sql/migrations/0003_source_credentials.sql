-- How a source proves at the broker that it is itself: what it is let in by, since when, and why no longer.

ALTER TABLE source ADD COLUMN version integer NOT NULL DEFAULT 1;
COMMENT ON COLUMN source.version IS 'Grows with every change of its limits and credentials; the ETag of the source.';

CREATE TABLE source_credential (
    id            integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    source_id     integer NOT NULL REFERENCES source,
    kind          text NOT NULL CHECK (kind IN ('password', 'certificate')),
    bcrypt        text,
    pbkdf2        text,
    created_at    timestamptz NOT NULL DEFAULT now(),
    created_by    text NOT NULL,
    ended_at      timestamptz,
    ended_because text CHECK (ended_because IN ('rotated', 'revoked')),
    CONSTRAINT source_credential_ends_for_a_reason CHECK ((ended_at IS NULL) = (ended_because IS NULL)),
    CONSTRAINT source_credential_hashes_while_it_holds CHECK (
        (kind = 'password' AND ended_at IS NULL) = (bcrypt IS NOT NULL)
        AND (bcrypt IS NULL) = (pbkdf2 IS NULL))
);
COMMENT ON TABLE source_credential IS 'What a source is let in by at the broker; at most one holds at a time. No secret, only hashes, and these only while it holds.';
COMMENT ON COLUMN source_credential.id IS 'Order of issue.';
COMMENT ON COLUMN source_credential.source_id IS 'The source.';
COMMENT ON COLUMN source_credential.kind IS 'A password, or a client certificate whose common name is the source''s code.';
COMMENT ON COLUMN source_credential.bcrypt IS 'Hash of the password as nats-server takes it; NULL for a certificate, and once it no longer holds.';
COMMENT ON COLUMN source_credential.pbkdf2 IS 'Hash of the same password as Mosquitto takes it: $7$, PBKDF2 with SHA-512.';
COMMENT ON COLUMN source_credential.created_at IS 'When it was issued.';
COMMENT ON COLUMN source_credential.created_by IS 'On whose behalf, as in the audit.';
COMMENT ON COLUMN source_credential.ended_at IS 'Since when it no longer holds.';
COMMENT ON COLUMN source_credential.ended_because IS 'Replaced by another, or its source is no longer let in.';
CREATE UNIQUE INDEX source_credential_current ON source_credential (source_id) WHERE ended_at IS NULL;
