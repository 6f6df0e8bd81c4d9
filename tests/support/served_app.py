"""An application on a port, in this process."""

import contextlib
import threading
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from flask import Flask
from werkzeug.serving import make_server

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment


@contextlib.contextmanager
def served_app(app: Flask) -> Iterator[str]:
    """Its address, until the end of the block."""

    def closing(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        # werkzeug's server does not close an answer, such as a file, when its client resets the connection.
        answer = app(environ, start_response)
        try:
            # Not `yield from`, which closes it as well when nobody reads on.
            for piece in answer:  # noqa: UP028
                yield piece
        finally:
            if hasattr(answer, "close"):
                answer.close()

    server = make_server("127.0.0.1", 0, closing, threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
