from __future__ import annotations

from pathlib import Path

from consent.store import HEAD

from .conftest import Run


def test_the_tables_are_made_once_and_named(run: Run, data: Path) -> None:
    assert "There is no database" in run("db", "version", fails=True).output
    assert HEAD in run("db", "upgrade").output
    assert "already" in run("db", "upgrade").output
    assert f"at {HEAD}" in run("db", "version").output


def test_an_empty_database_is_not_what_this_version_needs(run: Run, data: Path) -> None:
    data.mkdir()
    (data / "consent.sqlite3").touch()
    assert "at nothing" in run("db", "version", fails=True).output


def test_a_database_by_url(run: Run, data: Path, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'elsewhere.sqlite3'}"
    run("db", "upgrade", "--database", url)
    assert (tmp_path / "elsewhere.sqlite3").exists() and not data.exists()
    run("db", "version", env={"CONSENT_DATABASE": url})
