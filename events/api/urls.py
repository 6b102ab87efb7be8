"""The routes of the events app."""

urlpatterns: list[object] = []
