"""`consent serve`: the consent server, or your own application, under Granian, and in no way that would be unsafe."""

from __future__ import annotations

import importlib
import inspect
import ipaddress
import os
import socket
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..site.load import load as load_site
from ..web.snippet import AWAIT
from .place import data_option, database_option

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication

THREADS = 16  # that answer requests in each worker: they wait for the disk, and share one commit
WAITING = 512  # requests that a worker takes in; further ones wait in the kernel's queue
STOP = 30  # seconds that a worker gets to finish
MOST_WORKERS = 4  # by default


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be served, and how. It travels to worker processes."""

    sites: tuple[str, ...]
    app: str | None
    host: str
    port: int
    workers: int
    data: str
    database: str | None
    trust_proxy: int
    certificate: str | None
    key: str | None
    development: bool
    no_seal: bool = False
    region: str | None = None

    @property
    def scheme(self) -> str:
        """What this server itself speaks."""
        return "https" if self.certificate else "http"


@click.command()
@click.argument(
    "site_files", metavar="[SITE_FILE]…", nargs=-1, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@click.option("--app", metavar="MODULE:NAME", help="Serve your own application, or what its factory makes, instead.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", type=click.IntRange(1, 65535), default=8000, show_default=True, help="Port to listen on.")
@click.option("--workers", type=click.IntRange(1, 256), help="Worker processes. Default: one for each core, at most 4.")
@data_option
@database_option
@click.option(
    "--trust-proxy",
    type=click.IntRange(0, 10),
    default=0,
    show_default=True,
    metavar="N",
    help="How many proxies in front to believe; each must set X-Forwarded-For, -Proto and -Host.",
)
@click.option(
    "--certificate",
    type=click.Path(exists=True, dir_okay=False),
    help="TLS certificate chain (PEM), to speak HTTPS here.",
)
@click.option("--key", type=click.Path(exists=True, dir_okay=False), help="Its private key (PEM, PKCS #8).")
@click.option(
    "--region",
    metavar="HOW",
    help="How a person's region is known: cloudflare, fastly, cloudfront, vercel, appengine, header:NAME, "
    "database:PATH, or one such as FR for everybody. Without it all are met by the strictest rules.",
)
@click.option("--no-seal", is_flag=True, help="Leave the log to “consent seal”.")
@click.option("--development", is_flag=True, help="On your own machine: makes missing keys, and refuses nothing.")
def serve(
    site_files: tuple[Path, ...],
    app: str | None,
    workers: int | None,
    data: Path,
    **given: Any,
) -> None:
    """Serve the sites of site files (default: consent.toml), or your own application.

    Each site gets its preference centre, declaration and decision API at /consent/. Several sites are told apart by the
    hosts of their origins. In production it refuses to start where choices would be unsafe: without keys, in debug
    mode, or where people would reach it over plain HTTP.
    """
    if app and site_files:
        raise click.UsageError("Give site files or --app, not both.")
    _own_data_only(app)
    if app and given["no_seal"]:
        raise click.UsageError("--no-seal is for site files; your application sets CONSENT_SEAL itself.")
    if app and given["region"]:
        raise click.UsageError("--region is for site files; your application sets CONSENT_REGION itself.")
    if (given["region"] or "").startswith("database:"):  # workers may be somewhere else
        given["region"] = f"database:{Path(given['region'].removeprefix('database:')).resolve()}"
    if bool(given["certificate"]) != bool(given["key"]):
        raise click.UsageError("--certificate and --key go together.")
    sites = () if app else tuple(str(path.resolve()) for path in site_files or (_default_site(),))
    given["host"] = _free_address(given["host"], given["port"])
    plan = Plan(sites, app, workers=workers or min(MOST_WORKERS, _cores()), data=str(data.resolve()), **given)
    server = _granian()
    if refused := dangers(plan, debug=_debugs(plan)):
        raise click.ClickException(
            "\n".join(("This would not be safe in production:", *(f"  - {words}" for words in refused)))
        )
    _announce(plan)
    _run(server, plan)


def _own_data_only(app: str | None) -> None:
    """An application of yours says in its own configuration where its data are."""
    context = click.get_current_context()
    for name in ("data", "database"):
        if app and context.get_parameter_source(name) == click.core.ParameterSource.COMMANDLINE:
            raise click.UsageError(f"--{name} is for site files; your application sets CONSENT_{name.upper()} itself.")


def _free_address(host: str, port: int) -> str:
    """The numeric address that a host name means, if one can listen there: said now, and not by each worker."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            if os.name == "posix":  # elsewhere the option means something else
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except (OSError, UnicodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "this is not a name"
        raise click.ClickException(f"Cannot listen on {host}, port {port}: {reason}.") from error
    return str(address[0])


def _default_site() -> Path:
    path = Path("consent.toml")
    if not path.is_file():
        raise click.UsageError("There is no consent.toml here. Name a site file, or make one: consent init")
    return path


def dangers(plan: Plan, debug: bool) -> list[str]:
    """Why a plan is refused, in words with the way out; nothing in development. Pure."""
    if plan.development:
        return []
    found = []
    if debug:
        found.append("Debug mode is on: it shows the program's insides to visitors. Turn it off, or say --development.")
    if not (is_loopback(plan.host) or plan.certificate or plan.trust_proxy):
        found.append(
            f"{plan.host} can be reached from other machines, and choices would travel over plain HTTP. Give "
            "--certificate and --key, or put a proxy that speaks HTTPS in front and say how many with --trust-proxy, "
            "or listen on 127.0.0.1."
        )
    return found


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach a numeric address."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _debugs(plan: Plan) -> bool:
    """Whether anything would run in debug mode. Makes every application once, so that what is wrong is said here.

    Raises SiteError, KeysError, RegionError, StoreError, AmbiguousHost.
    """
    from flask import Flask

    from ..store import Store
    from ..web.standalone import by_host, state_of

    debug = os.environ.get("FLASK_DEBUG", "0").lower() not in ("", "0", "false", "no")
    apps = _applications(plan)
    if plan.sites:
        by_host(apps)
    for app in apps:
        if not isinstance(app, Flask):
            continue
        debug = debug or app.debug
        if "consent" not in app.extensions:
            click.echo("This application does not mount Consent(app); it is served as it is.", err=True)
            continue
        state = state_of(app)
        if not (state.production or plan.development or app.debug):
            raise click.ClickException(
                "The application is set up for development (by CONSENT_PRODUCTION or TESTING). "
                "Change that, or say --development."
            )
        Store.open(state.database).close()  # upgrades the tables once, before the workers start
    return debug


def _applications(plan: Plan) -> Sequence[Any]:
    from ..web.standalone import create_app

    if plan.app:
        return [load(plan.app)]
    safe = not plan.development
    seal = False if plan.no_seal else None
    return [
        create_app(site, plan.data, database=plan.database, production=safe, seal=seal, region=plan.region)
        for site in plan.sites
    ]


def load(target: str) -> Any:
    """The WSGI application that `module:name` means; a factory (callable without arguments) is called."""
    module_name, _, name = target.partition(":")
    if str(Path.cwd()) not in sys.path:
        sys.path.insert(0, str(Path.cwd()))
    try:
        found: Any = importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        if error.name and not f"{module_name}.".startswith(f"{error.name}."):
            raise
        raise click.ClickException(f"There is no module {module_name} here. Write --app MODULE:NAME.") from error
    for part in (name or "app").split("."):
        if not hasattr(found, part):
            raise click.ClickException(f"{module_name} has no {name or 'app'}. Write --app MODULE:NAME.")
        found = getattr(found, part)
    made = found() if _is_factory(found) else found
    if not callable(made):
        raise click.ClickException(f"{target} is not a WSGI application.")
    return made


def _is_factory(found: Any) -> bool:
    """Whether it can be called without arguments: an application needs two (PEP 3333)."""
    try:
        inspect.signature(found).bind()
    except (TypeError, ValueError):
        return False
    return True


def application(plan: Plan) -> WSGIApplication:
    """What a worker serves."""
    from ..web.standalone import behind, by_host, https_only

    apps = _applications(plan)
    for app in apps:
        if state := getattr(app, "extensions", {}).get("consent"):
            state.start()
    made: WSGIApplication = apps[0] if plan.app else by_host(apps)
    if plan.trust_proxy and not plan.development:
        made = https_only(made)
    return behind(made, plan.trust_proxy) if plan.trust_proxy else made


def _granian() -> Any:
    try:
        from granian.server import Server
    except ImportError as error:
        raise click.ClickException("Serving needs Granian: pip install 'consent-ledger[serve]'") from error
    return Server


def _cores() -> int:
    from ..export.verify import cores

    return cores()


def _announce(plan: Plan) -> None:
    host = f"[{plan.host}]" if ":" in plan.host else plan.host
    address = f"{plan.scheme}://{host}:{plan.port}"
    click.echo(f"Consent is served at {address}/  (stop with Ctrl+C)", err=True)
    for path in plan.sites:
        site = load_site(path)
        rest = AWAIT if site.blocking == "strict" else ""
        click.echo(f'For pages of any kind: <script src="{address}/s/{site.id}.js"></script>{rest}', err=True)
    if plan.development and not is_loopback(plan.host):
        click.echo("Development: anyone who reaches this address reaches it over plain HTTP.", err=True)
    elif not (plan.development or plan.certificate or plan.trust_proxy):
        click.echo("Behind a proxy? Say so with --trust-proxy 1, else cookies are not marked Secure.", err=True)


def _run(server: Any, plan: Plan) -> None:
    from granian.constants import Interfaces, SSLProtocols
    from granian.log import LogLevels

    server(
        plan.app or "consent",
        address=plan.host,
        port=plan.port,
        interface=Interfaces.WSGI,
        workers=plan.workers,
        blocking_threads=THREADS,
        backpressure=WAITING,
        websockets=False,
        log_level=LogLevels.info if plan.development else LogLevels.warning,
        log_access=plan.development,
        ssl_cert=Path(plan.certificate) if plan.certificate else None,
        ssl_key=Path(plan.key) if plan.key else None,
        ssl_protocol_min=SSLProtocols.tls12,
        respawn_failed_workers=not plan.development,
        workers_kill_timeout=STOP,
    ).serve(target_loader=partial(application, plan), wrap_loader=False)
