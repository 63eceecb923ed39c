"""The example of server-side events, against a collector that writes down what it is told."""

from __future__ import annotations

import importlib.util
import json
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import parse_qs

import pytest
from flask import Flask, Response, request

from consent import Consent
from consent.store import StoreUnavailable
from tests.conftest import Clock
from tests.web.worlds import Visitor, hold, served, service_of

FOLDER = Path(__file__).parents[2] / "examples" / "server_events"
GA = "GA1.1.1234567890.1795233600"
FBP = "fb.1.1795233600000.987654321"


@pytest.fixture(scope="module")
def example() -> ModuleType:
    """The example's `app`, loaded from where it lies: it is no installed package."""
    for name, file in (("server_events", "__init__.py"), ("server_events.app", "app.py")):
        spec = importlib.util.spec_from_file_location(
            name, FOLDER / file, submodule_search_locations=None if "." in name else [str(FOLDER)]
        )
        assert spec and spec.loader
        module = sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    return module


class Collector:
    """Both vendors' servers in one."""

    def __init__(self) -> None:
        self.told: list[tuple[str, dict[str, list[str]], dict[str, Any]]] = []
        self.app = Flask("collector")

        @self.app.post("/<path:path>")
        def collect(path: str) -> Response:
            self.told.append((path, parse_qs(request.query_string.decode()), request.get_json()))
            return Response(status=204)

    @property
    def vendors(self) -> list[str]:
        return sorted("ga4" if path == "mp/collect" else "meta" for path, _, _ in self.told)


@pytest.fixture
def collector() -> Collector:
    return Collector()


@pytest.fixture
def shop(example: ModuleType, collector: Collector, clock: Clock, tmp_path: Path) -> Iterator[Flask]:
    with served(collector.app) as port:
        app: Flask = example.create_app(
            TESTING=True,
            CONSENT_DATA=str(tmp_path),
            SHOP_GA4_ADDRESS=f"http://127.0.0.1:{port}",
            SHOP_GA4_ID="G-SHOP",
            SHOP_GA4_SECRET="secret of ga4",
            SHOP_META_ADDRESS=f"http://127.0.0.1:{port}",
            SHOP_META_ID="4711",
            SHOP_META_TOKEN="token of meta",
        )
        hold(app, clock)
        yield app
        service_of(app).store.close()


@pytest.fixture
def visitor(shop: Flask) -> Visitor:
    made = Visitor(shop, REMOTE_ADDR="192.0.2.7", HTTP_USER_AGENT="A browser")
    made.client.set_cookie("_ga", GA)
    made.client.set_cookie("_fbp", FBP)
    return made


def buys(visitor: Visitor, pay: str = "card") -> str:
    """The number of the order."""
    reply = visitor.client.post("/orders", data={"pay": pay}, environ_overrides=visitor.environ)
    assert reply.status_code == 303 and "Thank you" in visitor.get(reply.location).text
    return str(reply.location.partition("order=")[2])


def pays(example: ModuleType, shop: Flask, number: str) -> None:
    with shop.app_context():
        example.paid(Consent(), number)


def waiting(shop: Flask, number: str) -> int:
    return len(shop.extensions["shop"][number].waiting)


# in the request


def test_without_an_answer_nobody_is_told(visitor: Visitor, collector: Collector) -> None:
    buys(visitor)
    assert collector.told == []


def test_after_a_no_nobody_is_told(visitor: Visitor, collector: Collector) -> None:
    visitor.send("reject_all")
    visitor.client.set_cookie("_ga", GA)  # one that was left behind
    buys(visitor)
    assert collector.told == []


def test_after_a_yes_both_are_told_what_their_interfaces_want(visitor: Visitor, collector: Collector) -> None:
    visitor.send("accept_all")
    number = buys(visitor)
    assert collector.vendors == ["ga4", "meta"]
    by_path = {path: (query, body) for path, query, body in collector.told}
    query, body = by_path["mp/collect"]
    assert query == {"measurement_id": ["G-SHOP"], "api_secret": ["secret of ga4"]}
    assert body == {
        "client_id": "1234567890.1795233600",
        "consent": {"ad_user_data": "DENIED", "ad_personalization": "DENIED"},
        "events": [
            {"name": "purchase", "params": {"transaction_id": number, "value": 24.5, "currency": "EUR"}},
        ],
    }
    query, body = by_path["v23.0/4711/events"]
    assert query == {"access_token": ["token of meta"]}
    (event,) = body["data"]
    assert isinstance(event.pop("event_time"), int)
    assert event == {
        "event_name": "Purchase",
        "event_id": number,
        "action_source": "website",
        "user_data": {"client_ip_address": "192.0.2.7", "client_user_agent": "A browser", "fbp": FBP},
        "custom_data": {"value": 24.5, "currency": "EUR", "order_id": number},
    }


