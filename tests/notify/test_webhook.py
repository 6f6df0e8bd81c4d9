"""Webhooks: signatures, bodies and templates."""

import base64
import json
import logging
import re
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from duplistat.notify.json_template import DATA, NAMES, problems_of
from duplistat.notify.outcome import Result
from duplistat.notify.webhook import (
    MOST_BYTES,
    body_of,
    check_headers,
    check_secret,
    new_secret,
    send_webhook,
    signature,
)
from tests.support.messages import AT, UID, message

LOOPBACK = ("127.0.0.0/8",)
CHANNELS = Path(__file__).parents[2] / "docs/channels.md"


def sent(httpserver: HTTPServer, **how: Any) -> Request:
    """The request that a webhook makes."""
    httpserver.expect_request("/hook").respond_with_data("ok")
    how = {"now": AT, **how}
    outcome = send_webhook(
        how.pop("message", message()),
        url=httpserver.url_for("/hook"),
        allow=LOOPBACK,
        deadline=5,
        **how,
    )
    assert outcome.result is Result.SENT
    return httpserver.log[-1][0]


def test_the_signature_is_that_of_the_standard() -> None:
    # An example that libraries of the standard test themselves with.
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    assert signature([secret], "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}') == (
        "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    )


def test_the_example_of_the_documentation_takes_what_is_sent_and_nothing_else(httpserver: HTTPServer) -> None:
    code = re.search(r"```python\n(.*?)```", CHANNELS.read_text("utf-8"), re.DOTALL)
    assert code
    names: dict[str, Any] = {}
    exec(code[1], names)  # the example itself
    old, new, other = new_secret(), new_secret(), new_secret()
    request = sent(httpserver, secrets=(new, old), now=time.time_ns() // 1_000_000)
    headers = {name.lower(): value for name, value in request.headers.items()}
    is_genuine = names["is_genuine"]
    assert is_genuine(new, headers, request.data)
    assert is_genuine(old, headers, request.data)
    assert not is_genuine(other, headers, request.data)
    assert not is_genuine(new, headers, request.data + b" ")
    assert not is_genuine(new, headers | {"webhook-id": "another"}, request.data)
    assert not is_genuine(new, headers | {"webhook-timestamp": "1731705121"}, request.data)


def test_the_body_is_type_time_and_data(httpserver: HTTPServer) -> None:
    request = sent(httpserver, secrets=(new_secret(),), headers={"X-Team": "ops"})
    assert request.headers["webhook-id"] == UID
    assert request.headers["webhook-timestamp"] == str(AT // 1000)
    assert request.headers["X-Team"] == "ops"
    assert request.content_type == "application/json"
    content = json.loads(request.data)
    assert list(content) == ["type", "timestamp", "data"]
    assert content["timestamp"] == "2026-11-28T02:14:05.000Z"
    assert content["data"] == dict(message().data)


def test_without_a_secret_nothing_is_signed_and_a_wrong_one_is_told(httpserver: HTTPServer) -> None:
    assert "webhook-signature" not in sent(httpserver).headers
    outcome = send_webhook(
        message(), url="http://127.0.0.1/", secrets=("whsec_short",), allow=LOOPBACK, now=AT, deadline=1
    )
    assert (outcome.result, "short" in outcome.answer) == (Result.CHANNEL, False)


@pytest.mark.parametrize(("size", "good"), [(23, False), (24, True), (32, True), (64, True), (65, False)])
def test_a_secret_has_24_to_64_bytes(size: int, good: bool) -> None:
    secret = "whsec_" + base64.b64encode(b"x" * size).decode()
    if good:
        check_secret(secret)
    else:
        with pytest.raises(ValueError, match="24 to 64 bytes"):
            check_secret(secret)


@pytest.mark.parametrize("secret", ["", "x" * 40, "whsec_???", "whsec_" + "é" * 40])
def test_what_is_no_secret_is_refused(secret: str) -> None:
    with pytest.raises(ValueError, match="the secret is not"):
        check_secret(secret)


MANY = {f"X-{number}": "x" for number in range(21)}


@pytest.mark.parametrize(
    "headers",
    [{"Host": "x"}, {"Webhook-Id": "x"}, {"X\r\nY": "x"}, {"X": "a\r\nb"}, {"X": "é"}, {"": "x"}, MANY],
)
def test_headers_that_are_ours_or_none_are_refused(headers: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="header"):
        check_headers(headers)


def test_a_long_body_is_cut_between_items() -> None:
    jobs = [{"id": number, "name": f"job-{number}", "why": "é" * 100} for number in range(500)]
    body = body_of(message(data={"jobs": jobs, "counts": {"failed": 500}}))
    assert len(body.encode()) < MOST_BYTES
    data = json.loads(body)["data"]
    assert data["jobs"] == jobs[: len(data["jobs"])]
    assert len(data["jobs"]) > 50
    assert data["left_out"] == {"jobs": 500 - len(data["jobs"])}
    assert data["counts"] == {"failed": 500}


def test_a_text_that_alone_is_too_long_is_shortened() -> None:
    body = body_of(message(data={"why": "\n" * 100_000, "lines": ["x" * 100_000]}))
    assert len(body.encode()) < MOST_BYTES


# Templates.

NASTY = '"},\n\\{{ subject }}</script>\u202e{"x": "\x00'


def test_values_cannot_break_a_template() -> None:
    template = json.dumps({"a": "{{ subject }}", "b": "is {{subject}}!", "c": ["{{ data.job.name }}"]})
    content = json.loads(body_of(message(subject=NASTY, data={"job": {"name": NASTY}}), template))
    assert content == {"a": NASTY, "b": f"is {NASTY}!", "c": [NASTY]}


def test_a_placeholder_alone_takes_the_type_of_its_value() -> None:
    template = json.dumps(
        {
            "number": "{{ data.counts.failed }}",
            "object": " {{ data.job }} ",
            "nothing": "{{ data.run }}",
            "deeper": "{{ data.run.id.x }}",
            "text": "{{ data.counts.failed }} times, {{ data.run }}, {{ data.job }}",
            "kept": [1, None, True, {"{ x }": "}"}],
        }
    )
    assert json.loads(body_of(message(), template)) == {
        "number": 3,
        "object": {"id": 7, "name": "daily-backup"},
        "nothing": None,
        "deeper": None,
        "text": '3 times, , {"id":7,"name":"daily-backup"}',
        "kept": [1, None, True, {"{ x }": "}"}],
    }


@pytest.mark.parametrize(
    ("template", "problem"),
    [
        ("{{ subject }}", "no JSON"),
        ('{"a": {{ subject }} }', "no JSON"),
        ('{"a": NaN}', "no JSON"),
        ("[" * 100_000, "longer than"),
        ("[" * 8000, "no JSON"),
        ("[" * 30 + "]" * 30, "levels"),
        ('{"a": "{{ subjekt }}"}', "{{ subjekt }} is unknown"),
        ('{"a": "{{ subject.x }}"}', "{{ subject.x }} is unknown"),
        ('{"a": "{{ data.jobs }}"}', "{{ data.jobs }} is unknown"),
        ('{"a": "{{ data.job.nam }}"}', "{{ data.job.nam }} is unknown"),
        ('{"a": "{{ data.job.name.x }}"}', "{{ data.job.name.x }} is unknown"),
        ('{"a": "{{ subject | upper }}"}', "in braces that is no name"),
        ('{"a": "{{ subject"}', "in braces that is no name"),
        ('{"a": "{{ __class__ }}"}', "{{ __class__ }} is unknown"),
        ('{"{{ subject }}": 1}', "is a name of a field"),
    ],
)
def test_what_is_wrong_with_a_template_is_told(template: str, problem: str) -> None:
    (found,) = problems_of(template, message().data)
    assert problem in found


def test_what_a_template_may_use_of_the_data_is_what_is_documented() -> None:
    text = (CHANNELS.parent / "messages.md").read_text("utf-8")
    table = text[text.index("## Data of a webhook") : text.index("### Each of `problems`")]
    assert {"notice", *re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)} == set(DATA)


def test_every_documented_placeholder_is_known_and_the_other_way_round() -> None:
    text = CHANNELS.read_text("utf-8")
    rows = re.findall(
        r"^\| `(\w+)` \|", text[text.index("| placeholder |") : text.index("## ntfy")], re.MULTILINE
    )
    assert rows == [*NAMES, "data"]
    every = json.dumps([f"{{{{ {name} }}}}" for name in (*NAMES, *(f"data.{name}" for name in DATA))])
    assert problems_of(every) == []
    assert None not in json.loads(body_of(message(), json.dumps([f"{{{{{name}}}}}" for name in NAMES])))
    assert problems_of('["{{ data.run.id }}", "{{ data.counts.overdue }}"]', message().data) == []


def test_the_template_of_the_documentation_can_be_used() -> None:
    text = CHANNELS.read_text("utf-8")
    template = re.search(r"```json\n(.*?)```", text[text.index("### JSON template") :], re.DOTALL)
    assert template
    made = message(data={**message().data, "problem": {"fails": 3}})
    assert problems_of(template[1], made.data) == []
    assert json.loads(body_of(made, template[1]))["fails"] == 3


def test_a_template_with_a_long_text_is_cut_between_lines() -> None:
    text = "\n".join(f"line {number}" for number in range(10_000))
    body = body_of(message(text=text), '{"t": "{{ text }}", "u": "{{ text }}"}')
    assert len(body.encode()) < MOST_BYTES
    assert re.search(r"\nline (\d+)\n… \d+ more lines$", json.loads(body)["t"])


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=300),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=9), inner, max_size=5),
    max_leaves=20,
)


