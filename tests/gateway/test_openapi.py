"""Every endpoint, fuzzed from what it says of itself, by a source that may do everything."""

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.gateway.support import Gateway, bearer, sign

_CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    response_headers_conformance,
]


_PATHS = {
    "/hooks/vtex": "POST",
    "/events": "POST",
    "/events/{contract}": "POST",
    "/push": "POST",
    "/twilio/status": "POST",
    "/twilio/reply": "POST",
    "/health": "GET",
    "/ready": "GET",
    "/metrics": "GET",
}


@pytest.fixture(scope="module")
def described(gateway: Gateway) -> Any:
    return schemathesis.openapi.from_url(f"http://127.0.0.1:{gateway.port}/openapi.json")


@pytest.mark.parametrize(
    ("method", "path", "mode"),
    [
        (method, path, mode)
        for path, method in _PATHS.items()
        for mode in GenerationMode
        # What takes nothing cannot be sent something wrong.
        if (method, mode) != ("GET", GenerationMode.NEGATIVE)
    ],
)
@pytest.mark.parametrize("examples", [20, pytest.param(500, marks=pytest.mark.long)])
def test_every_endpoint_does_what_it_says_whatever_it_is_sent(
    described: Any, method: str, path: str, mode: GenerationMode, examples: int
) -> None:
    statuses = set()

    @settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck))
    @given(described[path][method].as_strategy(generation_mode=mode))
    def fuzz(case: schemathesis.Case) -> None:
        # Twilio's requests are signed as they are sent, whatever is in them.
        auth = {"auth": sign} if path.startswith("/twilio") else {}
        response = case.call_and_validate(headers=bearer("till"), checks=_CHECKS, **auth)
        statuses.add(response.status_code)

    fuzz()
    # The fuzzing reached what is to be fuzzed: not every request was turned away at the door.
    assert statuses & ({200, 204} if mode is GenerationMode.POSITIVE else {400, 404})


def test_the_description_is_complete(gateway: Gateway) -> None:
    described = gateway.get("/openapi.json").json
    assert set(described["paths"]) == set(_PATHS)
    for path, operations in described["paths"].items():
        for operation in operations.values():
            assert operation["description"], path
            answers = set(operation["responses"])
            assert "422" not in answers, path
            if path.startswith(("/events", "/hooks", "/push")):
                told = {"400", "401", "403", "408", "413", "415", "429", "503"}
                assert told <= answers, path
                assert operation["security"], path
                assert "requestBody" in operation, path
            if path.startswith("/twilio"):
                assert {"204", "400", "403", "408", "413", "415", "503"} <= answers, path
                assert operation["security"] == [{"twilio": []}]
