"""Telling the world what became of events, after the commit: live statistics, event log and live feed.

See docs/publishing.md.
"""
