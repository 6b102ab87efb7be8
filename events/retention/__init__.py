"""How long everything is kept (docs/retention.md)."""
