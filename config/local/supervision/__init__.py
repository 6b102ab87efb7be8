"""Programs that are kept running, by `manage.py up` and by the embedded servers' host. Django is not imported."""
