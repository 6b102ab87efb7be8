"""Statistics that live in Redis alone, are exact while it lives, and start from zero with it (docs/casino.md)."""
