"""One machine: embedded PostgreSQL and broker, every service, one command."""