@settings(max_examples=50, deadline=None)
@given(subject=st.text(max_size=200), job=JSON)
def test_a_body_is_json_whatever_the_values(subject: str, job: Any) -> None:
    template = '{"a": "{{ subject }}", "b": "x {{ data.job }} {{ subject }}", "c": "{{ data }}"}'
    made = message(subject=subject, data={"job": job})
    content = json.loads(body_of(made, template))
    assert (content["a"], content["c"]) == (subject, {"job": job})
    assert json.loads(body_of(made))["data"] == {"job": job}


# Secrets.


def test_no_secret_comes_back(httpserver: HTTPServer, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    secret, token = new_secret(), "t0p/s3cr+t=="
    made = message()

    def echo(request: Request) -> Response:
        head = "; ".join(
            f"{name}={value}" for name, value in request.headers.items() if "auth" in name.lower()
        )
        link = json.dumps(made.acknowledge)
        return Response(f"{request.url} {head} {secret} q=%C3%A4bc {link} pässword-ä {request.data!r}", 500)

    httpserver.expect_request(re.compile("/.*")).respond_with_handler(echo)
    outcome = send_webhook(
        made,
        url=f"http://us3r:p%C3%A4ssw%3Frd@127.0.0.1:{httpserver.port}/services/T0000AAAA/B1111?key=äbc&x=1",
        secrets=(secret,),
        headers={"X-Authorization": f"Bearer {token}", "X-Auth-Number": "7"},
        allow=LOOPBACK,
        now=AT,
        deadline=5,
    )
    assert outcome.result is Result.TEMPORARY
    assert "***" in outcome.answer
    request = httpserver.log[-1][0]
    assert request.authorization is not None
    assert request.authorization.password == "pässw?rd"
    for value in ("us3r", "T0000AAAA", "%C3%A4bc", "äbc", token, secret, "k3yOfTheLink", "dXMzcjp"):
        assert value not in outcome.answer, value
        assert value not in repr(outcome)
        assert value not in "".join(
            record.getMessage() for record in caplog.records if record.name != "werkzeug"
        )
