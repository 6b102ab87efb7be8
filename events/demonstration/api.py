"""The product's API as the demonstration uses it."""

from typing import Any

import requests

TIMEOUT_SECONDS = 30


class Api:
    """Speaks JSON with a running Tidemark, with an API key where one is needed."""

    def __init__(self, base_url: str, *, key: str | None = None) -> None:
        self._base_url = base_url
        self._session = requests.Session()
        if key:
            self._session.headers["Authorization"] = f"Bearer {key}"

    def post(self, path: str, content: Any, *, idempotency_key: str) -> dict[str, Any]:
        """Post events; the answer. Raises requests.HTTPError unless they were accepted."""
        headers = {"Idempotency-Key": idempotency_key}
        return self._content(
            self._session.post(self._base_url + path, json=content, headers=headers, timeout=TIMEOUT_SECONDS)
        )

    def get(self, path: str, **parameters: str | int) -> dict[str, Any]:
        """The content at `path`; raises requests.HTTPError when there is none."""
        return self._content(self._session.get(self._base_url + path, params=parameters, timeout=TIMEOUT_SECONDS))

    def get_text(self, path: str, **parameters: str) -> str:
        """The text at `path`; raises requests.HTTPError when there is none."""
        response = self._session.get(self._base_url + path, params=parameters, timeout=TIMEOUT_SECONDS)
        response.raise_for_status()
        return response.text

    @staticmethod
    def _content(response: requests.Response) -> dict[str, Any]:
        response.raise_for_status()
        content: dict[str, Any] = response.json()
        return content
