"""POST /api.php: finds the call that a form names, who makes it and whether they may, and answers in XML."""

from flask import Blueprint, Response, request

from duplistat.apis.backuprun import xml
from duplistat.apis.backuprun.account_calls import ACCOUNT_CALLS
from duplistat.apis.backuprun.calls import NOBODY, Call, may
from duplistat.apis.backuprun.contact_calls import CONTACT_CALLS
from duplistat.apis.backuprun.params import CallError, Params
from duplistat.apis.backuprun.sentences import own
from duplistat.apis.backuprun.service_calls import SERVICE_CALLS
from duplistat.core.errors import DuplistatError, Kind
from duplistat.http.answers import RETRY_AFTER_SECONDS
from duplistat.http.context import context
from duplistat.http.forms import form_of
from duplistat.http.session_cookie import require_own_page, signed_of

bp = Blueprint("backuprun", __name__)

CALLS: dict[str, Call] = ACCOUNT_CALLS | CONTACT_CALLS | SERVICE_CALLS

# Kinds of errors as this protocol calls them; the others by their own name.
CODES = {
    Kind.UNAUTHORIZED: "auth",
    Kind.NOT_FOUND: "invalid",
    Kind.TOO_LARGE: "invalid",
    Kind.METHOD_NOT_ALLOWED: "method",
    Kind.TOO_MANY: "limited",
}
STATUS = {Kind.METHOD_NOT_ALLOWED: 405, Kind.TOO_MANY: 429}


@bp.post("/api.php")
def api() -> Response:
    """Make the call that `apiCALL` names. 200 whatever comes of it, 429 for too many."""
    ctx = context()
    require_own_page(request, ctx)
    params = Params(form_of(request))
    name = params.text("apiCALL", required=True)
    if name == "addContact" and params.has("recoverycode") and not params.has("email"):
        # The example that clients were written from says so.
        name = "resetPassword"
    call = CALLS.get(name)
    if call is None:
        raise CallError("unknown", f"There is no call {name}")
    signed = signed_of(request, ctx) if call.needs_session else NOBODY
    if call.needs_session and not may(signed.role, name, call):
        raise CallError("forbidden", f"{name} is not for you: your role is {signed.role}")
    return _answer(xml.response(*call.function(ctx, signed, params)))


@bp.errorhandler(CallError)
def _say(error: CallError) -> Response:
    return _answer(xml.error(error.code, error.message))


@bp.errorhandler(DuplistatError)
def error_answer(error: DuplistatError) -> Response:
    """An error in the words of this protocol."""
    code = CODES.get(error.kind, error.kind.value)
    response = _answer(xml.error(code, own(error.message)), STATUS.get(error.kind, 200))
    if error.kind is Kind.TOO_MANY:
        response.headers["Retry-After"] = str(error.retry_after or RETRY_AFTER_SECONDS)
    return response


def _answer(text: str, status: int = 200) -> Response:
    response = Response(text, status=status, content_type="application/xml; charset=UTF-8")
    response.headers["Cache-Control"] = "no-store"
    return response
