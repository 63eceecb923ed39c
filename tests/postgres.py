"""A real PostgreSQL server for tests: the one that CONSENT_TEST_POSTGRES names, else one of our own.

A server of our own lives in a temporary folder and listens on a free port of 127.0.0.1 while the tests
run, with its own defaults of durability. It refuses to run as root, so root starts it as `postgres`.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import secrets
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
from psycopg import sql
from sqlalchemy import URL, make_url

VARIABLE = "CONSENT_TEST_POSTGRES"
ATTEMPTS = 5  # another process may take the free port that we found


class NoPostgres(RuntimeError):
    """There is no server, and none can be started. The message says what to do."""


class Server:
    """A server that answers. `url` is that of a database whose owner may make others."""

    def __init__(self, url: URL) -> None:
        self.url = url

    @contextlib.contextmanager
    def database(self) -> Iterator[str]:
        """The URL of an empty database, dropped afterwards."""
        name = f"consent_test_{secrets.token_hex(6)}"
        self.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            yield self.url.set(database=name).render_as_string(hide_password=False)
        finally:
            self.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def execute(self, statement: sql.Composed | sql.SQL) -> None:
        """Run one statement outside any transaction."""
        with psycopg.connect(self.url.render_as_string(hide_password=False), autocommit=True) as connection:
            connection.execute(statement)


@contextlib.contextmanager
def server() -> Iterator[Server]:
    """A server to test with. Raises NoPostgres when there is none to be had: it is never left out quietly."""
    given = os.environ.get(VARIABLE)
    if given:
        url = make_url(given).set(drivername="postgresql")
        try:
            psycopg.connect(url.render_as_string(hide_password=False), connect_timeout=10).close()
        except psycopg.Error as error:
            raise NoPostgres(f"{VARIABLE} names a server that does not answer: {error}") from error
        yield Server(url)
    else:
        with _own() as url:
            yield Server(url)


def programs() -> Path:
    """The folder that holds initdb and pg_ctl."""
    found = shutil.which("initdb")
    folders = [Path(found).resolve().parent] if found else []
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda p: _version(p.parent.name), reverse=True)
    for prefix in ("/opt/homebrew/opt", "/usr/local/opt"):
        folders += sorted(Path(prefix).glob("postgresql*/bin"), reverse=True)
    for folder in folders:
        if (folder / "initdb").exists() and (folder / "pg_ctl").exists():
            return folder
    raise NoPostgres(
        "The tests need PostgreSQL 13 or newer; there is no initdb in PATH or /usr/lib/postgresql/*/bin."
        f" Install it (Debian: apt install postgresql), or set {VARIABLE} to a server's URL."
    )


def _version(name: str) -> tuple[int, ...]:
    return tuple(int(part) for part in name.split(".") if part.isdigit())


@contextlib.contextmanager
def _own() -> Iterator[URL]:
    bin_folder = programs()
    user = _unprivileged_user()
    folder = Path(tempfile.mkdtemp(prefix="consent-postgres-"))
    data, password = folder / "data", secrets.token_hex(16)
    (folder / "password").write_text(password)
    if user is not None:  # both the folder and what is in it
        for path in (folder, folder / "password"):
            shutil.chown(path, user)
    with _cleared_away(folder, _as(user, [bin_folder / "pg_ctl", "-D", data, "-m", "immediate", "-w", "stop"])):
        options = ["--auth=scram-sha-256", f"--pwfile={folder / 'password'}", "--encoding=UTF8", "--locale=C"]
        _run(_as(user, [bin_folder / "initdb", "-D", data, "-U", "consent", *options]))
        port = _start(user, bin_folder, folder)
        yield URL.create("postgresql", "consent", password, "127.0.0.1", port, "postgres")


@contextlib.contextmanager
def _cleared_away(folder: Path, stop: list[str]) -> Iterator[None]:
    """Stop the server and remove its folder in the end, also when the tests are killed.

    A small process waits for the end of a pipe that only we hold open.
    """
    script = 'cat; "$@"; rm -rf -- "$0"'
    janitor = subprocess.Popen(
        ["sh", "-c", script, str(folder), *stop],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd="/",
        start_new_session=True,  # what kills our process group must not kill it
    )
    try:
        yield
    finally:
        assert janitor.stdin is not None
        janitor.stdin.close()
        janitor.wait(timeout=120)


def _start(user: str | None, bin_folder: Path, folder: Path) -> int:
    log = folder / "log"
    for attempt in range(1, ATTEMPTS + 1):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = int(probe.getsockname()[1])
        options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories=''"
        how: list[Path | str] = ["-D", folder / "data", "-l", log, "-w", "-t", "60", "-o", options]
        try:
            _run(_as(user, [bin_folder / "pg_ctl", *how, "start"]))
        except NoPostgres:
            if attempt == ATTEMPTS:
                raise
        else:
            return port
    raise AssertionError("unreachable")


def _unprivileged_user() -> str | None:
    """Whom to run the server as: None for ourselves, `postgres` when we are root."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam("postgres").pw_name
    except KeyError:
        raise NoPostgres(
            "PostgreSQL does not run as root and there is no user `postgres` to run it as. "
            f"Add one, run the tests as another user, or set {VARIABLE}."
        ) from None


def _as(user: str | None, command: list[Path | str]) -> list[str]:
    line = [str(part) for part in command]
    return line if user is None else ["runuser", "-u", user, "--", *line]


def _run(command: list[str]) -> None:
    # The server inherits our pipes if it gets any, and would keep them open: a file takes what it says.
    with tempfile.TemporaryFile() as said:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=said, stderr=said, cwd="/", timeout=120, check=False
        )
        if done.returncode != 0:
            said.seek(0)
            raise NoPostgres(f"{' '.join(command)} failed:\n{said.read().decode(errors='replace')}")
