"""Intronis' partner API: tokens for programs, and one report over all customers."""

from duplistat.apis.intronis.report import bp as report
from duplistat.apis.intronis.token import bp as token
from duplistat.apis.intronis.words import error_answer
from duplistat.core.errors import DuplistatError
from duplistat.http import answers

report.register_error_handler(DuplistatError, error_answer)
token.register_error_handler(DuplistatError, answers.error_answer)
# Where no route is.
ERRORS = {"/v1/": error_answer, "/oauth2/": answers.error_answer}

__all__ = ["ERRORS", "report", "token"]
