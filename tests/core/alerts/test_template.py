"""A channel's own texts: what they may do, what they may not, and what they cost at most."""

import time
from dataclasses import fields
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from duplistat.core.alerts import template
from duplistat.core.alerts.compose import compose
from duplistat.core.alerts.notice import NoticeFacts
from duplistat.core.alerts.template import MOST_OUTPUT, SUBJECT, Refused, check, render
from duplistat.core.alerts.template_variables import SAMPLES, TemplateVariables, names
from tests.support import notices
from tests.support.notices import event, late, notice, problem, several

FULL, EMPTY = SAMPLES
BREAKING = {
    "quotes": "\"'`",
    "newline": "a\nb\r\nc\u2028d",
    "braces": "{{ 7 * 7 }} {% for x in y %} {# #} {0} {name} %s",
    "script": "</script><script>alert(1)</script><!-- ]]>",
    "direction": "a\u202egpj.exe\u2066b\u200f",
    "controls": "\x00\x1b[31mred\x1b[0m\x07\x7f\x85",
    "long": "x" * 100_000,
    "long of controls": "\x1b[31m" * 20_000,
    "surrogate": "\ud800",
    "empty": "",
}


def made(text: str, facts: NoticeFacts | None = None, key: str = "text", **changes: Any) -> str:
    """What a channel with a template says of a job that failed."""
    style = notices.style(templates={key: text}, **changes)
    found = compose(facts or notice(problem()), style, notices.LINKS)
    assert found.template_failed == ""
    return str(getattr(found, key))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{{ state }}: {{ job }} on {{ server }}", "FAILED: daily-backup on server-01\n"),
        ("{% for p in problems %}{{ loop.index }} {{ p.job }} {{ p['fails'] }}{% endfor %}", "1 daily-backup 3\n"),
        ("{% if total > 1 %}many{% elif not events %}one{% else %}?{% endif %}", "one\n"),
        ("{{ log[-1] }}|{{ log[:1]|join }}", "02:14:03 error: access denied to /srv|02:14:01 begin\n"),
        ("{{ total + 1 - 3 }} {{ account|upper }} {{ rule|cut(4) }} {{ cause|default('no') }}", "-1 MAIN Adm… no\n"),
        ("{{ 'failed' in text }} {{ rule is none }} {{ log|count }} {{ log|last|lower }}",
         "True False 2 02:14:03 error: access denied to /srv\n"),
        ("{% for c in counts %}{{ c.number }} {{ c.kind }}{% endfor %}{# not said #}", "1 failed\n"),
        ("{% for e in events %}{{ e.at }}{% else %}no event{% endfor %}", "no event\n"),
    ],
)  # fmt: skip
def test_a_template_says_what_it_is_told_to(text: str, said: str) -> None:
    assert made(text) == said


