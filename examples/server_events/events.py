"""A purchase, as Google Analytics and Meta want to be told of it by a server."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.error import URLError
from urllib.parse import urlencode
from urllib.request import Request as Call
from urllib.request import urlopen

from flask import Request

GA4 = "analytics/ga4"  # what has to be allowed, as the site file names purpose and vendor
META = "marketing/meta"
META_VERSION = "v23.0"
PATIENCE = 3  # seconds

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Purchase:
    """What was bought."""

    number: str
    value: float
    currency: str


@dataclass(frozen=True)
class Event:
    """A purchase to be told to one vendor. `person` is by what the vendor knows them: personal data."""

    requirement: str
    purchase: Purchase
    person: Mapping[str, str]


def events(request: Request, purchase: Purchase, allowed: list[str]) -> list[Event]:
    """The events of a purchase, for those vendors that are allowed; of the others' cookies nothing is read."""
    found = []
    if GA4 in allowed and (client := _client(request.cookies.get("_ga", ""))):
        found.append(Event(GA4, purchase, {"client_id": client}))
    if META in allowed:
        person = {
            "client_ip_address": request.remote_addr or "",
            "client_user_agent": request.user_agent.string[:512],
            "fbp": request.cookies.get("_fbp", "")[:100],
            "fbc": request.cookies.get("_fbc", "")[:500],
        }
        found.append(Event(META, purchase, {name: value for name, value in person.items() if value}))
    return found


def _client(cookie: str) -> str:
    """The client id in Google's cookie, GA1.1.NUMBER.TIME; "" for what is none."""
    parts = cookie.split(".")
    return ".".join(parts[2:]) if len(parts) == 4 and all(part.isdigit() for part in parts[1:]) else ""


def send(event: Event, config: Mapping[str, Any]) -> None:
    """Tell the vendor. A shop goes on when statistics cannot: what fails stands in the log."""
    address, body = (_to_ga4 if event.requirement == GA4 else _to_meta)(event, config)
    if not address:
        return
    call = Call(address, json.dumps(body).encode(), {"Content-Type": "application/json"})
    try:
        urlopen(call, timeout=PATIENCE).close()
    except (URLError, OSError) as error:
        # not the address: it has the secret in it
        log.warning("The purchase %s could not be reported (%s): %s", event.purchase.number, event.requirement, error)


def _to_ga4(event: Event, config: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """Measurement Protocol: developers.google.com/analytics/devguides/collection/protocol/ga4"""
    own, secret = config["SHOP_GA4_ID"], config["SHOP_GA4_SECRET"]
    if not (own and secret):
        return "", {}
    bought = event.purchase
    params = {"transaction_id": bought.number, "value": bought.value, "currency": bought.currency}
    body = {
        **event.person,
        # Analytics was allowed, and no more than that.
        "consent": {"ad_user_data": "DENIED", "ad_personalization": "DENIED"},
        "events": [{"name": "purchase", "params": params}],
    }
    query = urlencode({"measurement_id": own, "api_secret": secret})
    return f"{config['SHOP_GA4_ADDRESS']}/mp/collect?{query}", body


def _to_meta(event: Event, config: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """Conversions API: developers.facebook.com/docs/marketing-api/conversions-api"""
    own, token = config["SHOP_META_ID"], config["SHOP_META_TOKEN"]
    if not (own and token):
        return "", {}
    bought = event.purchase
    told = {
        "event_name": "Purchase",
        "event_time": int(time.time()),
        "event_id": bought.number,  # the same as the pixel's, so that the purchase counts once
        "action_source": "website",
        "user_data": dict(event.person),
        "custom_data": {"value": bought.value, "currency": bought.currency, "order_id": bought.number},
    }
    query = urlencode({"access_token": token})
    return f"{config['SHOP_META_ADDRESS']}/{META_VERSION}/{own}/events?{query}", {"data": [told]}
