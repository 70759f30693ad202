"""Load: meters that report as fast as a broker takes it, and remember what it acknowledged."""
