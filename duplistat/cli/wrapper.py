"""`duplistat run` and `duplistat spool`: run a backup and report it, from anywhere. No data of ours is opened."""

import os
from collections.abc import Callable
from typing import Any, TypeVar

import click

from duplistat.wrapper import run as wrapper
from duplistat.wrapper.report import flush as deliver
from duplistat.wrapper.report import settings_of

# Where the group of all commands leaves the umask that it was called with.
UMASK = "duplistat.umask"
F = TypeVar("F", bound=Callable[..., Any])


def _options(*names: str) -> Callable[[F], F]:
    def add(command: F) -> F:
        for name in reversed(names):
            command = click.option(f"--{name}", default="", help=wrapper.OPTIONS[name])(command)
        return command

    return add


@click.command(context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
@_options(*wrapper.OPTIONS)
@click.option("--keep", type=click.Choice(wrapper.KEPT), default="both", show_default=True, help=wrapper.KEEP)
@click.option("--quiet", is_flag=True, help=wrapper.QUIET)
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED)
@click.pass_context
def run(ctx: click.Context, /, command: tuple[str, ...], **given: Any) -> None:
    """Run a backup and report how it went; its output and exit code are passed on as they are."""
    # What it writes is no business of ours.
    os.umask(ctx.meta.get(UMASK, 0o022))
    wrapper.leave(wrapper.run(settings_of(list(command), given), list(command)))


@click.group()
def spool() -> None:
    """Reports of `duplistat run` that could not be delivered yet."""


@spool.command()
@_options("url", "key-file", "spool", "timeout")
@click.option("--quiet", is_flag=True, help=wrapper.QUIET)
def flush(**given: Any) -> None:
    """Deliver them now, also those of runs that were cut short; exits with 1 where some are left."""
    wrapper.leave(deliver(settings_of([], given)))
