"""python -m benchmarks [server] [growth] [view] [verifying] [browser] [--quick] [--write]

Without names: all. `--write` puts the tables into docs/performance.md.
"""

from __future__ import annotations

import sys
from collections.abc import Callable

import click
from rich.console import Console

from . import report
from .machine import describe
from .tables import Table


def _server(quick: bool) -> list[Table]:
    from . import server

    return server.measure(*((3, 1.0) if quick else ()))


def _growth(quick: bool) -> list[Table]:
    from . import growth

    return growth.measure(*((3, 1.0, 100_000) if quick else ()))


def _view(quick: bool) -> list[Table]:
    from . import view

    return view.measure(*((3, 1.0) if quick else ()))


def _verifying(quick: bool) -> list[Table]:
    from . import verifying

    return verifying.measure(*((100_000, 2, 5_000) if quick else ()))


def _browser(quick: bool) -> list[Table]:
    from . import browser

    return browser.measure(*((2,) if quick else ()))


ALL: dict[str, Callable[[bool], list[Table]]] = {
    "server": _server,
    "growth": _growth,
    "view": _view,
    "verifying": _verifying,
    "browser": _browser,
}


@click.command(help="Measure, and print tables. Names: " + ", ".join(ALL) + ". Default: all.")
@click.argument("names", nargs=-1, type=click.Choice(list(ALL)))
@click.option("--quick", is_flag=True, help="Fewer and shorter rounds: to see that it works.")
@click.option("--write", is_flag=True, help="Put the tables into docs/performance.md.")
def main(names: tuple[str, ...], quick: bool, write: bool) -> None:
    """Run what was asked for."""
    console = Console(width=None if sys.stdout.isatty() else 170)
    machine = describe()
    console.print(machine.shown())
    for name in names or ALL:
        tables = ALL[name](quick)
        for table in tables:
            console.print(table.shown())
        if write:  # each as it comes: what is measured is kept if the next is interrupted
            console.print(f"Written to {report.write({'machine': [machine], name: tables})}")


if __name__ == "__main__":
    main()
