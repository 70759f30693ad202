"""The way in: MQTT subscriber, wire formats, exact conversion, batch writer, quarantine."""
