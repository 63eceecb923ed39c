"""A URL becomes an engine under which what is committed stays."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from consent.store import Store, StoreError, UnsafeDatabase
from consent.store.engine import make_engine
from tests.postgres import Server

from .samples import entry


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_sqlite_is_durable_and_private(tmp_path: Path) -> None:
    path = tmp_path / "new" / "folders" / "consent.sqlite3"
    store = Store.open(f"sqlite:///{path}")
    store.append(entry())
    with store.engine.connect() as connection:
        found = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    assert found == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 0, "busy_timeout": 10_000}
    assert mode(path) == mode(path.with_name(path.name + "-wal")) == 0o600
    assert mode(path.parent) == mode(path.parent.parent) == 0o700
    store.close()


def test_modes_of_what_was_there_are_left(tmp_path: Path) -> None:
    folder = tmp_path / "given"
    folder.mkdir(mode=0o750)
    path = folder / "consent.sqlite3"
    path.touch(mode=0o640)
    Store.open(f"sqlite:///{path}").close()
    assert (mode(folder), mode(path)) == (0o750, 0o640)


def test_relative_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Store.open("sqlite:///data/consent.sqlite3").close()
    assert (tmp_path / "data" / "consent.sqlite3").exists()


@pytest.mark.parametrize(
    "url",
    [
        "",
        "nonsense",
        "sqlite://",
        "sqlite:///:memory:",
        "sqlite:///file:x?mode=memory&uri=true",
        "sqlite:///x?mode=memory",
        "mysql://host/name",
        "oracle+oracledb://host/name",
    ],
)
def test_no_other_database(url: str) -> None:
    with pytest.raises(UnsafeDatabase) as caught:
        make_engine(url)
    assert isinstance(caught.value, StoreError)


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg2", "postgresql+psycopg"])
def test_postgresql_is_spoken_by_psycopg(scheme: str) -> None:
    engine = make_engine(f"{scheme}://me:secret@host/name")
    assert engine.url.drivername == "postgresql+psycopg"
    assert engine.url.password == "secret"


def test_password_is_in_no_message(tmp_path: Path) -> None:
    with pytest.raises(StoreError) as caught:
        Store.open("postgresql://me:hush-hush@127.0.0.1:1/nothing")
    assert "hush-hush" not in str(caught.value)


def test_asynchronous_commit_is_refused(server: Server) -> None:
    with server.database() as url, pytest.raises(UnsafeDatabase, match="synchronous_commit"):
        Store.open(url + "?options=-csynchronous_commit%3Doff")


@pytest.mark.parametrize("setting", ["local", "on", "remote_apply"])
def test_stricter_commit_is_kept(server: Server, setting: str) -> None:
    with server.database() as url:
        store = Store.open(url + f"?options=-csynchronous_commit%3D{setting}")
        with store.engine.connect() as connection:
            assert connection.exec_driver_sql("SHOW synchronous_commit").scalar() == setting
        store.close()
