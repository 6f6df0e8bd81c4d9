"""Intronis' partner API: tokens for programs, and one report over all customers."""

from duplistat.apis.intronis.report import bp as report
from duplistat.apis.intronis.token import bp as token
from duplistat.apis.intronis.words import error_answer

__all__ = ["error_answer", "report", "token"]
