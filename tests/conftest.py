"""What every test may use: a site, its keys, a service on a fresh SQLite file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from consent import keys as rings
from consent.keys import Keys
from consent.service import Service
from consent.site.load import loads
from consent.site.model import Site
from consent.store import Store

# No test depends on the clock: a busy machine is no failure.
settings.register_profile("ours", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("ours")

NOW = 1_795_233_600  # 2026-11-21T04:00:00Z

SITE = """
[site]
id = "demo"
name = "Demo"
policy = "https://demo.example/privacy"
effective = 2026-04-06
languages = ["en", "de", "ar"]
[controller]
name = "Demo Ltd"
contact = "privacy@demo.example"
country = "DE"
[vendors.meadow]
name = "Meadow Analytics"
role = "processor"
country = "DE"
policy = "https://meadow.example/privacy"
items = [
    { name = "_mdw*", kind = "cookie", duration = "13 months" },
    { name = "_mdw_srv", kind = "cookie", duration = "13 months", http_only = true },
    { name = "mdw_*", kind = "local", duration = "13 months" },
]
[vendors.brook]
name = "Brook Heatmaps"
role = "processor"
country = "US"
policy = "https://brook.example/privacy"
safeguard = "Standard contractual clauses"
items = [{ name = "_brk", kind = "cookie", duration = "6 months" }]
[purposes.necessary]
retention = "session"
items = [{ name = "session", kind = "cookie", duration = "session", http_only = true }]
[purposes.analytics]
retention = "13 months"
vendors = ["meadow", "brook"]
[purposes.marketing]
retention = "6 months"
items = [{ name = "_ads", kind = "cookie", duration = "6 months" }]
[purposes.ai_training]
name = "Training of our models"
text = "We use your pictures to train our models."
basis = "consent"
explicit = true
retention = "2 years"
[purposes.security]
name = "Security"
text = "We look for abuse."
basis = "legitimate_interest"
retention = "30 days"
"""


class Clock:
    """A clock that stands still until it is told."""

    def __init__(self) -> None:
        self.time = float(NOW)

    def __call__(self) -> float:
        return self.time


@pytest.fixture(scope="session")
def site_text() -> str:
    return SITE


@pytest.fixture(scope="session")
def site() -> Site:
    return loads(SITE)


@pytest.fixture(scope="session")
def keys() -> Keys:
    ledger = rings.ledger_key("demo", b"\x04" * 32, NOW, "demo.example/consent")
    return rings.new_ring("demo", NOW, b"\x01" * 32, b"\x02" * 32, b"\x03" * 32, ledger)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def service(site: Site, keys: Keys, clock: Clock, tmp_path: Path) -> Iterator[Service]:
    store = Store.open(f"sqlite:///{tmp_path / 'consent.sqlite3'}")
    yield Service(site, keys, store, clock=clock)
    store.close()


@pytest.fixture
def site_file(tmp_path: Path) -> Path:
    path = tmp_path / "consent.toml"
    path.write_text(SITE, encoding="utf-8")
    return path
