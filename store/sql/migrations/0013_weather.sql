-- Weather of regions: without it nobody can tell a home that heats from one whose meter changed.

CREATE TABLE weather (
    region      text NOT NULL CHECK (region <> ''),
    day         date NOT NULL,
    temperature double precision NOT NULL CHECK (temperature BETWEEN -90 AND 60),
    source      text NOT NULL CHECK (source <> ''),
    imported_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (region, day)
);
COMMENT ON TABLE weather IS 'Outdoor weather of regions by civil day, as somebody imported it; a correction replaces what stood, and the days are judged again.';
COMMENT ON COLUMN weather.region IS 'GB/T 2260 code, six digits: a district, or a city or province (ending in 00 or 0000) for all its districts without their own; or a site''s IANA zone where it has no code.';
COMMENT ON COLUMN weather.day IS 'Civil day of the region.';
COMMENT ON COLUMN weather.temperature IS 'Mean outdoor temperature of the day [°C].';
COMMENT ON COLUMN weather.source IS 'Who measured it: station, service or file, for people.';
COMMENT ON COLUMN weather.imported_at IS 'When it was entered or last corrected.';
