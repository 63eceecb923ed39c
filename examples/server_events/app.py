"""A shop that reports purchases from its server, and only those of people who allow it.

    flask --app examples/server_events/app run --debug

Google Analytics is told by the Measurement Protocol, Meta by the Conversions API. The gate in the browser knows nothing
of such events, so the server asks:

- **In a request**, `consent.allows("analytics/ga4")` goes by the record of whoever sends it. Only on a yes is anything
  read that the vendor keeps on the device, or kept for an event.
- **In a job later**, when an invoice is paid, `service.allows_subject(…)` goes by the subject's newest record at that
  time: who withdrew after the order is not reported.

Ids and secrets come from the environment; a vendor without them is told nothing. See SETTINGS.
"""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass, field
from typing import Any, cast

from flask import Flask, Response, abort, current_app, redirect, render_template_string, request

from consent import Consent
from consent.store import StoreUnavailable

from .events import GA4, META, Event, Purchase, events, send

SETTINGS = {
    "SHOP_GA4_ADDRESS": "https://www.google-analytics.com",
    "SHOP_GA4_ID": "",
    "SHOP_GA4_SECRET": "",
    "SHOP_META_ADDRESS": "https://graph.facebook.com",
    "SHOP_META_ID": "",
    "SHOP_META_TOKEN": "",
}
SHOP = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Corner Shop</title></head><body><main><h1>Corner Shop</h1>
{% if number %}<p>Thank you. Your order is {{ number }}.</p>{% endif %}
<form method="post" action="/orders"><p>A teapot, 24.50 EUR</p>
<button name="pay" value="card">Pay by card</button> <button name="pay" value="invoice">Pay by invoice</button></form>
</main></body></html>"""
PRIVACY = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Privacy</title></head>
<body><main><h1>Privacy</h1>{{ consent.declaration() }}</main></body></html>"""


@dataclass
class Order:
    """An order. Until an invoice is paid it keeps what may be reported then: nothing of someone who allowed nothing."""

    purchase: Purchase
    subject: str | None = None
    waiting: list[Event] = field(default_factory=list)


def create_app(**config: Any) -> Flask:
    """The shop. It is an example: orders live in memory."""
    app = Flask(__name__)
    app.config.from_mapping({name: os.environ.get(name, default) for name, default in SETTINGS.items()})
    app.config.update(config)
    consent = Consent(app)
    orders: dict[str, Order] = {}
    app.extensions["shop"] = orders

    @app.get("/")
    def home() -> str:
        return render_template_string(SHOP, number=request.args.get("order", ""))

    @app.get("/privacy")
    def privacy() -> str:
        return render_template_string(PRIVACY)

    @app.post("/orders")
    def buy() -> Response:
        pay = request.form.get("pay")
        if pay not in ("card", "invoice"):
            abort(400)
        number = secrets.token_hex(6)
        order = orders[number] = Order(Purchase(number, 24.50, "EUR"))
        found = events(request, order.purchase, [name for name in (GA4, META) if consent.allows(name)])
        if pay == "card":
            for event in found:  # a real shop would hand them to a queue: nobody should wait for statistics
                send(event, app.config)
        elif found:
            order.subject, order.waiting = consent.service.subject(consent.record), found
        return cast(Response, redirect(f"/?order={number}", 303))

    return app


def paid(consent: Consent, number: str) -> None:
    """The job that a payment starts, perhaps weeks after the order. It needs an application context, no request."""
    order: Order = current_app.extensions["shop"][number]
    for event in list(order.waiting):
        try:
            allowed = consent.service.allows_subject(order.subject, event.requirement)
        except StoreUnavailable:
            continue  # unknown is no, for now: the event waits for another run
        order.waiting.remove(event)  # a no is for good, and what was kept for the event goes
        if allowed:
            send(event, current_app.config)