@pytest.mark.parametrize("name", sorted(names()))
def test_every_variable_is_there_whatever_a_message_tells(name: str) -> None:
    facts = [
        notice(problem()),
        notice(*several(3, late)),
        notice(events=[event()], kind="event", why="event"),
    ]
    facts += [
        notice(kind="test", why="request", details={"code": "4821"}),
        notice(kind="summary", why="quiet_over"),
    ]
    assert check(f"{{{{ {name} }}}}") is None
    for each in facts:
        made(f"{{{{ {name} }}}}.", each)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("{{ nobody }}", "there is no variable nobody"),
        ("{% for p in problems %}{{ p.nobody }}{% endfor %}", "'dict object' has no attribute 'nobody'"),
        ("a\n{{ log[0] }}", "list object has no element 0"),
        ("a\n{{ ", "line 2: unexpected 'end of template'"),
        ("{% if %}", "line 1: Expected an expression"),
        ("{{ job|replace('a', 'b') }}", "line 1: “filter replace” is not allowed here"),
        ("{{ job|nothing }}", "line 1: “filter nothing” is not allowed here"),
        ("{{ range(10) }}", "line 1: “call” is not allowed here"),
        ("{{ job.upper() }}", "line 1: “call” is not allowed here"),
        ("{{ job.upper }}", "access to attribute 'upper' of 'str' object is unsafe"),
        ("{{ job.__class__ }}", "line 1: “getattr __class__” is not allowed here"),
        ("{{ job['__class__'] }}", "access to attribute '__class__' of 'str' object is unsafe"),
        ("{{ problems.append }}", "access to attribute 'append' of 'list' object is unsafe"),
        ("{{ 'a' * 1000000000 }}", "line 1: “mul” is not allowed here"),
        ("{{ 9 ** 99999999 }}", "line 1: “pow” is not allowed here"),
        ("{{ '%1000000000d' % 1 }}", "line 1: “mod” is not allowed here"),
        ("{{ text ~ text }}", "line 1: “concat” is not allowed here"),
        ("{{ text + text }}", "only numbers are added"),
        ("{% set x = 1 %}", "line 1: “assign” is not allowed here"),
        ("{% macro m() %}{% endmacro %}", "line 1: “macro m” is not allowed here"),
        ("{% include 'x' %}", "line 1: “include” is not allowed here"),
        ("{% import 'x' as y %}", "line 1: “import” is not allowed here"),
        ("{% extends 'x' %}", "line 1: “extends” is not allowed here"),
        ("{% block b %}{% endblock %}", "line 1: “block b” is not allowed here"),
        ("{% with %}{% endwith %}", "line 1: “with” is not allowed here"),
        ("{% for x in [1, 2] %}{% endfor %}", "line 1: “list” is not allowed here"),
        ("{% for x in text %}{% endfor %}", "a loop goes over a list"),
        ("{% for job in log %}{% endfor %}", "line 1: “for” is not allowed here"),
        ("{% for a, b in log %}{% endfor %}", "line 1: “for” is not allowed here"),
        ("{% for a in log recursive %}{% endfor %}", "line 1: “for” is not allowed here"),
        ("{% for a in log %}{{ loop.cycle }}{% endfor %}", "access to attribute 'cycle'"),
        ("{% for a in log %}{% for b in log %}{% for c in log %}{% endfor %}{% endfor %}{% endfor %}",
         "it is too long or too deep"),
        ("{{ log|join(log) }}{{ log|cut('x') }}", "cut takes a number from 1 to 1000"),
        ("{{ job|cut(0) }}", "cut takes a number from 1 to 1000"),
        ("{{ job|cut(1001) }}", "cut takes a number from 1 to 1000"),
        ("{{ text|upper }}", "upper and lower take texts of at most 1000 characters"),
        ("{{ job is callable }}", "line 1: “test callable” is not allowed here"),
        ("{{ log[::0] }}", "slice step cannot be zero"),
        ("{{ job < 3 }}", "not supported between"),
        ("(" * 100 + "{{ " + "(" * 4000, "it is too deep"),
        ("{{ " + "not " * 300 + "job }}", "it is too long or too deep"),
        ("{{ job }}" * 500, "it is too long or too deep"),
        ("x" * 8193, "it is longer than 8192 characters"),
        ("{{ job", "unexpected end of template"),
    ],
)  # fmt: skip
def test_what_a_template_may_not_do_is_refused_with_the_reason(text: str, problem: str) -> None:
    found = check(text)
    assert found is not None
    assert problem.lower() in found.lower()


@pytest.mark.parametrize(
    "text",
    [
        "{% for a in log %}{% for b in log %}{{ text }}{% endfor %}{% endfor %}",
        "{{ log|join(text) }}",
        "{{ log|join(log|join(log|join(log|join(text)))) }}",
    ],
)
def test_what_would_grow_out_of_hand_ends_at_the_limit(text: str) -> None:
    variables = {**FULL, "log": ["x" * 300] * 100, "text": "x" * 16_000}
    began = time.process_time()
    with pytest.raises(Refused, match=f"more than {MOST_OUTPUT} characters"):
        render(text, variables)
    assert time.process_time() - began < 2


def test_a_loop_goes_over_a_hundred_values_at_most() -> None:
    text = "{% for a in log %}{{ loop.index }} {% endfor %}"
    assert render(text, {**FULL, "log": ["x"] * 100}).endswith("99 100")
    with pytest.raises(Refused, match="more than 100 values"):
        render(text, {**FULL, "log": ["x"] * 101})


