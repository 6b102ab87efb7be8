"""Ads: the events that the collector took in as CSV files, and the validator of such files (docs/ads.md)."""
