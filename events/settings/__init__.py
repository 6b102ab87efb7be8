"""How an app declares its settings: each once, in the app's `conf.py` (docs/running.md, "Adding a setting")."""
