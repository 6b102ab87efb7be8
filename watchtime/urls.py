"""The routes of watch time."""

urlpatterns: list[object] = []
