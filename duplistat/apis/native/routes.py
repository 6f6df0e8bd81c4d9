"""All routes of our own API."""

from duplistat.apis.native import alert_reads as alert_reads
from duplistat.apis.native import channel_calls as channel_calls
from duplistat.apis.native import evidence_reads as evidence_reads
from duplistat.apis.native import job_calls as job_calls
from duplistat.apis.native import reference
from duplistat.apis.native.alert_writes import bp as changes
from duplistat.apis.native.problem_answers import unknown_answer
from duplistat.apis.native.reads import bp
from duplistat.core.errors import DuplistatError
from duplistat.http.answers import error_answer

bp.register_error_handler(DuplistatError, error_answer)
bp.add_url_rule("/api/openapi.json", view_func=reference.document)
bp.add_url_rule("/api/docs", view_func=reference.page)
bp.add_app_template_filter(reference.coded, "coded")

# For addresses at which there is nothing.
ERRORS = {"/api/v1/": unknown_answer}

__all__ = ["ERRORS", "bp", "changes"]
