"""A proxy that gathers a stream of events before it passes it on, as virus scanners and proxies of companies do."""

import contextlib
import http.client
import socket
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import urlsplit


class BufferingProxy(ThreadingHTTPServer):
    """Passes each request on to `server`, and its answer back when it has all of it.

    An event stream has no end; so nothing of it arrives, but its headers if it `passes_headers`. While it `buffers` no
    more, streams arrive as they come. `streams` is how many were asked for.
    """

    daemon_threads = True

    def __init__(self, server: str, *, passes_headers: bool) -> None:
        super().__init__(("127.0.0.1", 0), _Request)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.behind = urlsplit(server).netloc
        self.passes_headers = passes_headers
        self.buffers = True
        self.streams = 0
        self.held: set[socket.socket] = set()

    def let_go(self) -> None:
        """End what it holds, so that the server notices."""
        for each in tuple(self.held):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)


class _Request(BaseHTTPRequestHandler):
    server: BufferingProxy

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        connection = http.client.HTTPConnection(self.server.behind)
        with contextlib.closing(connection):
            try:
                connection.request(self.command, self.path, body, dict(self.headers))
            except ConnectionRefusedError:
                return self.send_error(502)
            # An answer that ends with its connection takes it away.
            with connection.sock.dup() as held:
                self.server.held.add(held)
                self._answer(connection.getresponse())
                self.server.held.discard(held)

    do_POST = do_GET

    def _answer(self, answer: http.client.HTTPResponse) -> None:
        stream = answer.headers.get_content_type() == "text/event-stream"
        self.server.streams += stream
        if not stream or self.server.passes_headers or not self.server.buffers:
            self._begin(answer)
        with contextlib.suppress(OSError, http.client.HTTPException):
            while piece := answer.read1():
                if not stream or not self.server.buffers:
                    self.wfile.write(piece)

    def _begin(self, answer: http.client.HTTPResponse) -> None:
        self.send_response_only(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in ("connection", "transfer-encoding"):
                self.send_header(name, value)
        self.end_headers()

    def log_message(self, *_args: object) -> None:
        """Nothing: it is no part of what a test says."""


@contextlib.contextmanager
def buffering(server: str, *, passes_headers: bool = True) -> Iterator[BufferingProxy]:
    """Such a proxy before the server of this address."""
    with BufferingProxy(server, passes_headers=passes_headers) as proxy:
        thread = Thread(target=proxy.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield proxy
        finally:
            proxy.shutdown()
            thread.join()
            proxy.let_go()
