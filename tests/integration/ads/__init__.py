"""Ads, from the collector to the files."""
