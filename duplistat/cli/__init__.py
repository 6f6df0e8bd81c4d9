"""The command line: a few lines a command."""

from duplistat.cli.main import main

__all__ = ["main"]
