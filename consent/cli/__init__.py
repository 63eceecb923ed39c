"""The commands. Each is imported when it is called, so that `consent` starts quickly."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import click

# name → where it is; in the order in which help lists them
COMMANDS = {
    "init": "site:init",
    "check": "site:check",
    "diff": "diff:diff",
    "vendors": "vendors:vendors",
    "import": "importing:import_",
    "serve": "serve:serve",
    "demo": "demo:demo",
    "scan": "scan:scan",
    "export": "log:export",
    "verify": "log:verify",
    "show": "show:show",
    "receipt": "receipt:receipt",
    "seal": "seal:seal",
    "witness": "witness:witness",
    "ledger": "ledger:ledger",
    "erase": "erase:erase",
    "prune": "prune:prune",
    "access": "access:access",
    "keys": "keys:keys",
    "db": "db:db",
}


class Commands(click.Group):
    """A group whose commands are imported when they are asked for, and whose errors are told without a traceback."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 (click's signature)
        """All names, in our order."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """The command of that name."""
        if cmd_name not in COMMANDS:
            return None
        module, name = COMMANDS[cmd_name].split(":")
        command: click.Command = getattr(import_module(f"{__name__}.{module}"), name)
        return command

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command. What this package raises on purpose says what to do, so its message is enough."""
        from ..errors import ConsentError

        try:
            return super().invoke(ctx)
        except ConsentError as error:
            raise click.ClickException(str(error)) from error
        except OSError as error:
            if error.filename is None or error.strerror is None:
                raise
            raise click.ClickException(f"{error.filename}: {error.strerror}") from error


@click.group(cls=Commands)
@click.version_option(package_name="consent-ledger", prog_name="consent")
def main() -> None:
    """Cookie consent that can be proved: serve it, take its log out, check it."""
