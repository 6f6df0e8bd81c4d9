"""What is wrong with a request is told at once and by name; whatever comes, it is no trouble of ours."""

from urllib.parse import quote

import pytest

from tests.apis.native.cast import Caller

LISTS = ("/api/v1/servers", "/api/v1/jobs", "/api/v1/runs", "/api/v1/events")
SINGLES = ("/api/v1/servers/1", "/api/v1/jobs/1", "/api/v1/runs/1", "/api/v1/events/1")
A_TIME = "must be a time in ISO 8601, such as 2026-01-15T02:00:00Z"
STATUSES = "must be success, warning, error, fatal, running, interrupted, other or unknown"


def test_every_wrong_parameter_is_named(caller: Caller) -> None:
    path = "/api/v1/runs?limit=201&cursor=x&server=no&job=0&status=good&operation=&since=yesterday&untill=1"
    assert caller.problems(path) == {
        "limit": "must be at most 200",
        "cursor": "must be the next_cursor of the page before",
        "server": "must be a whole number",
        "job": "must be at least 1",
        "status": STATUSES,
        "operation": "must not be empty",
        "since": A_TIME,
        "untill": "is not known here; there are limit, cursor, server, job, status, operation, since, until",
    }


@pytest.mark.parametrize("path", [*LISTS, *SINGLES, "/api/v1/runs/1/log"])
def test_a_parameter_that_is_not_known_is_refused(full: Caller, path: str) -> None:
    assert full.problems(f"{path}?colour=blue").keys() == {"colour"}


def test_a_parameter_that_is_given_twice_is_refused(caller: Caller) -> None:
    assert caller.problems("/api/v1/jobs?tag=a&tag=b") == {"tag": "must be given once"}


def test_a_key_in_the_address_is_no_parameter(caller: Caller) -> None:
    assert caller.site.get(f"/api/v1/jobs?limit=1&key={caller.key}").status_code == 200


@pytest.mark.parametrize("value", ["", "x", "1.0", " 5", "+5", "1e2", "٥", "0x10", "1_0", "5" * 5000])
def test_a_limit_is_a_whole_number(caller: Caller, value: str) -> None:
    for path in LISTS:
        assert caller.problems(f"{path}?limit={quote(value)}") == {"limit": "must be a whole number"}


@pytest.mark.parametrize(("value", "problem"), [("0", "least 1"), ("-1", "least 1"), ("201", "most 200")])
def test_a_limit_has_limits(caller: Caller, value: str, problem: str) -> None:
    for path in LISTS:
        assert caller.problems(f"{path}?limit={value}") == {"limit": f"must be at {problem}"}


def test_a_page_of_a_log_may_be_longer(full: Caller) -> None:
    assert full.get("/api/v1/runs/1/log?limit=1000").status_code == 200
    assert full.problems("/api/v1/runs/1/log?limit=1001") == {"limit": "must be at most 1000"}


@pytest.mark.parametrize(
    "cursor", ["", "x", "1-", "-1", "1-1-1", "G", "%00", "1%0A", "f" * 16, "1-" + "f" * 16]
)
def test_a_malformed_cursor_is_refused(caller: Caller, cursor: str) -> None:
    for path in LISTS:
        assert caller.problems(f"{path}?cursor={cursor}").keys() == {"cursor"}


def test_a_cursor_at_the_far_end_of_all_is_an_empty_page(full: Caller) -> None:
    most = "f" * 15
    for path, cursor in zip(LISTS, (most, most, "0-0", "0-0"), strict=True):
        (rows, end) = full.read(f"{path}?cursor={cursor}").values()
        assert (rows, end) == ([], None)
    assert full.read(f"/api/v1/runs?cursor={most}-{most}")["runs"]


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ("2026-01-28", A_TIME),
        ("2026-02-30T00:00:00Z", A_TIME),
        ("2026-01-28T02:00:00", "must include a UTC offset, such as %2B02:00 or Z"),
        ("2026-01-28T02:00:00%2B99:00", A_TIME),
        ("%00", A_TIME),
        ("9" * 10_000, A_TIME),
    ],
)
def test_a_time_needs_a_date_a_clock_and_an_offset(caller: Caller, value: str, problem: str) -> None:
    for path in ("/api/v1/runs", "/api/v1/events"):
        assert caller.problems(f"{path}?since={value}&until={value}") == {"since": problem, "until": problem}


@pytest.mark.parametrize("value", ["0001-01-01T00:00:00%2B23:59", "9999-12-31T23:59:59-23:59"])
def test_the_first_and_the_last_of_times_are_times(full: Caller, value: str) -> None:
    for path in ("/api/v1/runs", "/api/v1/events"):
        assert full.get(f"{path}?since={value}").status_code == 200


@pytest.mark.parametrize("id", ["0", str(2**63 - 1), str(2**63), "9" * 5000, "-1", "x", "%00", "1.0"])
def test_an_id_that_nothing_has_is_not_found(full: Caller, id: str) -> None:
    for path in SINGLES:
        response = full.get(path.removesuffix("1") + id)
        assert response.status_code == 404
        assert response.json["error"] == "NotFoundError"  # type: ignore[index]  # it is an object


TEXTS = {
    "nul": "%00a%00",
    "a lone surrogate": "%ED%A0%80",
    "no utf-8": "%FF%FE",
    "markup": "%3Cscript%3E%27%22%3B--",
    "wildcards": "%25_*",
    "ten thousand characters": "x" * 10_000,
    "emoji": "%F0%9F%91%A9%E2%80%8D%F0%9F%92%BB",
}
FIELDS = (
    "servers?name",
    "servers?cursor",
    "jobs?tag",
    "jobs?server",
    "jobs?health",
    "jobs?paused",
    "runs?operation",
    "runs?since",
    "runs/1/log?level",
    "events?type",
    "events?severity",
)


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())
def test_no_text_is_trouble(full: Caller, text: str) -> None:
    for field in FIELDS:
        assert full.get(f"/api/v1/{field}={text}").status_code in (200, 400)
        strange = full.get(f"/api/v1/{field}=x&{text}=1")
        assert strange.status_code == 400
        assert len(strange.data) < 3000


def test_a_name_as_long_as_names_may_be_is_found_and_a_longer_one_refused(caller: Caller) -> None:
    caller.report("2026-01-28T02:00:00Z", server="n" * 200)
    assert caller.ids(f"/api/v1/servers?name={'n' * 200}") == [1]
    assert caller.problems(f"/api/v1/servers?name={'n' * 501}") == {
        "name": "must have at most 500 characters"
    }


def test_a_name_with_a_nul_is_found_as_it_was_sent(caller: Caller) -> None:
    caller.report("2026-01-28T02:00:00Z", server="a\0b")
    assert caller.ids("/api/v1/servers?name=a%00b") == [1]


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_what_was_reported_is_not_changed(full: Caller, method: str) -> None:
    # Of jobs several settings are changed at once, and nothing of what was reported.
    lists = [path for path in LISTS if path != "/api/v1/jobs"]
    for path in (*lists, "/api/v1/runs/1", "/api/v1/events/1"):
        response = full.site.client().open(path, method=method, headers={"X-Api-Key": full.key})
        assert (response.status_code, response.headers["Allow"]) == (405, "GET, HEAD, OPTIONS")
