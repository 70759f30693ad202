-- Which way in a message came by, and which way in somebody listens at: an outage of one excuses nobody on the other.

ALTER TABLE intake ADD COLUMN way text CHECK (way IN ('mqtt', 'http', 'import'));
COMMENT ON COLUMN intake.way IS 'How it came: mqtt, http or import; NULL where that is not told: entered before it was, or taken out of quarantine.';

ALTER TABLE listening
    ADD COLUMN way text NOT NULL DEFAULT 'mqtt' CHECK (way IN ('mqtt', 'http')),
    DROP CONSTRAINT listening_pkey,
    ADD PRIMARY KEY (way, listener);
COMMENT ON TABLE listening IS 'Since when each way in has been able to hear without a break: while one that a source uses could not, it is not accused of silence.';
COMMENT ON COLUMN listening.listener IS 'Who listens: an ingest by its MQTT client id; all api processes together as one.';
COMMENT ON COLUMN listening.until IS 'Last sign of it: takes messages in, with room for more, and able to write here.';
COMMENT ON COLUMN listening.way IS 'Which way in it hears: mqtt, of which every member of the group is needed; http, of which any is enough.';
