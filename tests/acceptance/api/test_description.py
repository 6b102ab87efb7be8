"""The description of the API: true to what is answered, for any input that Schemathesis thinks of."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import requests

from events.types.registry import event_types
from tests.acceptance.api.conftest import Api

SEED = 20260131
CHECKS = (
    "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance,"
    "response_headers_conformance"
)


def test_every_route_answers_as_it_is_described(api: Api, tmp_path: Path) -> None:
    program = Path(sys.executable).with_name("schemathesis")
    command = [
        *(str(program), "run", f"{api.base_url}/openapi.json", "--seed", str(SEED), "--checks", CHECKS),
        *(
            "--phases",
            "fuzzing",
            "--max-examples",
            "10",
            "--generation-database",
            "none",
            "--suppress-health-check",
            "all",
        ),
    ]
    result = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=300)
    assert result.returncode == 0, result.stdout[-5000:] + result.stderr[-2000:]


def test_every_event_type_is_described_and_its_own_fields_are_welcome(api: Api) -> None:
    document = api.get("/openapi.json").json()
    assert document["openapi"].startswith("3.")
    heartbeat = document["components"]["schemas"]["event.heartbeat"]
    assert heartbeat["required"] == ["user", "slug", "at"]
    assert "additionalProperties" not in heartbeat


def test_the_documentation_needs_nothing_from_outside(api: Api) -> None:
    page = api.get("/docs").text
    assert "swagger-ui" in page
    assert "https://" not in page.replace("https://www.w3.org", "")


def test_every_example_of_a_request_is_accepted_as_it_stands(api: Api) -> None:
    document = api.get("/openapi.json").json()
    sent = []
    for path, operations in document["paths"].items():
        for media_type, content in operations.get("post", {}).get("requestBody", {}).get("content", {}).items():
            assert content["examples"], f"POST {path} as {media_type} has no example"
            for name, example in content["examples"].items():
                answer = post_example(api, path, media_type, example["value"])
                accepted = answer.status_code == 202 or answer.text in ("event saved", "duplicate event")
                assert accepted, f"POST {path}, {media_type}, {name}: {answer.status_code} {answer.text}"
                sent.append(example["summary"])
    assert {declared.name for declared in event_types} <= set(sent), "every type has an example"
    assert "2147483647" not in json.dumps(list(document["paths"].values()))


def post_example(api: Api, path: str, media_type: str, value: Any) -> requests.Response:
    if media_type == "application/x-www-form-urlencoded":
        return api.post(path, data=value, headers={"Content-Type": media_type})
    body = value if isinstance(value, str) else json.dumps(value)
    return api.post(path.replace("{type_name}", "heartbeat"), data=body.encode(), headers={"Content-Type": media_type})
