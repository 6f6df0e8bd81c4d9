"""What each application compiles anew, though it is the same in all of them: for tests once is enough."""

from collections.abc import Iterator
from contextlib import contextmanager
from types import CodeType

import pytest
from flask import Flask
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from werkzeug.routing import Rule


class InMemory(BytecodeCache):
    """Templates, by name and content."""

    def __init__(self) -> None:
        self._known: dict[str, CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        key = f"{bucket.key} {bucket.checksum}"
        if key in self._known:
            bucket.code = self._known[key]

    def dump_bytecode(self, bucket: Bucket) -> None:
        assert bucket.code is not None
        self._known[f"{bucket.key} {bucket.checksum}"] = bucket.code


@contextmanager
def compiled_once() -> Iterator[None]:
    """Keep compiled templates, and what rules make of their addresses."""
    compile_rule = Rule.compile
    known: dict[object, Rule] = {}

    def remembered(self: Rule) -> None:
        assert self.map is not None
        key = (self.rule, self.subdomain, self.host, repr(self.defaults), self.merge_slashes)
        same = known.get(key)
        if same is None:
            compile_rule(self)
            known[key] = self
            return
        self.arguments = same.arguments
        self._parts, self._trace, self._converters = same._parts, same._trace, same._converters
        self._build = same._build.__func__.__get__(self)  # type: ignore[attr-defined]  # it is a method
        self._build_unknown = same._build_unknown.__func__.__get__(self)  # type: ignore[attr-defined]  # it is a method

    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(Flask.jinja_options, "bytecode_cache", InMemory())
        patch.setattr(Rule, "compile", remembered)
        yield
