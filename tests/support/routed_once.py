"""Routes and templates of the application, which are the same in all tests: made once a process."""

from collections.abc import Iterator
from contextlib import contextmanager
from copy import copy, deepcopy
from functools import cache

import pytest
from flask import Flask

from duplistat import app as application
from duplistat.app import routed


@contextmanager
def routed_once() -> Iterator[None]:
    """Let each application be a copy of one that has its routes, with its own configuration and database."""
    first = cache(routed)

    def another() -> Flask:
        made = copy(first())
        made.extensions = {}
        made.before_request_funcs = deepcopy(made.before_request_funcs)
        made.teardown_request_funcs = deepcopy(made.teardown_request_funcs)
        return made

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(application, "routed", another)
        yield
