"""A simulated Duplicati server: its REST API over HTTP or HTTPS, of 2.1 and newer or of 2.0, with faults by name."""

import base64
import hashlib
import ipaddress
import json
import secrets
import ssl
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, quote, unquote, urlsplit

from tests.support.certificates import Certificate
from tests.support.duplicati_jobs import Job, Jobs, Task

FAULTS = ("slow", "wrong password", "500", "locked", "hang", "drip", "closes", "redirect", "not json", "huge")
MACHINE_ID = "4f1d2c3b5a6978870123456789abcdef"
Answer = tuple[int, Any]
NOT_FOUND: Answer = (404, {"Error": "Not found", "Code": 404})


class DuplicatiServer(Jobs):
    """Answers on 127.0.0.1 from `listen` to `close`, or in a `with` statement.

    `fault` is one of FAULTS or "", for requests whose path holds `fault_at`. `seen` are all requests:
    (method, path, headers).
    """

    def __init__(
        self, *, old: bool = False, password: str = "", certificate: Certificate | None = None
    ) -> None:
        super().__init__()
        self.old = old
        self.password = password
        self.certificate = certificate
        self.machine_name, self.machine_id = "nas", MACHINE_ID
        self.version = "2.0.8.1" if old else "2.2.0.3"
        # What its clock shows, with an offset; not told when empty.
        self.time = ""
        self.hosts = {"localhost"}
        self.fault = ""
        self.fault_at = "/api/v1/"
        # How long "slow" waits and each byte of "drip" takes, seconds.
        self.pace = 0.05
        self.seen: list[tuple[str, str, dict[str, str]]] = []
        # What is good as a sign-in: bearer tokens, or values of session-auth. Cleared, all is over.
        self.sessions: set[str] = set()
        self.xsrf = base64.b64encode(secrets.token_bytes(32)).decode()
        self.nonces: dict[str, bytes] = {}
        self.salt = secrets.token_bytes(16)
        self.over = threading.Event()
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        self._http.duplicati = self  # type: ignore[attr-defined]  # how a handler finds it
        if certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate.file)
            # The handshake is the handler's, in its own thread.
            self._http.socket = context.wrap_socket(
                self._http.socket, server_side=True, do_handshake_on_connect=False
            )
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True)

    @property
    def port(self) -> int:
        return int(self._http.server_address[1])

    def listen(self) -> "DuplicatiServer":
        self._thread.start()
        return self

    def close(self) -> None:
        self.over.set()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    def __enter__(self) -> "DuplicatiServer":
        return self.listen()

    def __exit__(self, *_: object) -> None:
        self.close()

    # The API, behind the sign-in.

    def answer(self, method: str, path: str, query: dict[str, list[str]]) -> Answer:
        match method, path.removeprefix("/api/v1/").split("/"):
            case "GET", ["systeminfo"]:
                return 200, self._system()
            case "GET", ["backups"]:
                return 200, [self._listed(job) for job in self.jobs.values()]
            case "GET", ["backup", id, "log"] if id in self.jobs:
                return 200, _page(self.jobs[id], query)
            case "POST", ["backup", id, "run" | "start"] if id in self.jobs:
                return 200, {"Status": "OK", "ID": self.start(self.jobs[id]).id}
            case "GET", ["task", id] if int(id) in self.tasks:
                task = self.tasks[int(id)]
                said = {
                    "Status": task.status,
                    "ID": task.id,
                    "ErrorMessage": task.error,
                    "Exception": task.error,
                }
                if self.automatic:
                    self.step(task.id)
                return 200, said
            case "GET", ["serverstate"]:
                return 200, self._state()
            case "GET", ["progressstate"] if self.tasks:
                return 200, _progress(self.active or list(self.tasks.values())[-1])
            case "GET", ["progressstate"]:
                return 404, {"Error": "No active backup", "Code": 404}
        return NOT_FOUND

    def _system(self) -> dict[str, Any]:
        common = {
            "APIVersion": 1,
            "ServerVersion": self.version,
            "ServerVersionType": "Stable",
            "OSType": "Linux",
            "OSVersion": "Debian GNU/Linux 12",
            "MachineName": self.machine_name,
            "Options": [{"Name": "machine-id", "Type": "String", "DefaultValue": self.machine_id}],
        } | ({"ServerTime": self.time} if self.time else {})
        return common if self.old else common | {"ServerTimeZone": "Europe/Berlin"}

    def _listed(self, job: Job) -> dict[str, Any]:
        backup: dict[str, Any] = {
            "ID": job.id,
            "Name": job.name,
            "TargetURL": job.target,
            "Metadata": job.metadata,
            "Tags": job.tags,
        }
        if self.old:
            return {
                "Backup": backup | {"Tags": None, "Sources": None, "Settings": None},
                "Schedule": job.schedule,
                "IsUnencryptedOrPassphraseStored": True,
            }
        return {"Backup": backup | {"Description": "", "Sources": ["/home"]}, "Schedule": job.schedule}

    def _state(self) -> dict[str, Any]:
        task = self.active
        return {
            "ActiveTask": {"Item1": task.id, "Item2": task.job.id} if task else None,
            "ProgramState": "Paused" if self.paused else "Running",
            "SuggestedStatusIcon": "Active" if task else "Ready",
        }


