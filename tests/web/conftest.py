"""A shop with consent mounted, and a visitor to it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from tests.conftest import Clock

from .worlds import Visitor, make_app, service_of


@pytest.fixture
def app(tmp_path: Path, clock: Clock) -> Iterator[Flask]:
    made = make_app(tmp_path / "shop", clock=clock)
    yield made
    service_of(made).store.close()


@pytest.fixture
def visitor(app: Flask) -> Visitor:
    return Visitor(app)
