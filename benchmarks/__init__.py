"""Measured claims: throughput, fleet scale, detection scorecard."""
