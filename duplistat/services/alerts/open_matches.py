"""open_matches(): how many open problems a rule is for, before it is saved."""

from typing import Any

from duplistat.core.alerts.matching import fits
from duplistat.core.alerts.notice import severity_of
from duplistat.core.alerts.rule import parse_rule
from duplistat.services.alerts.listeners import subjects
from duplistat.store import accounts, jobs, problems
from duplistat.store.database import Database

MOST = 5000


def open_matches(db: Database, account: int, rule: dict[str, Any]) -> int:
    """How many open problems a rule of an account would alert about, MOST of them looked at.

    Raises DuplistatError (invalid). 5 statements.
    """
    match = parse_rule(rule).match
    found = problems.open_in(db, accounts.visible(db, account), MOST)
    known = jobs.by_ids(db, [problem.job_id for problem in found if problem.job_id is not None])
    of_jobs = subjects(db, list(known.values()))
    return sum(
        problem.job_id in of_jobs
        and fits(match, of_jobs[problem.job_id], problem.kind, severity_of(problem.kind))
        for problem in found
        if problem.job_id is not None
    )
