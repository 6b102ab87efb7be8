"""Enrichment: what is added to events by look-ups, and how look-ups are made."""
