"""Who may come in: API keys, their scopes, and which route needs which (docs/security.md)."""
