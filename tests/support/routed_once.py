"""Routes and templates of the application, which are the same in all tests: made once a process.

What templates are compiled to is made once a run, for all processes.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from copy import copy, deepcopy
from functools import cache
from pathlib import Path

import pytest
from flask import Flask
from jinja2 import FileSystemBytecodeCache

from duplistat import app as application
from duplistat.app import routed


@contextmanager
def routed_once(compiled: Path) -> Iterator[None]:
    """Let each application be a copy of one that has its routes, with its own configuration and database.

    `compiled` is the folder in which templates are kept that were compiled.
    """
    compiled.mkdir(exist_ok=True)

    @cache
    def first() -> Flask:
        app = routed()
        app.jinja_env.bytecode_cache = FileSystemBytecodeCache(str(compiled))
        return app

    def another() -> Flask:
        made = copy(first())
        made.extensions = {}
        made.before_request_funcs = deepcopy(made.before_request_funcs)
        made.teardown_request_funcs = deepcopy(made.teardown_request_funcs)
        return made

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(application, "routed", another)
        yield