@pytest.mark.parametrize(
    "value",
    ["job|upper", "text|cut(1000)", "text|trim", "log|join(job)", "text|count", "text[1:]", "'x' in text"],
)
def test_the_most_expensive_template_does_not_take_long(value: str) -> None:
    """No output, as many filters over the longest texts as there may be, in two loops over the longest lists."""
    inner = f"{{% if ({value}) == 1 %}}x{{% endif %}}" * 35
    text = f"{{% for a in events %}}{{% for b in events %}}{inner}{{% endfor %}}{{% endfor %}}"
    log = ["ß" * 300] * 10
    variables = {**FULL, "events": FULL["events"] * 20, "text": " ß" * 8000, "job": "ß" * 1000, "log": log}
    began = time.process_time()
    assert render(text, variables) == ""
    assert time.process_time() - began < 5


@pytest.mark.parametrize("name", BREAKING)
def test_values_of_senders_do_nothing_in_a_template(name: str) -> None:
    value = BREAKING[name]
    facts = notice(
        problem(**dict.fromkeys(("server", "job", "message", "account"), value), log=[value] * 10),
        rule=value,
        cause_name=value,
        events=[event(message=value, server=value, type=value, job=value)],
    )
    subject = made("{{ job }}{{ reason }}{{ rule }}", facts, key=SUBJECT)
    text = made(
        "{{ subject }}|{{ text }}|{% for p in problems %}{{ p.log|join }}{{ p.job }}{% endfor %}", facts
    )
    assert subject.isprintable()
    assert len(subject) <= 200
    assert all(line.isprintable() for line in text.split("\n"))
    assert len(text) <= MOST_OUTPUT
    assert "49" not in text or name == "long"


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=200) | st.text(alphabet="{}%#|.'\"[]() \nabforinjob+-~*", max_size=80))
def test_any_text_is_a_template_or_is_refused(text: str) -> None:
    problem = check(text)
    assert problem is None or problem
    if problem is None:
        assert len(render(text, EMPTY)) <= MOST_OUTPUT


@settings(max_examples=50, deadline=None)
@given(st.text(max_size=300))
def test_a_subject_is_one_line_whatever_the_template_is(text: str) -> None:
    if check(text, SUBJECT) is None:
        assert render(text, FULL, SUBJECT).replace("\u200c", "").replace("\u200d", "").isprintable()


def test_a_template_that_fails_lets_the_built_in_words_go_out_and_says_so() -> None:
    facts = notice(problem())
    plain = compose(facts, notices.style(), notices.LINKS)
    failed = compose(
        facts, notices.style(templates={"subject": "mine", "text": "{{ log[99] }}"}), notices.LINKS
    )
    why = "The template of this channel failed: list object has no element 99"
    assert failed.template_failed == why
    assert failed.subject == plain.subject
    assert failed.text == f"{why}\n\n{plain.text}"
    assert failed.short == f"{why}\n{plain.short}"
    assert why in failed.html
    german = compose(facts, notices.style(notices.GERMAN, templates={"text": "{{ nobody }}"}), notices.LINKS)
    assert german.text.startswith(
        "Die Vorlage dieses Kanals schlug fehl: eine Variable nobody gibt es nicht\n"
    )


def test_a_text_of_ones_own_is_the_html_too() -> None:
    found = compose(
        notice(problem(job="<b>&")), notices.style(templates={"text": "Look: {{ job }}"}), notices.LINKS
    )
    assert found.text == "Look: <b>& \n".replace(" \n", "\n")
    assert "Look: &lt;b&gt;&amp;" in found.html
    assert "What to do" not in found.html
    assert "What to do" in found.short


def test_the_plain_text_has_nothing_of_the_templates() -> None:
    style = notices.style(templates=dict.fromkeys(template.KEYS, "mine"), plain=True)
    built_in = compose(notice(problem()), notices.style(), notices.LINKS)
    found = compose(notice(problem()), style, notices.LINKS)
    assert (found.subject, found.text, found.html) == (built_in.subject, built_in.short + "\n", "")


def test_the_samples_have_every_variable() -> None:
    for sample in SAMPLES:
        assert list(sample) == [item.name for item in fields(TemplateVariables)]
