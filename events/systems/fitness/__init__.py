"""The fitness app: its event types, generator and demonstration. What users are told is in `notifications`."""
