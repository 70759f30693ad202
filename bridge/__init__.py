"""The courier: what happens to alerts, carried to webhooks of other platforms."""
