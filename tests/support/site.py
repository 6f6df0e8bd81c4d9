"""A server under test: its application, its database, its clock."""

from typing import Any, Unpack

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from duplistat.app import create_app
from duplistat.config import Config
from duplistat.core.reason import load
from duplistat.core.reason_words import words
from duplistat.core.times import from_ms
from duplistat.services.access import api_keys
from duplistat.services.access.api_keys import Scope
from duplistat.services.audit import BY_COMMAND, By, Signature
from duplistat.services.commands import Direct, schedule_defaults
from duplistat.services.jobs.settings import JobChanges, set_job
from duplistat.services.monitoring.learning import learn_noted
from duplistat.services.monitoring.sweep import Swept, sweep
from duplistat.services.servers.settings import ServerChanges, set_server
from duplistat.store import accounts, deliveries, jobs, runs, servers, transitions
from duplistat.store.database import Database
from duplistat.store.deliveries import Delivery
from duplistat.store.jobs import Job
from duplistat.store.runs import Run
from duplistat.store.servers import Server
from duplistat.store.transitions import Transition
from tests.support.bodies import JSON, as_bytes
from tests.support.clock import Clock
from tests.support.known import the_account
from tests.support.signing import session, sign_in


class Site:
    """Everything in one process. Without words of its own a request comes from 127.0.0.1, without a key."""

    def __init__(self, config: Config, db: Database, now: Clock) -> None:
        self.config = config
        self.db = db
        self.now = now
        self.app = create_app(config, db=db, now=now)
        self.writes = Direct(db, config)
        self.schedule_defaults = schedule_defaults(config)

    def client(self) -> FlaskClient:
        return self.app.test_client()

    def post(
        self,
        body: bytes | str | dict[str, Any],
        *,
        query: str = "",
        kind: str = JSON,
        headers: dict[str, str] | None = None,
        address: str = "127.0.0.1",
    ) -> TestResponse:
        return self.client().post(
            f"/api/upload{query}",
            data=as_bytes(body),
            content_type=kind,
            headers=headers,
            environ_base={"REMOTE_ADDR": address},
        )

    def record(self, body: bytes | str | dict[str, Any], **request: Any) -> dict[str, Any]:
        """Post a body that is a report; what was answered."""
        response = self.post(body, **request)
        assert response.status_code == 200, response.text
        content: dict[str, Any] = response.get_json()
        return content

    def get(self, path: str, **headers: str) -> TestResponse:
        return self.client().get(path, headers=headers)

    def page(self, path: str) -> TestResponse:
        """A page as an admin of `main` sees it."""
        client, owner = self.client(), the_account(self.db, "main")
        assert owner is not None
        sign_in(client, session(self.db, owner.id, self.now()))
        return client.get(path)

    def read(self, path: str, **headers: str) -> dict[str, Any]:
        """The JSON of an answer that must be 200."""
        response = self.get(path, **headers)
        assert response.status_code == 200, response.text
        content: dict[str, Any] = response.get_json()
        return content

    def summary(self) -> dict[str, Any]:
        return self.read("/api/summary")

    def sweep(self) -> Swept:
        return self.writes.run(sweep, now=self.now())

    def learn(self) -> int:
        """Let the clock learn what is noted; of how many jobs it did."""
        return learn_noted(self.db, self.writes, self.schedule_defaults, self.now)

    def signature(self, by: By = BY_COMMAND) -> Signature:
        """What every command that is noted takes: in the name of the command line or of another, now."""
        return {"by": by.plain(), "now": self.now()}

    def set_job(self, job: Job, **changes: Unpack[JobChanges]) -> None:
        self.writes.run(set_job, job=job.id, changes=changes, **self.signature())

    def set_server(self, server: int, **changes: Unpack[ServerChanges]) -> None:
        self.writes.run(set_server, server=server, changes=changes, **self.signature())

    def key(
        self, *scopes: Scope, account: str = "main", name: str = "k", expires_at: int | None = None
    ) -> str:
        owner = the_account(self.db, account)
        assert owner is not None
        return api_keys.create(
            self.db, account=owner.id, name=name, scopes=scopes, now=self.now(), expires_at=expires_at
        )

    def account(self, name: str, parent: str | None = None) -> int:
        above = the_account(self.db, parent) if parent else None
        with self.db.transaction():
            made = accounts.create(self.db, name, above, self.now())
        assert made is not None
        return made.id

    @property
    def everyone(self) -> tuple[int, ...]:
        return tuple(account.id for account in accounts.all_accounts(self.db))

    def jobs(self) -> list[Job]:
        return jobs.visible(self.db, self.everyone)

    def job(self, name: str = "Documents") -> Job:
        (found,) = [job for job in self.jobs() if job.name == name]
        return found

    def servers(self) -> list[Server]:
        return sorted(servers.visible(self.db, self.everyone), key=lambda server: server.id)

    def runs(self, job: str = "Documents") -> list[Run]:
        """The runs of a job, oldest first."""
        return list(runs.all_of_job(self.db, self.job(job).id))

    def run(self, id: int) -> Run:
        found = runs.get(self.db, id)
        assert found is not None
        return found

    def deliveries(self) -> list[Delivery]:
        """Oldest first."""
        return deliveries.recent(self.db, limit=1000)[::-1]

    def transitions(self, job: str = "Documents") -> list[Transition]:
        """Oldest first."""
        return transitions.transitions(self.db, self.job(job).id, limit=1000)[::-1]

    def why(self, job: str = "Documents") -> str:
        """Why its health changed last, in English with times in UTC."""
        last = self.transitions(job)[-1]
        pieces = words(load(last.reason), last.at)
        return "".join(
            f"{from_ms(piece):%d %b %Y %H:%M} UTC" if isinstance(piece, int) else piece for piece in pieces
        )

    def states(self, job: str = "Documents") -> list[str]:
        """The states that a job went through."""
        return [transition.after for transition in self.transitions(job)]
