"""What a webhook's body has under `data`: the facts of a message for programs. `docs/messages.md` names every field.

Times are RFC 3339 in UTC, texts as their senders wrote them within limits, and what is not known is null.
"""

from typing import Any

from duplistat.core.alerts.content import Links, acknowledge_of, page_of
from duplistat.core.alerts.moments import Moments, rfc3339
from duplistat.core.alerts.notice import CauseFacts, EventFacts, NoticeFacts, ProblemFacts
from duplistat.core.alerts.plain import address
from duplistat.core.alerts.subjects import of_causes
from duplistat.core.alerts.words import cause_name, is_alone, number_of, why_of


def data_of(facts: NoticeFacts, moments: Moments, base_url: str, links: Links) -> dict[str, Any]:
    """The facts (cleaned) as JSON has them. The sender adds `notice`, the uid. `problem` is the first of `problems`."""
    problems = [_problem(problem, moments) for problem in facts["problems"]]
    events = [_event(event) for event in facts["events"]]
    first = problems[0] if is_alone(facts) else None
    about = first or (events[0] if len(events) == 1 else {})
    return {
        "kind": facts["kind"],
        "why": facts["why"],
        "at": rfc3339(facts["at"]),
        "rule": facts["rule"],
        "number": number_of(facts),
        "of": facts["of"],
        "account": about.get("account") or facts["account"],
        "server": about.get("server"),
        "job": about.get("job"),
        "run": about.get("run"),
        "problem": problems[0] if problems else None,
        "problems": problems,
        "total": facts["total"],
        "counts": dict(facts["counts"]),
        "cause": {"kind": facts["cause"], "name": cause_name(facts, moments)} if facts["cause"] else None,
        "causes": [
            _cause(item, moments.say.formats.colon.join(said))
            for item, said in zip(facts.get("causes", ()), of_causes(facts, moments), strict=True)
        ],
        "went": facts["went"],
        "event": events[0] if events else None,
        "events": events,
        "code": _text(facts["details"].get("code")),
        "links": {
            "page": address(links.page) or None,
            "acknowledge": acknowledge_of(facts, links) or None,
            "job": page_of(base_url, "jobs", about["job"]["id"]) or None if about.get("job") else None,
            "run": page_of(base_url, "runs", about.get("run")) or None,
        },
    }


def _cause(cause: CauseFacts, words: str) -> dict[str, Any]:
    return {
        "kind": cause["cause"] or None,
        "name": cause["cause_name"] or None,
        "words": words,
        "total": cause["total"],
        "counts": dict(cause["counts"]),
    }


def _problem(problem: ProblemFacts, moments: Moments) -> dict[str, Any]:
    return {
        "uid": problem["uid"],
        "kind": problem["kind"],
        "severity": problem["severity"],
        "account": problem["account"],
        "server": _named(problem["server_id"], problem["server"]),
        "job": _named(problem["job_id"], problem["job"]),
        "run": problem["run"],
        "since": rfc3339(problem["opened_at"]),
        "kind_since": rfc3339(problem["kind_at"]),
        "closed": rfc3339(problem["closed_at"]),
        "fails": problem["fails"],
        "again": problem["again"],
        "unsteady": problem["unsteady"],
        "reason": why_of(problem, moments),
        "message": problem["message"],
        "log": list(problem["log"]),
        "last_good": rfc3339(problem["last_good_at"]),
        "expected": rfc3339(problem["expected_at"]),
        "acknowledged_by": problem["acked_by"] or None,
        "zone": problem["zone"],
    }


def _event(event: EventFacts) -> dict[str, Any]:
    return {
        "id": event["id"],
        "account": event["account"],
        "server": _named(event["server_id"], event["server"]),
        "job": _named(None, event["job"]),
        "severity": event["severity"],
        "type": event["type"],
        "message": event["message"],
        "at": rfc3339(event["at"]),
    }


def _named(number: int | None, name: str) -> dict[str, Any] | None:
    return None if number is None and not name else {"id": number, "name": name}


def _text(value: object) -> str | None:
    return None if value is None else str(value)
