"""Whatever is sent, there is an answer that the API's description knows, and never a 500 (issue: done when 5)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote_plus

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from werkzeug.test import TestResponse

from consent.web.answers import MAX_NAMES
from tests.conftest import Clock

from .worlds import Visitor, has_gate, make_app, service_of, state_of, stored

FEW = settings(
    max_examples=120,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate, Phase.shrink],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
KNOWN = {201, 303, 400, 403, 409, 413, 415, 422}
NAMES = ["choice", "notice", "locale", "csrf_token", "key", "via", "dnt", "gpc", "age", "return"]
MANY = ["purpose", "except", "object"]


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    made = make_app(tmp_path_factory.mktemp("fuzz") / "shop", clock=Clock(), CONSENT_RATE_LIMIT=0)
    made.config["PROPAGATE_EXCEPTIONS"] = True  # a crash is seen as one
    yield made
    service_of(made).store.close()


def in_order(response: TestResponse, before: int, app: Flask) -> None:
    """Either it was stored and says so, or it was refused and nothing is there."""
    assert response.status_code in KNOWN
    assert stored(app) - before == (1 if response.status_code == 201 else 0)
    if response.status_code >= 400:
        assert response.mimetype == "application/problem+json" and "Set-Cookie" not in response.headers
        assert set(response.get_json()) == {"type", "title", "status", "detail"}


text = st.text(max_size=40) | st.sampled_from(["accept_all", "save", "analytics", "analytics/brook", "over", "script"])
value = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | text,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(text, inner, max_size=4),
    max_leaves=8,
)
lists = st.lists(text, max_size=6) | value


@FEW
@given(
    members=st.dictionaries(st.sampled_from([*NAMES, *MANY]) | text, value, max_size=6),
    lists=st.dictionaries(st.sampled_from(MANY), lists, max_size=3),
    honest=st.sets(st.sampled_from(["choice", "notice", "csrf_token"])),
)
def test_any_json(app: Flask, members: dict[str, Any], lists: dict[str, Any], honest: set[str]) -> None:
    visitor, before = Visitor(app), stored(app)
    body = {**members, **lists, **{name: found for name, found in visitor.body("save").items() if name in honest}}
    in_order(visitor.raw(json.dumps(body)), before, app)


@FEW
@given(body=st.binary(max_size=400), kind=st.sampled_from(["application/json", "application/x-www-form-urlencoded"]))
def test_any_bytes(app: Flask, body: bytes, kind: str) -> None:
    before = stored(app)
    in_order(Visitor(app).raw(body, kind), before, app)


pairs = st.lists(st.tuples(st.sampled_from([*NAMES, *MANY]) | text, text), max_size=8)


@FEW
@given(sent=pairs, honest=st.sets(st.sampled_from(["choice", "notice", "csrf_token"])), script=st.booleans())
def test_any_form(app: Flask, sent: list[tuple[str, str]], honest: set[str], script: bool) -> None:
    visitor, before = Visitor(app), stored(app)
    rest = [(name, found) for name, found in visitor.body("reject_all").items() if name in honest]
    body = "&".join(
        f"{quote_plus(name.encode('utf-8', 'surrogatepass'))}={quote_plus(value.encode('utf-8', 'surrogatepass'))}"
        for name, value in rest + sent
    )
    kind = "application/x-www-form-urlencoded"
    if script:
        response = visitor.raw(body, kind)
        if response.status_code != 303:
            in_order(response, before, app)
    else:
        response = visitor.raw(body, kind, headers={"Accept": "text/html"})
        assert response.status_code in KNOWN
        if response.status_code != 303:
            assert stored(app) == before and "Set-Cookie" not in response.headers
        elif response.headers["Location"].startswith("/consent/?"):
            assert stored(app) == before


@pytest.mark.parametrize(("many", "status"), [(MAX_NAMES - 1, 201), (MAX_NAMES, 201), (MAX_NAMES + 1, 400)])
def test_many_names(app: Flask, many: int, status: int) -> None:
    assert Visitor(app).send("save", purpose=["analytics"] * many).status_code == status


header = st.text(st.characters(min_codepoint=0x20, max_codepoint=0xFF, exclude_characters="\x7f"), max_size=120)


@settings(FEW, max_examples=50)
@given(
    cookie=header | st.builds("consent_demo={}; _ads={}".format, header, header),
    cut=st.integers(0, 700),
    tail=header,
)
def test_any_cookie_header(app: Flask, cookie: str, cut: int, tail: str) -> None:
    visitor = Visitor(app, jar=False)
    if "good" not in app.config:
        app.config["good"] = visitor.send("accept_all").get_json()["token"]
    good: str = app.config["good"]
    bent = f"consent_demo={good[: cut % len(good)]}{tail}"
    for sent in (cookie, bent, f"{cookie}; {bent}", f"{bent};;{cookie}", f'consent_demo="{tail}'):
        headers = {"Cookie": sent}
        page = visitor.get("/", headers=headers)
        assert page.status_code == 200 and has_gate(page.text)
        assert visitor.get("/allows/ai_training", headers=headers).get_json() == {"allows": False}
        assert visitor.get("/consent/", headers=headers).status_code == 200
        assert visitor.send("reject_all", headers=headers).status_code == 201


paths = ["", "declaration", "keys.json", "openapi.json", "gate.js", "look.css"]


@FEW
@given(
    path=st.sampled_from(paths) | st.builds("notices/{}".format, text) | st.builds("static/{}".format, text),
    query=st.dictionaries(st.sampled_from(["locale", "return", "fragment", "v"]) | text, text, max_size=4),
    headers=st.fixed_dictionaries(
        {},
        optional=dict.fromkeys(
            ("Accept", "Accept-Language", "Referer", "Origin", "DNT", "Sec-GPC", "If-None-Match", "Range"), header
        ),
    ),
)
def test_any_address(app: Flask, path: str, query: dict[str, str], headers: dict[str, str]) -> None:
    clean = {name: value.encode("utf-8", "replace").decode() for name, value in query.items()}
    address = "/consent/" + quote_plus(path.encode("utf-8", "replace"), safe="/.?")
    response = Visitor(app).get(address, query_string=clean, headers=headers)
    assert response.status_code < 500
    location = response.headers.get("Location", "/")
    assert location.startswith(("/", "http://localhost/")) and not location.startswith("//")


# from the description that the application itself serves


OPERATIONS = {"POST /decision": 80, "GET /notices/{id}": 30, "GET /keys.json": 5}  # with the number of cases of each


@pytest.fixture(scope="module")
def api(app: Flask) -> Any:
    refusals = sorted(KNOWN - {201, 303} | {404})  # 413, too, is a way to reject what is wrong
    config = {"checks": {"negative_data_rejection": {"expected-statuses": refusals}}}
    checked = schemathesis.Config.from_dict(config)
    return schemathesis.openapi.from_wsgi("/consent/openapi.json", app, config=checked)


def test_every_operation_is_tried(api: Any) -> None:
    assert {result.ok().label for result in api.get_all_operations()} == set(OPERATIONS)


@pytest.mark.parametrize(
    ("operation", "mode"),
    [
        ("POST /decision", GenerationMode.POSITIVE),
        ("POST /decision", GenerationMode.NEGATIVE),
        ("GET /notices/{id}", GenerationMode.POSITIVE),
        ("GET /notices/{id}", GenerationMode.NEGATIVE),
        ("GET /keys.json", GenerationMode.POSITIVE),  # it takes nothing that could be wrong
    ],
)
def test_the_api_is_as_it_says(app: Flask, api: Any, operation: str, mode: GenerationMode) -> None:
    """Statuses, types and bodies are those of the document, what it forbids is refused, and there is no 500."""
    method, _, path = operation.partition(" ")
    cases = api[path][method].as_strategy(generation_mode=mode)

    @settings(FEW, max_examples=OPERATIONS[operation], suppress_health_check=list(HealthCheck))
    @given(case=cases)
    def each(case: Any) -> None:
        before = stored(app)
        response = case.call_and_validate(headers={"Accept": "application/json"})
        assert response.status_code < 500
        assert stored(app) - before == (1 if response.status_code == 201 else 0)

    each()


def test_the_description_leads_to_an_answer(app: Flask) -> None:
    """Its examples are enough to make a decision with."""
    visitor = Visitor(app)
    document = visitor.get("/consent/openapi.json").get_json()
    operation = document["paths"]["/decision"]["post"]
    known = operation["requestBody"]["content"]["application/json"]["schema"]
    body = {name: known["properties"][name]["examples"][0] for name in ("notice", "csrf_token")}
    before = stored(app)
    for choice in known["properties"]["choice"]["enum"]:
        sent = visitor.client.post(document["servers"][0]["url"] + "/decision", json={**body, "choice": choice})
        assert sent.status_code == (422 if choice == "told" else 201)  # this notice presumes nothing
    assert stored(app) == before + len(known["properties"]["choice"]["enum"]) - 1
    assert state_of(app).site.id == "demo"
