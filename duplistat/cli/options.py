"""The options that say which data. Light: the processes of the server read them before anything else."""

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])


def data_options(command: F) -> F:
    """--data and --config, which every command takes."""
    for option in (
        click.option(
            "--config",
            "config_file",
            type=click.Path(dir_okay=False, path_type=Path),
            envvar="DUPLISTAT_CONFIG",
            help="Configuration file (TOML).",
        ),
        click.option(
            "--data",
            type=click.Path(file_okay=False, path_type=Path),
            default=Path("data"),
            envvar="DUPLISTAT_DATA",
            show_default=True,
            help="Data folder: the database and the files beside it.",
        ),
    ):
        command = option(command)
    return command


def keep_former_name(group: click.Group, command: click.Command, former: str) -> None:
    """Have a command also found by the name that it had before, which help does not show."""
    alias = copy.copy(command)
    alias.name, alias.hidden = former, True
    group.add_command(alias)
