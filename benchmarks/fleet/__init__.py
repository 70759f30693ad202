"""What judging a fleet costs, from ten thousand instruments to a million, beside bare COPY OUT of the same rows."""
