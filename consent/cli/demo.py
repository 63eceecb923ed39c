"""`consent demo`: the example sites and their stand-in vendors, served by one process on this machine."""

from __future__ import annotations

import importlib.util
import socket
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, Protocol

import click
from rich.console import Console
from rich.table import Table

from .. import assets

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

MODULE = "consent_demo"
THREADS = 8  # requests at a time: five sites and their vendors in one process


class Application(Protocol):
    """The demo's WSGI application, with where its hosts are found."""

    @property
    def addresses(self) -> dict[str, str]:
        """Host name to address, the index first."""

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """WSGI (PEP 3333)."""


def load() -> ModuleType:
    """The example, which ships as files and not as a package of its own. Raises FileNotFoundError."""
    if MODULE not in sys.modules:
        folder = assets.folder("examples") / "demo"
        spec = importlib.util.spec_from_file_location(
            MODULE, folder / "__init__.py", submodule_search_locations=[str(folder)]
        )
        assert spec is not None and spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[MODULE] = module
        try:
            spec.loader.exec_module(module)
        except BaseException:
            del sys.modules[MODULE]
            raise
    return sys.modules[MODULE]


def application(data: str, port: int, *_: object) -> Application:
    """The demo with its records in the folder `data`."""
    made: Application = load().create_demo(Path(data), port)
    return made


@click.command()
@click.option("--port", type=click.IntRange(1, 65535), default=8000, show_default=True, help="Port to listen on.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder for keys and records. Default: a temporary one, deleted at the end.",
)
def demo(port: int, host: str, data: Path | None) -> None:
    """Serve five example sites and watch the gate work."""
    _see_that_free(host, port)
    with _folder(data) as folder:
        _announce(application(str(folder), port), folder, data is not None)
        _serve(host, port, str(folder))


def _see_that_free(host: str, port: int) -> None:
    """Granian would share the port with another server of the same user, and each would get some of the requests."""
    try:
        socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET).close()
    except OSError as error:
        raise click.ClickException(
            f"Cannot listen on {host}, port {port}: {(error.strerror or str(error)).partition(' (')[0]}. Try --port."
        ) from error


@contextmanager
def _folder(data: Path | None) -> Iterator[Path]:
    if data is not None:
        data.mkdir(parents=True, exist_ok=True)
        yield data.resolve()
        return
    with tempfile.TemporaryDirectory(prefix="consent-demo-", ignore_cleanup_errors=True) as name:
        yield Path(name)


def _announce(made: Application, folder: Path, kept: bool) -> None:
    console = Console()
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    for name, address in made.addresses.items():
        table.add_row(
            "all of them" if name == "localhost" else name.partition(".")[0], f"[link={address}]{address}[/link]"
        )
    console.print(table)
    console.print(
        f"Records: {folder}" + ("" if kept else " (deleted at the end; keep them with --data DIR)"), soft_wrap=True
    )
    console.print("Stop with Ctrl+C.")


def _serve(host: str, port: int, data: str) -> None:
    try:
        from granian import Granian
        from granian.constants import Interfaces
    except ImportError:
        from werkzeug.serving import run_simple

        run_simple(host, port, application(data, port), threaded=True)
        return
    server = Granian(
        "consent demo", host, port, interface=Interfaces.WSGI, blocking_threads=THREADS, log_level=_only_errors()
    )
    server.serve(target_loader=partial(application, data, port), wrap_loader=False)


def _only_errors() -> Any:
    from granian.log import LogLevels

    return LogLevels.error
