"""The way out: HTTP for the console, for platforms and for operations."""
