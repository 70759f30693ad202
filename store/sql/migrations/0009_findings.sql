-- Since when, as an interval: what a person must look through.

ALTER TABLE finding
    ADD COLUMN onset_earliest timestamptz,
    ADD COLUMN onset_latest timestamptz,
    ADD CONSTRAINT finding_onset_in_its_interval CHECK (onset_earliest <= onset AND onset <= onset_latest);
COMMENT ON COLUMN finding.onset_earliest IS 'Earliest that the onset can be; NULL where it is exact.';
COMMENT ON COLUMN finding.onset_latest IS 'Latest that the onset can be; NULL where it is exact.';

ALTER TABLE alert
    ADD COLUMN since_earliest timestamptz,
    ADD COLUMN since_latest timestamptz;
COMMENT ON COLUMN alert.since_earliest IS 'Earliest that the onset of the first finding can be; NULL where it is exact.';
COMMENT ON COLUMN alert.since_latest IS 'Latest that it can be.';
