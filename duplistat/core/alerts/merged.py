"""One message in place of several that could not go out: what is still wrong, what is over, and how much that was."""

from collections import Counter
from collections.abc import Mapping, Sequence

from duplistat.core.alerts.notice import (
    MOST_EVENTS,
    MOST_SHOWN,
    SEVERITIES,
    Kind,
    NoticeFacts,
    ProblemFacts,
    Why,
)


def merged(notices: Sequence[NoticeFacts], members: Mapping[int, int | None], at: int) -> NoticeFacts:
    """The facts of a summary at `at` (ms) of notices that waited, oldest first.

    `members` are all problems that they tell of: {problem: when it was over (ms), None while it is not}.
    """
    latest: dict[int, ProblemFacts] = {}
    for facts in notices:
        for problem in facts["problems"]:
            latest[problem["id"]] = {
                **problem,
                "closed_at": members.get(problem["id"], problem["closed_at"]),
            }
    wrong_first = sorted(latest.values(), key=_urgency)
    counts = Counter(problem["kind"] for problem in latest.values() if problem["closed_at"] is None)
    last = notices[-1]
    return {
        "kind": Kind.SUMMARY.value,
        "why": Why.HEALED.value,
        "at": at,
        "account": last["account"],
        "rule": last["rule"],
        "number": 0,
        "of": 0,
        "total": len(members),
        "counts": dict(counts),
        "problems": wrong_first[:MOST_SHOWN],
        "events": [event for facts in notices for event in facts["events"]][-MOST_EVENTS:],
        "cause": "",
        "cause_name": "",
        "went": sum(closed_at is not None for closed_at in members.values()),
        "details": {"over": {str(id): at for id, at in members.items() if at is not None}},
    }


def _urgency(problem: ProblemFacts) -> tuple[bool, int, int]:
    """What is still wrong first, then what is grave, then what is old."""
    gravity = [severity.value for severity in SEVERITIES].index(problem["severity"])
    return problem["closed_at"] is not None, -gravity, problem["opened_at"]
