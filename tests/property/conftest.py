"""How Hypothesis runs here: as many examples as fit into seconds; TIDEMARK_EXAMPLES=1000 searches longer."""

import os

from hypothesis import HealthCheck, Phase, settings

settings.register_profile(
    "tidemark",
    max_examples=int(os.environ.get("TIDEMARK_EXAMPLES", "40")),
    # A failing example of a few heartbeats is small enough, and making it smaller takes minutes.
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    deadline=None,  # each example is a handful of transactions
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    print_blob=True,
)
settings.load_profile("tidemark")
