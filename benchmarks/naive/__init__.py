"""The reference "naive": the same work as most would write it, one Celery chain of three tasks for each event."""
