"""When the product is ready: `/readyz` answers 200."""

import http.client
import time

POLL_SECONDS = 0.05
ANSWER_SECONDS = 5.0


def wait_until_ready(host: str, port: int, *, seconds: float) -> bool:
    """Wait until the web server says that it is ready; False when it did not within `seconds`."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if _status(host, port) == http.HTTPStatus.OK:
            return True
        time.sleep(POLL_SECONDS)
    return False


def _status(host: str, port: int) -> int | None:
    connection = http.client.HTTPConnection(host, port, timeout=ANSWER_SECONDS)
    try:
        connection.request("GET", "/readyz", headers={"Host": f"localhost:{port}"})
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()
