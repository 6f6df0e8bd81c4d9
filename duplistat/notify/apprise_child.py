"""The process that runs Apprise: a line of JSON in for a message, a line of JSON out for what became of it.

It has no database and no secret but the URL at hand. `confine` says what it may do; whoever started it ends it when
time is over.
"""

import html
import http.client
import json
import os
import sys
from typing import Any, TextIO

from duplistat.notify import confine, fit


class Trace:
    """The latest exchange by HTTP: whether anything was sent, and what came back."""

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        self.sent = False
        self.status = 0
        self.retry_after = ""

    def install(self) -> None:
        """See all that is sent and answered over HTTP in this process: all plugins use this library."""
        send, begin = http.client.HTTPConnection.send, http.client.HTTPResponse.begin

        def noted_send(connection: http.client.HTTPConnection, data: Any) -> None:
            if connection.sock is None:
                connection.connect()
            self.sent, self.status, self.retry_after = True, 0, ""
            send(connection, data)

        def noted_begin(response: http.client.HTTPResponse) -> None:
            begin(response)
            self.status = response.status
            self.retry_after = response.headers.get("Retry-After", "")

        http.client.HTTPConnection.send = noted_send  # type: ignore[method-assign, assignment]
        http.client.HTTPResponse.begin = noted_begin  # type: ignore[method-assign, assignment]


def main() -> None:
    """Answer lines until there are no more."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    # What a plugin prints is not for us.
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, 1)
    os.dup2(nothing, 2)
    trace, confinement = Trace(), confine.Confinement()
    asset = prepared()
    trace.install()
    confine.install(confinement)
    _say(answers, {"ready": True})
    for line in sys.stdin:
        request = json.loads(line)
        confinement.allow = tuple(request["allow"])
        confinement.refused.clear()
        trace.clear()
        try:
            found = sent(request, asset)
        except Exception as e:
            found = {"status": "FAILURE", "lines": [type(e).__name__]}
        _say(
            answers,
            {
                **found,
                "sent": trace.sent,
                "http": trace.status,
                "retry_after": trace.retry_after,
                "refused": confinement.refused_calls,
            },
        )


def prepared() -> Any:
    """The settings of all messages, with everything loaded that is loaded late otherwise."""
    import importlib
    import mimetypes

    from apprise import Apprise, AppriseAsset, PersistentStoreMode

    importlib.import_module("encodings.idna")
    mimetypes.init()
    asset = AppriseAsset(
        storage_mode=PersistentStoreMode.MEMORY,
        http_redirects=False,
        pgp_autogen=False,
        pem_autogen=False,
        allow_templates=False,
        plugin_paths=[],
        secure_logging=True,
        service_timeout=0,
        app_id="duplistat",
        app_desc="duplistat",
    )
    # The first one loads all services.
    Apprise.instantiate("json://localhost", asset=asset)
    return asset


def sent(request: dict[str, Any], asset: Any) -> dict[str, Any]:
    """What Apprise says of one message: its word for the status, and its lines about it."""
    from apprise import Apprise, NotifyFormat, NotifyType, OverflowMode

    from duplistat.notify.apprise import REFUSED_SCHEMAS

    service = Apprise.instantiate(request["url"], asset=asset, suppress_exceptions=True)
    if service is None or isinstance(service, list):
        return {"status": "UNREADABLE", "lines": []}
    if REFUSED_SCHEMAS & {*_schemas(service.protocol), *_schemas(service.secure_protocol)}:
        return {"status": "UNREADABLE", "lines": []}
    # The URL has the last word about these otherwise.
    service.redirects = False
    service.verify_certificate = True
    service.socket_connect_timeout = 10
    service.socket_read_timeout = 30
    service.retry = 0
    service.wait = 0
    service.overflow_mode = OverflowMode.TRUNCATE
    title, body = fitted(service, request["title"], request["body"])
    one = Apprise(asset=asset)
    one.add(service)
    result = one.notify(
        body=body,
        title=title,
        notify_type=NotifyType(request["type"]),
        body_format=NotifyFormat.TEXT,
    )
    return {"status": result.status.name, "lines": [entry.message for entry in result.logs()]}


def fitted(service: Any, title: str, body: str) -> tuple[str, str]:
    """Title and body within what the service takes, cut between lines."""
    from apprise import NotifyFormat

    def measure(text: str) -> int:
        return len(html.escape(text)) if service.notify_format == NotifyFormat.HTML else len(text)

    room = service.body_maxlen
    if service.title_maxlen > 0:
        title = fit.start(title, service.title_maxlen, measure)
    else:
        # It stands above the body then.
        title = fit.start(title, max(20, room // 2), measure)
        room -= measure(title) + 4
    if service.body_max_line_count > 0:
        body = "\n".join(body.split("\n")[: service.body_max_line_count])
    return title, fit.lines(body, max(1, room), measure)


def _schemas(names: Any) -> tuple[str, ...]:
    """What stands in a plugin as one name or several; one of them has a number by mistake."""
    if isinstance(names, str):
        return (names,)
    return tuple(names) if isinstance(names, (tuple, list)) else ()


def _say(answers: TextIO, content: dict[str, Any]) -> None:
    answers.write(json.dumps(content) + "\n")
    answers.flush()


if __name__ == "__main__":
    main()
