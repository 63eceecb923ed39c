"""From an empty database to the tables of today, once."""

from __future__ import annotations

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, event

from consent.store import HEAD, SchemaTooNew, Store, StoreUnavailable, current_revision, migrate, migrations
from consent.store.engine import make_engine
from consent.store.schema import VERSION_TABLE, metadata

from .processes import outputs, start
from .samples import SITE, entry


@pytest.fixture
def engine(url: str) -> Engine:
    return make_engine(url)


def test_from_nothing(engine: Engine) -> None:
    assert current_revision(engine) is None
    assert migrate(engine) == HEAD == current_revision(engine)
    engine.dispose()


def test_migrated_tables_are_those_of_the_schema(engine: Engine) -> None:
    migrate(engine)
    with engine.connect().execution_options(consent_exclusive=True) as connection:
        context = MigrationContext.configure(
            connection,
            opts={"version_table": VERSION_TABLE, "compare_type": True, "compare_server_default": True},
        )
        assert compare_metadata(context, metadata) == []
    engine.dispose()


def test_head_is_the_newest_migration() -> None:
    (folder,) = migrations.__path__
    assert ScriptDirectory(folder).get_heads() == [HEAD]


def test_second_time_is_one_select(url: str, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store.open(url)
    made = store.append(entry())
    store.close()
    statements: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
    migrate(engine)
    assert statements == [f"SELECT version_num FROM {VERSION_TABLE}"]
    engine.dispose()
    store = Store.open(url)
    assert list(store.stream(SITE)) == [made]
    store.close()


def test_alembic_is_not_imported_without_need(store: Store, url: str) -> None:
    (said,) = outputs([start(f"{__package__}.opens", url)])
    assert said.split() == [HEAD, "alembic", "False"]


@pytest.mark.parametrize("revision", ["0004", "9999", "fedcba987654"])
def test_newer_database_is_left_alone(url: str, engine: Engine, revision: str) -> None:
    migrate(engine)
    with engine.begin() as connection:
        connection.exec_driver_sql(f"UPDATE {VERSION_TABLE} SET version_num = '{revision}'")
    with pytest.raises(SchemaTooNew, match=f"{revision}.*{HEAD}") as caught:
        Store.open(url)
    assert (caught.value.found, caught.value.known) == (revision, HEAD)
    assert current_revision(engine) == revision
    engine.dispose()


def test_interrupted_migration_leaves_nothing(url: str, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail_at_last(_: object, __: object, statement: str, *rest: object) -> None:
        if "consent_notice" in statement:
            raise KeyboardInterrupt

    event.listen(engine, "before_cursor_execute", fail_at_last)
    with pytest.raises(KeyboardInterrupt):
        migrate(engine)
    engine.dispose()
    fresh = make_engine(url)
    assert current_revision(fresh) is None
    assert migrate(fresh) == HEAD
    fresh.dispose()


def test_four_processes_at_once(url: str) -> None:
    said = outputs([start(f"{__package__}.opens", url) for _ in range(4)])
    assert [one.split()[0] for one in said] == [HEAD] * 4
    store = Store.open(url)
    store.append(entry())
    store.close()


def test_unreachable() -> None:
    with pytest.raises(StoreUnavailable):
        migrate(make_engine("postgresql://nobody@127.0.0.1:1/nothing"))
