"""POST /language: another language, for whoever is not signed in. Others have it among their preferences."""

from flask import Response, request

from duplistat.web.access import local_target
from duplistat.web.language import keep
from duplistat.web.redirects import to


def choose_language() -> Response:
    """Let the browser keep the language, and go back to where it was."""
    response = to(local_target(request.form.get("next", "")))
    keep(response, request.form.get("language", ""))
    return response
