"""The judgement: evidence → rules and detectors → findings → alerts."""
