"""The broker before us: who is let in, how it is configured, what it refused, and whether it keeps what it takes."""
