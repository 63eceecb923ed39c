"""Firefox and WebKit, each started once, and a person at a browser of theirs that has been nowhere."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Iterator

import pytest

from .engine import Engine, Wishes
from .firefox import Firefox
from .person import Person
from .shop import STRICT, Shop
from .webkit import WebKit

ENGINES = {"firefox": Firefox, "webkit": WebKit}


@pytest.fixture(scope="session")
def kept() -> Iterator[contextlib.ExitStack]:
    """What is started once and ended at the end, in whatever order tests come."""
    with contextlib.ExitStack() as stack:
        yield stack


@pytest.fixture(scope="session")
def started(kept: contextlib.ExitStack, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Engine]:
    """An engine by its name. One that is missing is a failure, not a reason to leave something out."""

    @functools.cache
    def start(name: str) -> Engine:
        return kept.enter_context(contextlib.closing(ENGINES[name](tmp_path_factory.mktemp(name))))

    return start


@pytest.fixture(scope="session")
def opened(kept: contextlib.ExitStack, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Shop]:
    """A shop by its way: consent mounted, a tag of another origin, or mounted with strict blocking."""

    @functools.cache
    def open_(way: str) -> Shop:
        shop = Shop(tmp_path_factory.mktemp(way), tagged=way == "tag", more=STRICT if way == "strict" else "")
        return kept.enter_context(contextlib.closing(shop))

    return open_


@pytest.fixture(params=list(ENGINES))
def engine(request: pytest.FixtureRequest, started: Callable[[str], Engine]) -> Engine:
    """Each engine in its turn."""
    return started(request.param)


@pytest.fixture(params=["mounted", "tag"])
def shop(request: pytest.FixtureRequest, opened: Callable[[str], Shop]) -> Shop:
    """A site with consent mounted; then the same with a tag. A test can ask for one of them, or for `strict`."""
    return opened(request.param)


@pytest.fixture
def comes(engine: Engine, shop: Shop) -> Iterator[Callable[..., Person]]:
    """Makes the test's person, whose browser is set up as they wish. At the end no page may have complained."""

    def comes(**wishes: bool) -> Person:
        made = Person(engine.fresh(Wishes(**wishes), shop.url("/plain")))
        shop.asked.clear()
        shop.said.clear()
        return made

    yield comes
    shop.away = False
    shop.free.set()
    assert shop.said == []


@pytest.fixture
def person(comes: Callable[..., Person]) -> Person:
    return comes()
