"""GET /run.py and /report.sh: programs that run a backup and report it, with the address of this server in them."""

from flask import Blueprint, Response, request

from duplistat.core.errors import DuplistatError
from duplistat.http.answers import error_answer
from duplistat.http.caller import is_tls
from duplistat.http.context import context
from duplistat.wrapper.files import python_file, shell_file

bp = Blueprint("wrapper", __name__)
bp.register_error_handler(DuplistatError, error_answer)


@bp.get("/run.py")
def python() -> Response:
    """For machines with Python 3.8 or newer."""
    return _file(python_file(_own_url()), "text/x-python")


@bp.get("/report.sh")
def shell() -> Response:
    """For machines with a POSIX shell and curl."""
    return _file(shell_file(_own_url()), "text/x-shellscript")


def _file(text: str, kind: str) -> Response:
    answer = Response(text, mimetype=kind)
    # It says how it was asked for.
    answer.headers["Cache-Control"] = "no-cache"
    answer.headers["Vary"] = "Host"
    return answer


def _own_url() -> str:
    """As others reach this server: as it is set, else as it was asked for."""
    config = context().config
    if config.public_address:
        return config.public_address
    scheme = "https" if is_tls(request, config.server.trusted_proxies) else request.scheme
    return f"{scheme}://{request.headers.get('Host', '')}{request.script_root}"
