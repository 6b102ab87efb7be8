"""The playback collector: events of video players, enriched by region and model."""