@pytest.mark.parametrize(("purpose", "vendor"), [("analytics", "ga4"), ("marketing", "meta")])
def test_one_alone_and_nothing_that_belongs_to_the_other(
    visitor: Visitor, collector: Collector, purpose: str, vendor: str
) -> None:
    visitor.send("save", purpose=[purpose])
    visitor.client.set_cookie("_ga", GA)
    visitor.client.set_cookie("_fbp", FBP)
    buys(visitor)
    assert collector.vendors == [vendor]
    sent = json.dumps(collector.told)
    assert ("1234567890" in sent) is (vendor == "ga4") and (FBP in sent) is (vendor == "meta")


def test_a_vendor_left_out_is_not_told(visitor: Visitor, collector: Collector) -> None:
    visitor.send("save", purpose=["analytics", "marketing"], **{"except": ["marketing/meta"]})
    visitor.client.set_cookie("_ga", GA)
    buys(visitor)
    assert collector.vendors == ["ga4"]


def test_an_expired_yes_is_none(visitor: Visitor, collector: Collector, clock: Clock) -> None:
    visitor.send("accept_all")
    clock.time += 400 * 86_400
    buys(visitor)
    assert collector.told == []


@pytest.mark.parametrize("cookie", ["", "GA1.1.x.y", "GA1.1.1", "GA1.1.1.2.3", "<script>"])
def test_without_a_client_id_google_is_not_told(visitor: Visitor, collector: Collector, cookie: str) -> None:
    visitor.send("accept_all")
    visitor.client.set_cookie("_ga", cookie)
    buys(visitor)
    assert collector.vendors == ["meta"]


def test_a_collector_that_is_away_stops_no_order(
    visitor: Visitor, shop: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    visitor.send("accept_all")
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))  # bound, and nobody listens
        address = f"http://127.0.0.1:{closed.getsockname()[1]}"
        shop.config.update(SHOP_GA4_ADDRESS=address, SHOP_META_ADDRESS=address)
        buys(visitor)
    assert caplog.text.count("could not be reported") == 2
    assert "secret" not in caplog.text and "token of" not in caplog.text


def test_without_secrets_nothing_is_sent(visitor: Visitor, shop: Flask, collector: Collector) -> None:
    visitor.send("accept_all")
    shop.config.update(SHOP_GA4_SECRET="", SHOP_META_TOKEN="")
    buys(visitor)
    assert collector.told == []


# in a job


def test_a_job_tells_both_while_the_yes_holds(
    visitor: Visitor, shop: Flask, example: ModuleType, collector: Collector, clock: Clock
) -> None:
    visitor.send("accept_all")
    number = buys(visitor, "invoice")
    assert collector.told == [] and waiting(shop, number) == 2
    clock.time += 14 * 86_400
    pays(example, shop, number)
    assert collector.vendors == ["ga4", "meta"] and waiting(shop, number) == 0
    pays(example, shop, number)
    assert len(collector.told) == 2  # once


def test_a_withdrawal_after_the_order_stops_the_event(
    visitor: Visitor, shop: Flask, example: ModuleType, collector: Collector, clock: Clock
) -> None:
    visitor.send("accept_all")
    number = buys(visitor, "invoice")
    clock.time += 60
    visitor.send("withdraw")
    pays(example, shop, number)
    assert collector.told == [] and waiting(shop, number) == 0


def test_a_change_of_mind_about_one_stops_that_one(
    visitor: Visitor, shop: Flask, example: ModuleType, collector: Collector, clock: Clock
) -> None:
    visitor.send("accept_all")
    number = buys(visitor, "invoice")
    clock.time += 60
    visitor.send("save", purpose=["analytics"])
    pays(example, shop, number)
    assert collector.vendors == ["ga4"]


def test_a_yes_that_expired_meanwhile_stops_the_event(
    visitor: Visitor, shop: Flask, example: ModuleType, collector: Collector, clock: Clock
) -> None:
    visitor.send("accept_all")
    number = buys(visitor, "invoice")
    clock.time += 400 * 86_400
    pays(example, shop, number)
    assert collector.told == []


def test_of_who_said_no_nothing_is_kept_for_later(
    visitor: Visitor, shop: Flask, example: ModuleType, collector: Collector, clock: Clock
) -> None:
    number = buys(visitor, "invoice")
    assert waiting(shop, number) == 0 and shop.extensions["shop"][number].subject is None
    clock.time += 60
    visitor.send("accept_all")  # a yes later is no yes to what was before
    pays(example, shop, number)
    assert collector.told == []


def test_while_the_records_cannot_be_read_the_event_waits(
    visitor: Visitor, shop: Flask, example: ModuleType, collector: Collector, tmp_path: Path
) -> None:
    visitor.send("accept_all")
    number = buys(visitor, "invoice")
    service = service_of(shop)
    service.store.close()
    away = tmp_path / "away"
    for file in tmp_path.glob("consent.sqlite3*"):
        away.mkdir(exist_ok=True)
        file.rename(away / file.name)
    with pytest.raises(StoreUnavailable):
        service.allows_subject("anyone", "analytics")
    pays(example, shop, number)
    assert collector.told == [] and waiting(shop, number) == 2
    service.store.close()
    for file in away.iterdir():
        file.replace(tmp_path / file.name)
    pays(example, shop, number)
    assert collector.vendors == ["ga4", "meta"]
