"""The rules, one file each; every module of this package is found and imported by itself (docs/notifications.md)."""
