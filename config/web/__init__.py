"""The web server's side of Tidemark: Django's views in threads, waiting clients without one (docs/operations.md)."""
