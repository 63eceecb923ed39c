"""`consent scan`: look in a browser whether a site does what its site file declares."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import urlsplit

import click
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn
from rich.text import Text

from ..regimes import at
from ..site.load import load


def _page(context: click.Context, parameter: click.Parameter, url: str) -> str:
    """The address of a page."""
    del context, parameter
    if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname:
        raise click.BadParameter("Give the whole address of a page, such as https://example.com/.")
    return url


@click.command()
@click.argument("url", callback=_page)
@click.option(
    "--site",
    "file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    default="consent.toml",
    show_default=True,
    help="The site file.",
)
@click.option("--region", help="Where the browser stands, such as US-CA: what may run before an answer depends on it.")
@click.option("--settle", type=click.FloatRange(0, 60), default=3.0, show_default=True, help="Seconds a page gets.")
@click.option("--json", "as_json", is_flag=True, help="Findings as JSON.")
@click.pass_context
def scan(context: click.Context, url: str, file: Path, region: str | None, settle: float, as_json: bool) -> None:
    """Look whether a page does what its site file declares, and fail when it does not.

    A browser visits the page as somebody who has not answered, who sends Global Privacy Control, who refuses, comes
    back, accepts, and takes it back. Whatever is loaded or stored that is off at that point, or that nobody declared,
    is named. Run it on a timer: exit status 1 means that something is wrong, 2 that the page could not be looked at.
    """
    site = load(file)
    try:
        from ..scan.visits import STEPS
        from ..scan.visits import scan as visits
    except ImportError:
        raise click.ClickException("This needs Playwright: pip install 'consent-ledger[scan]'.") from None
    from ..scan.browser import ScanError

    console, errors = Console(), Console(stderr=True)
    found, clean = [], 0
    try:
        with Progress(SpinnerColumn(), TextColumn("{task.description}"), console=errors, transient=True) as progress:
            task = progress.add_task(STEPS[0])
            for number, (step, findings) in enumerate(visits(url, site, at(site, region), settle), 1):
                found += findings
                clean += not findings
                if not as_json:
                    mark = Text("wrong" if findings else "right", style="bold red" if findings else "green")
                    console.print(Text.assemble(mark, f"  {step}"))
                    for finding in findings:
                        console.print(Text(f"       {finding.problem} {finding.remedy}"), soft_wrap=True)
                progress.update(task, description=STEPS[min(number, len(STEPS) - 1)])
    except ScanError as error:
        errors.print(Text(f"Error: {error}"), soft_wrap=True)
        context.exit(2)
    if as_json:
        rows = [{"step": each.step, "problem": each.problem, "remedy": each.remedy} for each in found]
        click.echo(json.dumps({"url": url, "site": site.id, "findings": rows}, ensure_ascii=False, indent=2))
    context.exit(1 if found else 0)
