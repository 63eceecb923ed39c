"""Commands run in this process, on a data folder of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from consent import keyfile
from consent.cli import main
from consent.keys import Keys
from consent.service import Service
from consent.site.model import Site
from consent.store import Store

from ..conftest import Clock

Run = Callable[..., Result]


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder, which is the default."""
    folder = tmp_path / "data"
    monkeypatch.setenv("CONSENT_DATA", str(folder))
    monkeypatch.delenv("CONSENT_DATABASE", raising=False)
    monkeypatch.setenv("COLUMNS", "200")
    return folder


@pytest.fixture
def run(data: Path) -> Run:
    """Run a command; an exception that it does not mean to show fails the test."""

    def invoke(*words: str, fails: bool = False, **options: object) -> Result:
        result = CliRunner().invoke(main, list(words), **options)  # type: ignore[arg-type]
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert (result.exit_code != 0) == fails, result.output
        return result

    return invoke


@pytest.fixture
def ring(data: Path, keys: Keys) -> Keys:
    """The keys of the demo site, in the data folder."""
    keyfile.write(keyfile.path_of(data / "keys", "demo"), keys)
    return keys


@pytest.fixture
def shop(data: Path, site: Site, ring: Keys, clock: Clock) -> Iterator[Service]:
    """The demo site at work in the data folder."""
    store = Store.open(f"sqlite:///{data / 'consent.sqlite3'}")
    yield Service(site, ring, store, clock=clock)
    store.close()
