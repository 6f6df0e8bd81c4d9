"""The write seam: every change of the database is a command, and goes where changes are made.

A command is a function that takes a transaction and arguments by name. On PostgreSQL it is called in the process
that wants the change; on SQLite its name and arguments go over a socket to the process that writes. Arguments and
answers are plain values, for that reason: numbers, texts, bytes, and lists and dictionaries of them; of an
enumeration the word arrives.

Whoever wants a change writes `writes.run(set_job, job=7, …)`: the type checker knows the arguments and the answer.
"""

import importlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Concatenate, Generic, ParamSpec, TypeVar

from duplistat.core.bucket import Limit, Token, refusal
from duplistat.services.context import Tx
from duplistat.store.write_health import Failing, WriteHealth
from duplistat.store.writer_client import Client

P = ParamSpec("P")
R = TypeVar("R")
R_co = TypeVar("R_co", covariant=True)

# A command that is carried out only if there is a token for it.
LIMITED = "limited"

# Where all commands are.
_WHERE = __name__.rpartition(".")[0] + "."
_COMMANDS: dict[str, Callable[..., Any]] = {}
_EXCLUSIVE: set[str] = set()
_REPEATABLE: set[str] = set()
_PIPELINED: set[str] = set()
_WRAPPING: set[str] = set()


def command(function: Callable[Concatenate[Tx, P], R]) -> Callable[Concatenate[Tx, P], R]:
    """Let a function be run as a command. Its arguments are given by name."""
    _COMMANDS[name_of(function)] = function
    return function


def exclusive_command(function: Callable[Concatenate[Tx, P], R]) -> Callable[Concatenate[Tx, P], R]:
    """A command that takes servers and jobs away of which others are about to write: none of those runs meanwhile."""
    _EXCLUSIVE.add(name_of(function))
    return command(function)


def repeatable_command(function: Callable[Concatenate[Tx, P], R]) -> Callable[Concatenate[Tx, P], R]:
    """A command that may be done twice with the same arguments: what it makes has a key, or it sets what is so already.

    When the connection to the database is lost during a commit, nobody knows whether it was done.
    """
    _REPEATABLE.add(name_of(function))
    return command(function)


def report_command(function: Callable[Concatenate[Tx, P], R]) -> Callable[Concatenate[Tx, P], R]:
    """A repeatable command that is carried out for each report: it waits only for those answers that it reads.

    It catches no error of the database, which may be one of an earlier statement.
    """
    _PIPELINED.add(name_of(function))
    return repeatable_command(function)


def wrapping_command(function: Callable[Concatenate[Tx, P], R]) -> Callable[Concatenate[Tx, P], R]:
    """A command that carries another one out, which its arguments `name` and `arguments` say."""
    _WRAPPING.add(name_of(function))
    return command(function)


def commands() -> Mapping[str, Callable[..., Any]]:
    """All commands of the modules that are imported, by name."""
    return _COMMANDS


def command_named(name: str) -> Callable[..., Any]:
    """A command by its name, whose module is imported now if it was not. Raises KeyError for what is none."""
    module = name.rpartition(".")[0]
    if name not in _COMMANDS and module.startswith(_WHERE):
        importlib.import_module(module)
    return _COMMANDS[name]


def is_repeatable(name: str) -> bool:
    return name in _REPEATABLE


def is_pipelined(name: str) -> bool:
    return name in _PIPELINED


def is_exclusive(name: str, arguments: Mapping[str, Any]) -> bool:
    """Whether nobody else may write meanwhile: one that carries another one out is as that one."""
    while name in _WRAPPING:
        name, arguments = arguments["name"], arguments["arguments"]
        command_named(name)
    return name in _EXCLUSIVE


def name_of(function: Callable[..., Any]) -> str:
    """What a command is called on the writer's socket."""
    return f"{function.__module__}.{function.__qualname__}"


@dataclass(frozen=True, slots=True)
class WriteCommand(Generic[R_co]):
    """A command with its arguments, ready to be carried out."""

    name: str
    arguments: dict[str, Any]


def prepare(command: Callable[Concatenate[Tx, P], R], *args: P.args, **kwargs: P.kwargs) -> WriteCommand[R]:
    """A command with its arguments, all of them by name."""
    return WriteCommand(name_of(command), kwargs)


def message_of(prepared: WriteCommand[Any], token: Token | None) -> tuple[str, dict[str, Any]]:
    """The name and the arguments that a command has where it is carried out, for one token if there is one to take."""
    if token is None:
        return prepared.name, prepared.arguments
    return LIMITED, {"command": prepared.name, "arguments": prepared.arguments, "token": token}


class Writes(ABC):
    """Where changes go: this process, or the one that writes."""

    health: WriteHealth
    # For how long a write waits for a database that is away, seconds, where that is done here.
    patience = 0.0

    def run(self, command: Callable[Concatenate[Tx, P], R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Carry a command out. Its answer, once it is committed. Raises DuplistatError."""
        answer: R = self._send(name_of(command), kwargs)
        return answer

    def submit(self, prepared: WriteCommand[R], token: Token | None = None) -> R:
        """Carry a prepared command out, for one token if there is one to take. As `run`.

        The token is taken in the same transaction. Raises DuplistatError: too_many when there is none.
        """
        answer: R
        done = self._send(*message_of(prepared, token))
        if token is None:
            answer = done
            return answer
        if done["wait"]:
            raise refusal(Limit(*token[2:]), done["wait"])
        answer = done["answer"]
        return answer

    @abstractmethod
    def failing(self) -> Failing | None:
        """Why writes fail, and since when; None while they succeed."""

    @abstractmethod
    def _send(self, name: str, arguments: dict[str, Any]) -> Any:
        """The answer of a command, once it is committed. Raises DuplistatError."""


class ThroughWriter(Writes):
    """Changes made by the process that writes, on SQLite."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self.health = client.health

    def failing(self) -> Failing | None:
        """Why writes fail; None while they succeed. The writer notes it where all can read it: nobody is asked."""
        return self._client.failing()

    def _send(self, name: str, arguments: dict[str, Any]) -> Any:
        done = arguments["command"] if name == LIMITED else name
        return self._client.call(name, arguments, repeatable=is_repeatable(done))
