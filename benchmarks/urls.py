"""The product's routes, and one that stores nothing."""

from django.urls import path

from benchmarks.references.empty_view import EmptyView
from config.urls import urlpatterns as product_patterns

urlpatterns = [path("v1/benchmarks/empty", EmptyView.as_view()), *product_patterns]
