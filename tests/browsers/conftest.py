"""Firefox and WebKit, each started once, and a person at a browser of theirs that has been nowhere."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

import pytest

from .engine import Engine, Wishes
from .firefox import Firefox
from .person import Person
from .shop import STRICT, Shop
from .webkit import WebKit

ENGINES = {"firefox": Firefox, "webkit": WebKit}


@pytest.fixture(scope="session", params=list(ENGINES))
def engine(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """The engine. One that is missing is a failure, not a reason to leave something out."""
    with contextlib.closing(ENGINES[request.param](tmp_path_factory.mktemp(request.param))) as made:
        yield made


@pytest.fixture(scope="session", params=["mounted", "tag"])
def shop(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[Shop]:
    """A site with consent mounted; then the same with a tag of another origin. A test can ask for `strict`."""
    folder, strict = tmp_path_factory.mktemp("shop"), STRICT if request.param == "strict" else ""
    with contextlib.closing(Shop(folder, tagged=request.param == "tag", more=strict)) as made:
        yield made


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
