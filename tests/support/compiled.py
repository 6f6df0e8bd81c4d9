"""What each application compiles anew, though it is the same in all of them: for tests once is enough."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask import Flask
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from werkzeug.routing import Rule


class InMemory(BytecodeCache):
    """Templates, by name and content."""

    def __init__(self) -> None:
        self._known: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        key = f"{bucket.key} {bucket.checksum}"
        if key in self._known:
            bucket.bytecode_from_string(self._known[key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._known[f"{bucket.key} {bucket.checksum}"] = bucket.bytecode_to_string()


@contextmanager
def compiled_once() -> Iterator[None]:
    """Keep compiled templates, and what makes addresses of rules."""
    compile_builder = Rule._compile_builder
    known: dict[object, Callable[..., Any]] = {}

    def remembered(self: Rule, append_unknown: bool = True) -> Callable[..., Any]:
        key = (self.rule, self.subdomain, self.host, repr(self.defaults), append_unknown)
        if key not in known:
            known[key] = compile_builder(self, append_unknown)
        return known[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(Flask.jinja_options, "bytecode_cache", InMemory())
        patch.setattr(Rule, "_compile_builder", remembered)
        yield
