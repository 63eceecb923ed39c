"""python -m benchmarks [NAME …] [--quick] [--rows N] [--write]

Without names: all but `curve`, which exports up to ten million records and takes an hour. `--rows` is the number for
`exports`. `--write` puts the tables into docs/performance.md.
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


def _sealing(quick: bool) -> list[Table]:
    from . import sealing

    return sealing.measure(*((1, 1.0, 20_000) if quick else ()))


def _verifying(quick: bool) -> list[Table]:
    from . import verifying

    return verifying.measure(*((100_000, 2, 5_000) if quick else ()))


def _browser(quick: bool) -> list[Table]:
    from . import browser

    return browser.measure(*((2,) if quick else ()))


def _exports(quick: bool, rows: int | None = None) -> list[Table]:
    from . import exports

    return exports.measure(3 if quick else 5, rows or (50_000 if quick else exports.ROWS))


def _curve(quick: bool) -> list[Table]:
    from . import exports

    return exports.curve(1 if quick else 3, (10_000, 100_000) if quick else exports.SIZES)


ALL: dict[str, Callable[[bool], list[Table]]] = {
    "server": _server,
    "growth": _growth,
    "sealing": _sealing,
    "view": _view,
    "verifying": _verifying,
    "browser": _browser,
    "exports": _exports,
}
MORE: dict[str, Callable[[bool], list[Table]]] = {"curve": _curve}  # only when they are named


@click.command(
    help=f"Measure, and print tables. Names: {', '.join([*ALL, *MORE])}. Default: all but {', '.join(MORE)}."
)
@click.argument("names", nargs=-1, type=click.Choice([*ALL, *MORE]))
@click.option("--quick", is_flag=True, help="Fewer and shorter rounds: to see that it works.")
@click.option("--rows", type=click.IntRange(1_000), help="How many records `exports` takes out. Default: a million.")
@click.option("--write", is_flag=True, help="Put the tables into docs/performance.md.")
def main(names: tuple[str, ...], quick: bool, rows: int | None, write: bool) -> None:
    """Run what was asked for."""
    console = Console(width=None if sys.stdout.isatty() else 170)
    if write:  # a page without a place for them is found out now, not when all is measured
        report.places(names or tuple(ALL))
    machine = describe()
    console.print(machine.shown())
    for name in names or ALL:
        tables = _exports(quick, rows) if name == "exports" else {**ALL, **MORE}[name](quick)
        for table in tables:
            console.print(table.shown())
        if write:  # each as it comes: what is measured is kept if the next is interrupted
            console.print(f"Written to {report.write({'machine': [machine], name: tables})}")


if __name__ == "__main__":
    main()
