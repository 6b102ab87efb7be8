"""The product's routes, and one that stores nothing."""

from benchmarks.references.empty_view import EmptyView
from config.urls import urlpatterns as product_patterns
from events.access.routes import PUBLIC
from events.api.routing import route

urlpatterns = [route("v1/benchmarks/empty", EmptyView, name="empty", post=PUBLIC), *product_patterns]
