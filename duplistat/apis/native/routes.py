"""All routes of our own API."""

from duplistat.apis.native import account_calls as account_calls
from duplistat.apis.native import alert_reads as alert_reads
from duplistat.apis.native import bulk_calls as bulk_calls
from duplistat.apis.native import channel_calls as channel_calls
from duplistat.apis.native import channel_more_calls as channel_more_calls
from duplistat.apis.native import digest_calls as digest_calls
from duplistat.apis.native import evidence_reads as evidence_reads
from duplistat.apis.native import import_calls as import_calls
from duplistat.apis.native import job_calls as job_calls
from duplistat.apis.native import key_calls as key_calls
from duplistat.apis.native import location_calls as location_calls
from duplistat.apis.native import mail_calls as mail_calls
from duplistat.apis.native import ping_calls as ping_calls
from duplistat.apis.native import reference
from duplistat.apis.native import schedule_calls as schedule_calls
from duplistat.apis.native import server_calls as server_calls
from duplistat.apis.native import service_calls as service_calls
from duplistat.apis.native import service_holds as service_holds
from duplistat.apis.native import settings_calls as settings_calls
from duplistat.apis.native import several_services as several_services
from duplistat.apis.native import unread_calls as unread_calls
from duplistat.apis.native import user_calls as user_calls
from duplistat.apis.native import view_calls as view_calls
from duplistat.apis.native import wall_calls as wall_calls
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
