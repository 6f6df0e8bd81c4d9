"""Texts of a channel's own: a small part of Jinja, which can loop and choose, and nothing else.

What a template may contain is listed here, and everything else is refused when it is saved. So what rendering costs is
known from the template: no calls, no assignments, no texts that are put together, at most two loops within each other
over lists of ours. The sandbox below is the second line of defence.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any

from jinja2 import StrictUndefined, TemplateError, meta, nodes
from jinja2.runtime import Context, LoopContext
from jinja2.sandbox import ImmutableSandboxedEnvironment

from duplistat.core.alerts.budget import start
from duplistat.core.alerts.plain import block, one_line
from duplistat.core.alerts.template_variables import SAMPLES, names
from duplistat.core.i18n import Text, as_text

SUBJECT, TEXT, SHORT = "subject", "text", "short"
KEYS = (SUBJECT, TEXT, SHORT)
MOST_TEMPLATE = 8192
MOST_OUTPUT = 64 * 1024
# What filters take that look at each character.
MOST_FILTERED = 1000
MOST_ROUNDS = 100
MOST_PARTS = 400
MOST_DEPTH = 40
MOST_LOOPS = 2
_ALLOWED = (
    *(nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Const, nodes.For, nodes.If),
    *(nodes.Getattr, nodes.Getitem, nodes.Slice, nodes.Filter, nodes.Test, nodes.Compare, nodes.Operand),
    *(nodes.And, nodes.Or, nodes.Not, nodes.CondExpr, nodes.Add, nodes.Sub, nodes.Neg),
)
_ROUNDS = "rounds"
_TESTS = ("defined", "none")


class Refused(ValueError):
    """What is wrong with a template: a Text."""


def check(template: str, key: str = TEXT) -> str | None:
    """What is wrong with a template, as it would be saved; None when it can be used. A Text."""
    try:
        for sample in SAMPLES:
            render(template, sample, key)
    except Refused as e:
        problem: str = e.args[0]
        return problem
    return None


def render(template: str, variables: Mapping[str, Any], key: str = TEXT) -> str:
    """The text that a template makes of variables (plain values, `template_variables.plain`).

    A subject is one line without anything that acts, of any length. Raises Refused.
    """
    try:
        made = _rendered(template, variables)
    except TemplateError as e:
        line = getattr(e, "lineno", None)
        problem = as_text(one_line(e.message or type(e).__name__))
        if line is None:
            raise Refused(problem) from None
        raise Refused(Text("line {line}: {problem}", line=line, problem=problem)) from None
    except (TypeError, ValueError, LookupError, ArithmeticError) as e:
        # What an expression does with values that do not fit, such as adding a number to a text.
        if isinstance(e, Refused):
            raise
        raise Refused(as_text(one_line(str(e)))) from None
    except (RecursionError, MemoryError, SyntaxError):
        raise Refused(Text("it is too deep")) from None
    return one_line(made, MOST_OUTPUT) if key == SUBJECT else block(made)


def _rendered(template: str, variables: Mapping[str, Any]) -> str:
    if len(template) > MOST_TEMPLATE:
        raise Refused(Text("it is longer than {most} characters", most=MOST_TEMPLATE))
    environment = _environment()
    tree = environment.parse(template)
    _examine(tree)
    for unknown in sorted(meta.find_undeclared_variables(tree) - names()):
        raise Refused(Text("there is no variable {name}", name=one_line(unknown, 60)))
    for loop in tree.find_all(nodes.For):
        loop.iter = nodes.Filter(loop.iter, _ROUNDS, [], [], None, None, lineno=loop.lineno)
    compiled = environment.template_class.from_code(
        environment, environment.compile(tree), environment.make_globals(None)
    )
    parts: list[str] = []
    length = 0
    for part in compiled.generate(dict(variables)):
        length += len(part)
        if length > MOST_OUTPUT:
            raise Refused(Text("it makes more than {most} characters", most=MOST_OUTPUT))
        parts.append(part)
    return "".join(parts)


def _examine(tree: nodes.Template) -> None:
    """Refuses whatever is not allowed."""
    for count, (node, depth, loops) in enumerate(_walk(tree)):
        if count > MOST_PARTS or depth > MOST_DEPTH or loops > MOST_LOOPS:
            raise Refused(Text("it is too long or too deep"))
        name = getattr(node, "name", "")
        fine = isinstance(node, _ALLOWED)
        if isinstance(node, nodes.For):
            fine = (
                not node.recursive and isinstance(node.target, nodes.Name) and node.target.name not in names()
            )
        elif isinstance(node, nodes.Filter):
            fine = name in FILTERS and not (node.kwargs or node.dyn_args or node.dyn_kwargs)
        elif isinstance(node, nodes.Test):
            fine = name in _TESTS
        elif isinstance(node, nodes.Getattr):
            fine, name = not node.attr.startswith("_"), node.attr
        if not fine:
            what = one_line(f"{type(node).__name__.lower()} {name}".strip(), 60)
            raise Refused(Text("line {line}: “{what}” is not allowed here", line=node.lineno, what=what))


def _walk(node: nodes.Node, depth: int = 0, loops: int = 0) -> Iterator[tuple[nodes.Node, int, int]]:
    loops += isinstance(node, nodes.For)
    yield node, depth, loops
    if depth <= MOST_DEPTH:
        for child in node.iter_child_nodes():
            yield from _walk(child, depth + 1, loops)


class _Sandbox(ImmutableSandboxedEnvironment):
    """No attribute of anything but of a loop: `a.b` is an entry of a dictionary. Only numbers are added."""

    intercepted_binops = frozenset("+-")

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        if type(left) is not int or type(right) is not int:
            raise Refused(Text("only numbers are added"))
        return left + right if operator == "+" else left - right

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        return isinstance(obj, LoopContext) and attr in _OF_LOOPS

    def getattr(self, obj: Any, attribute: str) -> Any:
        """An entry first: names of ours are no methods of a dictionary."""
        if isinstance(obj, dict):
            return obj[attribute] if attribute in obj else self.undefined(obj=obj, name=attribute)
        return super().getattr(obj, attribute)


_OF_LOOPS = ("index", "index0", "revindex", "revindex0", "first", "last", "length")


@cache
def _environment() -> ImmutableSandboxedEnvironment:
    # Texts are no HTML: where one becomes HTML, all of it is escaped.
    made = _Sandbox(undefined=StrictUndefined, autoescape=False, trim_blocks=True, lstrip_blocks=True)
    made.globals.clear()
    made.filters = {**FILTERS, _ROUNDS: _rounds}
    made.tests = {name: made.tests[name] for name in _TESTS}
    return made


def _rounds(values: object) -> list[Any]:
    if not isinstance(values, list):
        raise Refused(Text("a loop goes over a list"))
    if len(values) > MOST_ROUNDS:
        raise Refused(Text("a loop goes over more than {most} values", most=MOST_ROUNDS))
    return values


def _default(value: object, other: object = "") -> object:
    return value or other


def _join(values: object, between: object = ", ") -> str:
    texts, link = [str(value) for value in _rounds(values)], str(between)
    if sum(map(len, texts)) + len(link) * len(texts) > MOST_OUTPUT:
        raise Refused(Text("it makes more than {most} characters", most=MOST_OUTPUT))
    return link.join(texts)


def _first(values: object) -> object:
    return next(iter(_rounds(values)), "")


def _last(values: object) -> object:
    return next(reversed(_rounds(values)), "")


def _cut(value: object, length: object = 100) -> str:
    if type(length) is not int or not 0 < length <= MOST_FILTERED:
        raise Refused(Text("cut takes a number from 1 to {most}", most=MOST_FILTERED))
    return start(" ".join(str(value)[: 2 * length].split()), length)


def _upper(value: object) -> str:
    return _filtered(value).upper()


def _lower(value: object) -> str:
    return _filtered(value).lower()


def _filtered(value: object) -> str:
    text = str(value)
    if len(text) > MOST_FILTERED:
        raise Refused(Text("upper and lower take texts of at most {most} characters", most=MOST_FILTERED))
    return text


def _count(value: object) -> int:
    return len(value) if isinstance(value, list | str | dict) else 0


# Small ones: a template may have hundreds of them in a loop.
FILTERS: Mapping[str, Callable[..., Any]] = {
    "count": _count,
    "cut": _cut,
    "default": _default,
    "first": _first,
    "join": _join,
    "last": _last,
    "lower": _lower,
    "trim": lambda value: str(value).strip(),
    "upper": _upper,
}