def _page(job: Job, query: dict[str, list[str]]) -> list[dict[str, Any]]:
    size = min(500, max(10, int(query.get("pagesize", ["100"])[0])))
    before = int(query.get("offset", [str(2**62)])[0])
    return [entry for entry in reversed(job.log) if entry["ID"] < before][:size]


def _progress(task: Task) -> dict[str, Any]:
    running = task.status == "Running"
    return {
        "BackupID": task.job.id,
        "TaskID": task.id,
        "BackendSpeed": 1048576 if running else -1,
        "Phase": "Backup_ProcessingFiles" if running else "Backup_Complete",
        "OverallProgress": 0.25 if running else 1.0,
        "ProcessedFileCount": 250,
        "ProcessedFileSize": 1000,
        "TotalFileCount": 1000,
        "TotalFileSize": 4000,
        "StillCounting": running,
    }


class _Handler(BaseHTTPRequestHandler):
    """Host, faults, sign-in, then the API."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    @property
    def duplicati(self) -> DuplicatiServer:
        return self.server.duplicati  # type: ignore[attr-defined, no-any-return]  # set beside it

    def handle(self) -> None:
        try:
            super().handle()
        except (OSError, ValueError):
            # The other side hung up, or did not trust us.
            self.close_connection = True

    def log_message(self, format: str, *arguments: Any) -> None:
        pass

    def do_GET(self) -> None:
        self._serve("GET")

    def do_POST(self) -> None:
        self._serve("POST")

    def _serve(self, method: str) -> None:
        server = self.duplicati
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        url = urlsplit(self.path)
        server.seen.append((method, self.path, dict(self.headers.items())))
        host = urlsplit(f"//{self.headers['Host']}").hostname or ""
        if host not in server.hosts and not _is_address(host):
            return self._send(403, {"Error": f"The hostname {host} is not allowed", "Code": 403})
        if server.fault and server.fault_at in url.path and self._fails(server.fault):
            return None
        signing = self._sign_in_old if server.old else self._sign_in_new
        if not signing(method, url.path, body):
            self._send(*server.answer(method, url.path, parse_qs(url.query)))
        return None

    def _fails(self, fault: str) -> bool:
        """Answer wrongly; False when the right answer is to follow."""
        over, pace = self.duplicati.over, self.duplicati.pace
        match fault:
            case "slow":
                over.wait(pace)
                return False
            case "wrong password":
                self._send(401, {"Error": "Failed to log in", "Code": 401})
            case "500":
                self._send(500, {"Error": "Object reference not set", "Code": 500})
            case "locked":
                locked = {"Error": "The database is locked", "Code": 400, "HelpId": "DatabaseLocked"}
                self._send(400, locked)
            case "hang":
                over.wait(60)
                self.close_connection = True
            case "drip":
                self._head(200, 1000)
                while not over.wait(pace):
                    self.wfile.write(b" ")
            case "closes":
                self._head(200, 1000)
                self.wfile.write(b'{"MachineName": "n')
                self.close_connection = True
            case "redirect":
                self._send(302, "", Location="http://127.0.0.1:1/elsewhere")
            case "not json":
                self._send(200, "<html>nothing</html>")
            case "huge":
                self._head(200, 64 * 1024**2)
                for _ in range(64):
                    self.wfile.write(b" " * 1024**2)
            case _:
                raise AssertionError(fault)
        return True

    def _sign_in_new(self, method: str, path: str, body: bytes) -> bool:
        """Whether the request was about the sign-in, or lacks it; it is answered then."""
        server = self.duplicati
        if (method, path) == ("POST", "/api/v1/auth/login"):
            if json.loads(body)["Password"] != server.password:
                self._send(401, {"Error": "Failed to log in", "Code": 401})
            else:
                self._send(200, {"AccessToken": self._session(), "RefreshNonce": None})
        elif not path.startswith("/api/"):
            self._send(200, "<html>Duplicati</html>")
        elif (
            server.password and self.headers.get("Authorization", "").partition(" ")[2] not in server.sessions
        ):
            self._send(401, "")
        else:
            return False
        return True

    def _sign_in_old(self, method: str, path: str, body: bytes) -> bool:
        server = self.duplicati
        cookies = dict(part.strip().partition("=")[::2] for part in self.headers.get("Cookie", "").split(";"))
        token = quote(server.xsrf, safe="")
        if path.startswith("/api/"):
            signed = cookies.get("session-auth") in server.sessions
            if self.headers.get("X-XSRF-Token") != server.xsrf or cookies.get("xsrf-token") != token:
                self._send(400, {"Error": "Missing XSRF Token. Please reload the page"})
            elif server.password and not signed:
                self._send(401, {"Error": "Not logged in"})
            else:
                return False
        elif (method, path) == ("POST", "/login.cgi"):
            self._log_in(parse_qs(body.decode()), cookies)
        else:
            # Expired for whoever's clock is ahead.
            self._send(
                200,
                "<html>Duplicati</html>",
                Set_Cookie=f"xsrf-token={token}; expires=Thu, 01 Jan 2015 00:00:00 GMT; path=/",
            )
        return True

    def _log_in(self, form: dict[str, list[str]], cookies: dict[str, str]) -> None:
        server = self.duplicati
        if "get-nonce" in form:
            nonce = secrets.token_bytes(32)
            name = secrets.token_hex(8)
            server.nonces[name] = nonce
            salted = {"Status": "OK", "Nonce": _base64(nonce), "Salt": _base64(server.salt)}
            return self._send(200, salted, Set_Cookie=f"session-nonce={name}; path=/login.cgi")
        used = server.nonces.pop(cookies.get("session-nonce", ""), b"")
        inner = hashlib.sha256(server.password.encode() + server.salt).digest()
        if not used or form.get("password") != [_base64(hashlib.sha256(used + inner).digest())]:
            return self._send(401, {"Error": "Unauthorized"})
        return self._send(200, {"Status": "OK"}, Set_Cookie=f"session-auth={self._session()}; path=/")

    def _session(self) -> str:
        made = secrets.token_urlsafe(16)
        self.duplicati.sessions.add(made)
        return made

    def _send(self, status: int, content: Any, **headers: str) -> None:
        text = content if isinstance(content, str) else json.dumps(content)
        body = text.encode("utf-8-sig" if self.duplicati.old and text else "utf-8")
        self._head(status, len(body), **headers)
        self.wfile.write(body)

    def _head(self, status: int, length: int, **headers: str) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(length))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(unquote(host))
    except ValueError:
        return False
    return True
