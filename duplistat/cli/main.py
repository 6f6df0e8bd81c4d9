"""`duplistat`: the group of commands. Each is loaded when it is asked for: a companion process stays small."""

import gc
import importlib
import os
import sys
from typing import Any

import click

from duplistat import __version__
from duplistat.config_error import ConfigError
from duplistat.core.errors import CannotStart, DuplistatError
from duplistat.core.visible import visible

# Command: the module of duplistat.cli that has it, and its name there.
COMMANDS = {
    "account": ("accounts", "account"),
    "backup": ("backups", "backup"),
    "badge": ("badges", "badge"),
    "channel": ("channels", "channel"),
    "client": ("clients", "client"),
    "collect": ("collect", "collect"),
    "deliveries": ("deliveries", "deliveries"),
    "demo": ("demo", "demo"),
    "digest": ("digests", "digest"),
    "doctor": ("doctor", "doctor"),
    "evidence": ("evidence", "evidence"),
    "import": ("imports", "import_data"),
    "job": ("jobs", "job"),
    "key": ("keys", "key"),
    "mail": ("mail_intake", "mail"),
    "notice": ("notices", "notice"),
    "ping": ("pings", "ping"),
    "problem": ("problems", "problem"),
    "restore": ("backups", "restore"),
    "rule": ("rules", "rule"),
    "run": ("wrapper", "run"),
    "scheduler": ("processes", "scheduler"),
    "secrets": ("secrets", "secrets"),
    "send": ("processes", "send"),
    "serve": ("processes", "serve"),
    "server": ("servers", "server"),
    "service": ("services", "service"),
    "silence": ("silences", "silence"),
    "spool": ("wrapper", "spool"),
    "user": ("users", "user"),
}


class Commands(click.Group):
    """Says what went wrong in one line, and exits with 2 for a start that cannot be, else 1."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, name = COMMANDS[cmd_name]
        # Modules stay: to look for what of them is garbage takes a tenth of the time that their import takes.
        gc.disable()
        try:
            command: click.Command = getattr(importlib.import_module(f"duplistat.cli.{module}"), name)
        finally:
            gc.enable()
        return command

    def invoke(self, ctx: click.Context) -> Any:
        # What we write is for us alone: the database holds file names, and more.
        ctx.meta["duplistat.umask"] = os.umask(0o077)
        try:
            return super().invoke(ctx)
        except (ConfigError, CannotStart) as e:
            click.echo(f"duplistat: {visible(str(e), lines=True)}", err=True)
            sys.exit(2)
        except DuplistatError as e:
            click.echo(f"duplistat: {visible(e.message, lines=True)}", err=True)
            sys.exit(1)


@click.group(cls=Commands)
@click.version_option(__version__, prog_name="duplistat")
def main() -> None:
    """A backup status server that says what is protected, what failed and what stayed silent."""
