"""A notification service that drips its responses to some users, in front of real workers."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import requests

from tests.support.dripping_service import DrippingService, serve
from tests.support.processes.tidemark import Tidemark
from tests.support.processes.waiting import wait_until

StartTidemark = Callable[..., Tidemark]

DRIPPING = [f"dripping {number}" for number in range(80)]
HEALTHY = [f"healthy {number}" for number in range(20)]


def launch(tidemark: Tidemark, users: list[str]) -> None:
    """Opens the app for each user so long ago that the push is due as soon as it has settled."""
    moment = (datetime.now(UTC) - timedelta(hours=1)).isoformat()
    events = [{"type": "app_launch", "user_id": user, "device_id": "phone", "time_stamp": moment} for user in users]
    response = requests.post(f"{tidemark.base_url}/v1/events", json=events, timeout=30)
    assert response.status_code == 202, response.text


def states(tidemark: Tidemark) -> dict[str, str]:
    """Of each user's notification."""
    parameters = {"limit": "1000"}
    rows = requests.get(f"{tidemark.base_url}/v1/notifications", params=parameters, timeout=30).json()["results"]
    return {row["user"]: row["state"] for row in rows}


def test_pushes_go_on_beside_responses_that_drip_and_all_are_sent_after_the_cure(
    start_tidemark: StartTidemark,
) -> None:
    with serve(DrippingService(drips=lambda user: user.startswith("dripping"))) as service:
        tidemark = start_tidemark(
            environment={"NOTIFY_URL": service.url, "NOTIFY_TIMEOUT_SECONDS": "5", "NOTIFY_SETTLE_SECONDS": "1"}
        )
        # given pushes whose responses drip, all of them under way
        launch(tidemark, DRIPPING)
        wait_until(lambda: {user for _, user in service.calls} == set(DRIPPING), what="all drip", seconds=60)
        # when others become due, then those are sent
        launch(tidemark, HEALTHY)
        wait_until(lambda: sorted(service.accepted) == sorted(HEALTHY), what="the healthy ones are sent", seconds=60)
        assert {state for user, state in states(tidemark).items() if user in DRIPPING} <= {"leased", "pending"}
        # and after the cure all are
        service.cure()
        wait_until(lambda: set(states(tidemark).values()) == {"sent"}, what="all are sent", seconds=60)
        assert len(states(tidemark)) == 100
        # and a worker that is told to stop records what it has under way
        service.drips = lambda user: user == "late"
        launch(tidemark, ["late"])
        wait_until(lambda: "late" in [user for _, user in service.calls], what="one more drips", seconds=60)
        assert tidemark.stop() == 0
        assert "A notification could not be delivered." in tidemark.stderr().rpartition("Warm shutdown")[2]
