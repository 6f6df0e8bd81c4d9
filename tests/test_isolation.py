"""Nobody sees what belongs to a stranger: every endpoint and every page, for each of a standing cast.

    owner            a partner
    └─ customer
       └─ subuser
    stranger         a root of its own
    main             has `admin`, a key that may do everything there
    └─ tenant

Each account has a server, a job, a run with a log, an event and a delivery, all with a name of its own in them. It has
a person, too, with a service (the server, as an agent) and a contact, to whom the service is assigned.
Pages are asked with a session of that account, with as little as the page needs; that of `subuser` is a contact's.
"""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from duplistat.apis.backuprun.api import CALLS as ALL_CALLS
from duplistat.config import Config
from duplistat.core.errors import DuplistatError
from duplistat.services.access import oauth_clients
from duplistat.services.access.api_keys import Scope
from duplistat.services.access.oauth_clients import Scope as ClientScope
from duplistat.services.agents.run_uuid import id_of
from duplistat.services.alerts.digests import add_digest
from duplistat.services.people.identity import Role
from duplistat.services.servers.settings import find_server
from duplistat.store import notices, problems
from duplistat.store import rules as rules_store
from duplistat.store.database import Database
from duplistat.store.services import FIRST_NUMBER
from duplistat.web.access import NEEDS
from tests.conftest import BOTH, prepared_database
from tests.support.alerting import Alerting
from tests.support.bodies import duplicati
from tests.support.clock import Clock
from tests.support.doors import contents, doors
from tests.support.known import the_account
from tests.support.people import People, Person
from tests.support.signing import session, sign_in
from tests.support.silences import set_silence
from tests.support.site import Site

TREE = {"owner": None, "customer": "owner", "subuser": "customer", "stranger": None, "tenant": "main"}
SEEN = {
    "owner": {"owner", "customer", "subuser"},
    "customer": {"customer", "subuser"},
    "subuser": {"subuser"},
    "stranger": {"stranger"},
    "tenant": {"tenant"},
    "main": {"main", "tenant"},
}
START = "2026-01-28T02:00:00Z"
A_MARK = re.compile(r"mark-(\w+?)-mark")


@dataclass(frozen=True)
class Things:
    """What one account has; ids of ours."""

    account: int
    server: int
    job: int
    run: int
    event: int
    delivery: int
    service: int
    contact: int
    problem: int
    notice: int
    rule: int
    silence: int
    channel: int
    digest: int

    @property
    def number(self) -> str:
        """The number of the service."""
        return f"V{FIRST_NUMBER + self.service}"


# Ids that nothing has.
NOBODY = Things(*[10**9] * 14)


class Cast:
    def __init__(self, site: Site) -> None:
        self.site = site
        self.keys: dict[str, str] = {}
        self.admins: dict[str, str] = {}
        self.tokens: dict[str, str] = {}
        self.things: dict[str, Things] = {}
        self.people: dict[str, Person] = {}
        self.contacts: dict[str, Person] = {}
        self._signed_in: dict[tuple[str, Role], tuple[FlaskClient, str]] = {}
        for name, parent in TREE.items():
            site.account(name, parent=parent)
        for name in SEEN:
            self._settle(name)

    def _settle(self, name: str) -> None:
        """Keys, and one of everything."""
        owner = the_account(self.site.db, name)
        assert owner is not None
        # What may do everything sees no more than what may only read.
        scope = Scope.ADMIN if name == "main" else Scope.READ
        self.keys[name] = self.site.key(scope, Scope.INGEST, account=name, name="all")
        self.admins[name] = self.site.key(*Scope, account=name, name="changes")
        client_id, secret = oauth_clients.create(
            self.site.db, account=owner.id, name="", scopes=list(ClientScope), now=0
        )
        form = {"grant_type": "none", "client_id": client_id, "client_secret": secret}
        self.tokens[name] = self.site.client().post("/oauth2/token", data=form).get_json()["access_token"]
        mark, headers = f"mark-{name}-mark", {"X-Api-Key": self.keys[name]}
        lines = [f"2026-01-28 02:00:00 +00 - [Error-a-b]: {mark}"]
        body = duplicati(
            START, job=f"job {mark}", server=f"server {mark}", machine=f"m-{mark}", result="Error"
        )
        ids = self.site.record(body | {"LogLines": lines}, headers=headers)["data"]
        event = {"deviceName": f"device {mark}", "timestamp": START, "severity": "info", "type": mark}
        answer = self.site.client().post("/api/ingest/notification", json=event, headers=headers)
        (job,) = [job for job in self.site.jobs() if mark in job.name]
        (delivery,) = [d.id for d in self.site.deliveries() if d.run == ids["backupId"]]
        service, contact = self._sign_in(name, f"server {mark}")
        self.things[name] = Things(
            owner.id,
            ids["serverId"],
            job.id,
            ids["backupId"],
            answer.get_json()["data"]["notificationId"],
            delivery,
            service,
            contact,
            *self._alert(owner.id, mark, job.id),
        )

    def _alert(self, account: int, mark: str, job: int) -> tuple[int, int, int, int, int, int]:
        """Somebody is told of the job: the ids of a problem, a notice, a rule, a silence, a channel and a digest."""
        alerting, db = Alerting(self.site), self.site.db
        channel = alerting.channel(f"channel {mark}", account=account)
        alerting.rule(channel, name=f"rule {mark}", account=account)
        alerting.tick(deliver=False)
        silence = set_silence(self.site.writes, self.site.now(), account=account, why=mark, tags=[mark])
        (problem,) = problems.page(db, (account,), open_only=False, job=job, limit=2)
        (notice,) = [n for n in notices.of_problem(db, problem.id) if n.rule == f"rule {mark}"]
        (rule,) = rules_store.of_accounts(db, (account,))
        digest = self.site.writes.run(
            add_digest,
            account=account,
            changes={"name": f"digest {mark}", "channels": [channel]},
            **self.site.signature(),
        )
        return problem.id, notice.id, rule.id, silence, channel, digest

    def _sign_in(self, name: str, machine: str) -> tuple[int, int]:
        """A person with a service, which is a machine, and with a contact; the ids of both."""
        people = People(self.site)
        person = self.people[name] = people.signed_in(f"{name}@example.org", account=name)
        form = {"type": "VDS", "location": "527", "agent": "127.0.0.1", "agent_port": "1167"}
        agent = person.call("addService", **form, Name=machine).root[1].attrib
        contact = people.contact(person, f"contact-{name}@example.org")
        kim = self.contacts[name] = people.nobody()
        assert kim.sign_in(f"contact-{name}@example.org").code == ""
        given = {"sc_id": agent["id"], "service_action": "set_subuser", "subuser_id": str(contact)}
        assert person.call("editService", **given).code == ""
        return int(agent["id"]), contact

    def ask(self, address: str, who: str) -> TestResponse:
        """As `who` asks: with a token or a key where there are some, on pages with a session."""
        if address.startswith("/v1/"):
            return self.site.get(address, Authorization=f"OAuth {self.tokens[who]}")
        if address == "/api/health":
            # Prometheus gets the metrics there.
            return self.site.get(address, **{"X-Api-Key": self.keys[who], "Accept": "text/plain"})
        if address.startswith(("/api/", "/metrics")):
            return self.site.get(address, **{"X-Api-Key": self.keys[who]})
        return self.signed_in(who, self.needed(address, "GET"))[0].get(address)

    def needed(self, address: str, method: str) -> Role:
        """What the least of those may be who reach an address of the pages."""
        endpoint, _ = self.site.app.url_map.bind("x").match(address.partition("?")[0], method)
        role, _ = getattr(self.site.app.view_functions[endpoint], NEEDS, (Role.VIEWER, False))
        return Role(role)

    def signed_in(self, who: str, role: Role) -> tuple[FlaskClient, str]:
        """Somebody of an account, let in once; the token of the forms."""
        if who == "subuser" and role is Role.VIEWER:
            role = Role.CONTACT
        if (who, role) not in self._signed_in:
            client, site = self.site.client(), self.site
            token = sign_in(client, session(site.db, self.things[who].account, site.now(), role))
            self._signed_in[who, role] = client, token
        return self._signed_in[who, role]


@pytest.fixture(scope="module", params=BOTH)
def cast(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cast]:
    """One for all tests on a database that change nothing: it takes far longer to make than to ask."""
    folder = tmp_path_factory.mktemp("cast")
    with prepared_database(request, request.param, folder) as url:
        db = Database(url, pool=30)
        config = Config(data=folder, server={"timezone": "UTC"}, database={"url": url})
        yield Cast(Site(config, db, Clock("2026-01-28T12:00:00Z")))
        db.close_all()


@pytest.fixture
def changing(both_databases: str, site: Site) -> Cast:
    """One for a test that changes something."""
    return Cast(site)


# Each rule of the application, with an address of one account's thing in it. `{}` is the account's name.
OF_ONE: dict[str, Callable[[str, Things], str]] = {
    "/servers/<int:number>": lambda _, t: f"/servers/{t.server}",
    "/jobs/<int:number>": lambda _, t: f"/jobs/{t.job}",
    "/jobs/<int:number>.csv": lambda _, t: f"/jobs/{t.job}.csv",
    "/jobs/<int:number>/restore-points": lambda _, t: f"/jobs/{t.job}/restore-points",
    "/jobs/<int:number>/series.json": lambda _, t: f"/jobs/{t.job}/series.json",
    "/jobs/<int:number>/delete": lambda _, t: f"/jobs/{t.job}/delete",
    "/servers/<int:number>/edit": lambda _, t: f"/servers/{t.server}/edit",
    "/alerts/problems/<int:number>": lambda _, t: f"/alerts/problems/{t.problem}",
    "/alerts/notices/<int:number>": lambda _, t: f"/alerts/notices/{t.notice}",
    "/alerts/channels/<int:number>": lambda _, t: f"/alerts/channels/{t.channel}",
    "/alerts/channels/<int:number>/texts": lambda _, t: f"/alerts/channels/{t.channel}/texts",
    "/alerts/rules/<int:number>": lambda _, t: f"/alerts/rules/{t.rule}",
    "/digest/settings/<int:number>": lambda _, t: f"/digest/settings/{t.digest}",
    "/runs/<int:number>": lambda _, t: f"/runs/{t.run}?level=all",
    "/deliveries/<int:number>": lambda _, t: f"/deliveries/{t.delivery}",
    "/deliveries/<int:number>/view": lambda _, t: f"/deliveries/{t.delivery}/view",
    "/partners/<int:number>": lambda _, t: f"/partners/{t.account}",
    "/partners/<int:number>.csv": lambda _, t: f"/partners/{t.account}.csv",
    "/api/lastbackup/<name:server_id>": lambda _, t: f"/api/lastbackup/{t.server}",
    "/api/lastbackups/<name:server_id>": lambda _, t: f"/api/lastbackups/{t.server}",
    "/api/v1/servers/<int:id>": lambda _, t: f"/api/v1/servers/{t.server}",
    "/api/v1/jobs/<int:id>": lambda _, t: f"/api/v1/jobs/{t.job}",
    "/api/v1/jobs/<int:id>/expectation": lambda _, t: f"/api/v1/jobs/{t.job}/expectation",
    "/api/v1/runs/<int:id>": lambda _, t: f"/api/v1/runs/{t.run}",
    "/api/v1/runs/<int:id>/log": lambda _, t: f"/api/v1/runs/{t.run}/log",
    "/api/v1/events/<int:id>": lambda _, t: f"/api/v1/events/{t.event}",
    "/api/v1/problems/<int:id>": lambda _, t: f"/api/v1/problems/{t.problem}",
    "/api/v1/notices/<int:id>": lambda _, t: f"/api/v1/notices/{t.notice}",
    "/api/v1/channels/<int:id>": lambda _, t: f"/api/v1/channels/{t.channel}",
    "/api/v1/rules/<int:id>": lambda _, t: f"/api/v1/rules/{t.rule}",
    "/api/v1/silences/<int:id>": lambda _, t: f"/api/v1/silences/{t.silence}",
    "/api/v1/checks/<name>": lambda _, t: f"/api/v1/checks/{t.job:040x}",
    "/api/v2/checks/<name>": lambda _, t: f"/api/v2/checks/{t.job:040x}",
    "/api/v3/checks/<name>": lambda _, t: f"/api/v3/checks/{t.job:040x}",
    "/api/status-page/<slug>": lambda n, _: f"/api/status-page/server-mark-{n}-mark",
    "/v1/partners/<name:username>/reports/backup_status": lambda n, _: (
        f"/v1/partners/{n}/reports/backup_status"
    ),
}
# Each call of /api.php that takes an id, with one of one account's things in it.
HINT = "install-on-Linux"
CALLS: dict[str, Callable[[Things], dict[str, str]]] = {
    "updateContactData": lambda t: {"contact_id": str(t.contact), "telephone": "1"},
    "removeContact": lambda t: {"contact_id": str(t.contact)},
    "activateAgent": lambda t: {"agent-id": str(t.service), "agent_port": "8200"},
    "setActivationHint": lambda t: {"service_id": t.number, "activation_hint": HINT},
    "setServiceConfigured": lambda t: {"service_id": t.number, "activation_hint": HINT},
    "runPolicy": lambda t: {"service_id": t.number, "activation_hint": HINT},
    "getBackupStatus": lambda t: {"service_id": t.number},
    "getTaskDetailById": lambda t: {"taskExecutionContextId": id_of(t.run)},
    "editService": lambda t: {"sc_id": str(t.service), "service_action": "terminate"},
}
OF_NO_ID = {
    *("registerNewUser", "login", "recoverPassword", "resetPassword"),
    *("addContact", "updateUserData", "addService", "getStatus"),
}
# Those that answer about everything that a caller sees; with filters that name a thing of one account.
OF_ALL: dict[str, tuple[Callable[[Things], str], ...]] = {
    "/": (lambda _: "/",),
    "/servers": (lambda _: "/servers",),
    "/events": (lambda _: "/events",),
    "/runs": (lambda _: "/runs", lambda t: f"/runs?server={t.server}"),
    "/schedules": (lambda _: "/schedules",),
    "/schedules.csv": (lambda _: "/schedules.csv",),
    "/calendar": (lambda _: "/calendar",),
    "/trends": (lambda _: "/trends",),
    "/alerts": (lambda _: "/alerts",),
    "/alerts/notices": (lambda _: "/alerts/notices",),
    "/alerts/silences": (lambda _: "/alerts/silences",),
    "/alerts/channels": (lambda _: "/alerts/channels",),
    "/alerts/rules": (lambda _: "/alerts/rules",),
    "/alerts/rules/new": (lambda _: "/alerts/rules/new",),
    "/alerts/rules/coverage": (lambda _: "/alerts/rules/coverage",),
    "/digest": (lambda _: "/digest",),
    "/digest/<day>": (lambda _: "/digest/2026-01-28",),
    "/digest/settings": (lambda _: "/digest/settings",),
    "/evidence": (lambda _: "/evidence",),
    "/api/v1/evidence": (lambda _: "/api/v1/evidence?from=2026-01-01T00:00:00Z",),
    "/evidence.<any(json, csv, html):kind>": (lambda _: "/evidence.json",),
    "/partners": (lambda _: "/partners",),
    "/partners.csv": (lambda _: "/partners.csv",),
    "/metrics": (lambda _: "/metrics",),
    "/api/health": (lambda _: "/api/health",),
    "/api/v1/servers": (lambda _: "/api/v1/servers",),
    "/api/v1/jobs": (lambda _: "/api/v1/jobs", lambda t: f"/api/v1/jobs?server={t.server}"),
    "/api/v1/runs": (
        lambda _: "/api/v1/runs",
        lambda t: f"/api/v1/runs?server={t.server}",
        lambda t: f"/api/v1/runs?job={t.job}",
    ),
    "/api/v1/events": (lambda _: "/api/v1/events", lambda t: f"/api/v1/events?server={t.server}"),
    "/api/v1/problems": (lambda _: "/api/v1/problems", lambda t: f"/api/v1/problems?job={t.job}"),
    "/api/v1/notices": (lambda _: "/api/v1/notices", lambda t: f"/api/v1/notices?channel={t.channel}"),
    "/api/v1/channels": (lambda _: "/api/v1/channels",),
    "/api/v1/rules": (lambda _: "/api/v1/rules",),
    "/api/v1/silences": (lambda _: "/api/v1/silences",),
    "/api/v1/checks/": (lambda _: "/api/v1/checks/",),
    "/api/v2/checks/": (lambda _: "/api/v2/checks/",),
    "/api/v3/checks/": (lambda _: "/api/v3/checks/",),
    "/api/v1/endpoints/statuses": (lambda _: "/api/v1/endpoints/statuses",),
}
# What programs do with a job.
OF_JOBS = (
    ("POST", "schedule/preview"),
    ("POST", "schedule/learned"),
    ("POST", "schedule/kept"),
    ("POST", "pause"),
    ("POST", "resume"),
    ("DELETE", "maintenance"),
    ("POST", "acknowledge"),
    ("POST", "dismiss"),
    ("POST", "archive"),
    ("POST", "bring-back"),
    ("POST", "join"),
    ("POST", "unjoin"),
    ("POST", "keep"),
    ("POST", "export"),
)


def of_job(method: str, path: str) -> Callable[[Things], tuple[str, str]]:
    return lambda t: (method, f"/api/v1/jobs/{t.job}/{path}")


# Changes by programs: the method, and an address of one account's thing.
BY_PROGRAMS: dict[str, Callable[[Things], tuple[str, str]]] = {
    "/api/v1/problems/<int:id>/acknowledge": lambda t: ("POST", f"/api/v1/problems/{t.problem}/acknowledge"),
    "/api/v1/notices/<int:id>/retry": lambda t: ("POST", f"/api/v1/notices/{t.notice}/retry"),
    "/api/v1/notices/<int:id>/drop": lambda t: ("POST", f"/api/v1/notices/{t.notice}/drop"),
    "/api/v1/channels/<int:id>/on": lambda t: ("POST", f"/api/v1/channels/{t.channel}/on"),
    "/api/v1/channels/<int:id>/off": lambda t: ("POST", f"/api/v1/channels/{t.channel}/off"),
    "/api/v1/channels/<int:id>/test": lambda t: ("POST", f"/api/v1/channels/{t.channel}/test"),
    "/api/v1/silences/<int:id>/end": lambda t: ("POST", f"/api/v1/silences/{t.silence}/end"),
    **{f"/api/v1/jobs/<int:id>/{path}": of_job(method, path) for method, path in OF_JOBS},
}
# What some of them have to say.
BODIES: dict[str, dict[str, Any]] = {
    "dismiss": {"proof": "restore"},
    "join": {"other_id": 1},
    "unjoin": {"merge_id": 1},
    "keep": {"other_id": 1},
}
# The same, of addresses that are read, too.
BESIDES: dict[str, Callable[[Things], tuple[str, str]]] = {
    "acknowledgement": lambda t: ("DELETE", f"/api/v1/problems/{t.problem}/acknowledge"),
    "channel changed": lambda t: ("PATCH", f"/api/v1/channels/{t.channel}"),
    "channel deleted": lambda t: ("DELETE", f"/api/v1/channels/{t.channel}"),
    "rule changed": lambda t: ("PATCH", f"/api/v1/rules/{t.rule}"),
    "rule deleted": lambda t: ("DELETE", f"/api/v1/rules/{t.rule}"),
    "job changed": lambda t: ("PATCH", f"/api/v1/jobs/{t.job}"),
    "job deleted": lambda t: ("DELETE", f"/api/v1/jobs/{t.job}"),
}
# Those that answer numbers.
COUNTS = {
    "/api/summary": "totalBackups",
    "/api/integration/counts": "errorCount",
}
# Those that tell nothing of any account, or only take in.
OF_NOBODY = {
    # A form with nothing in it; and what whoever has a signed link sees: tests/web/alerts.
    "/alerts/channels/new/<kind>",
    "/n/<token>",
    # Whose it is, its link says: tests/web/test_wall.py.
    "/wall/<token>",
    # Which jobs, its form says: tests/web/test_bulk.py.
    "/jobs/selected",
    # What became of each attempt, without a name: tests/web/alerts.
    "/alerts/notices/<int:number>/attempts",
    # Numbers alone, and jobs that a file names: tests/web/test_trends.py and test_schedules_file.py.
    "/trends/series.json",
    "/schedules/import",
    "/schedules/import/apply",
    "/static/<path:filename>",
    "/app.webmanifest",
    "/worker.js",
    # Jobs that need somebody: tests/web/test_offline.py.
    "/offline",
    # The same for anybody: tests/web/test_documentation.py.
    "/docs/",
    "/docs/<path:name>",
    "/preferences",
    "/language",
    # What somebody sends to an account of their own, or of a key: tests/web/test_test_report.py.
    "/test-report",
    # What somebody saves, of no jobs: tests/web/test_saved_views.py.
    "/views",
    # A number of jobs, for a session: asked in tests of its own.
    "/live",
    # Programs, with the address of the server: the same for anybody.
    "/run.py",
    "/report.sh",
    "/api/ping",
    "/api/docs",
    "/api/openapi.json",
    "/api/upload",
    "/upload",
    "/api/ingest/backup",
    "/api/ingest/notification",
    "/api/report",
    # Who has the address of a job, or a key: tests/apis/test_healthchecks_pings.py, test_other_pings.py.
    "/ping/<first>",
    "/ping/<first>/<second>",
    "/ping/<first>/<second>/<third>",
    "/api/push/<token>",
    "/p/<first>",
    "/p/<first>/<second>",
    "/p/<first>/<second>/<state>",
    "/message",
    # Of jobs that the same caller sees, by number, or of its own account: tests/apis/test_dashboards.py.
    *(f"/api/v{version}/checks/<name>/flips/" for version in (1, 2, 3)),
    *(f"/api/v{version}/{what}/" for version in (1, 2, 3) for what in ("badges", "status")),
    "/api/status-page/heartbeat/<slug>",
    "/v1.Backrest/GetSummaryDashboard",
    # Who has the address of a badge.
    "/b/<int:states>/<code>.<format>",
    "/api/v1/endpoints/<name:key>/external",
    "/oauth2/token",
    "/oauth2/revoke",
    # Of two servers of one account: asked in tests of its own.
    "/servers/<int:number>/merge",
    "/sign-in",
    # Who signed in chooses among the own accounts: tests/access/test_which_account.py.
    "/sign-in/account",
    "/sign-out",
    "/forgotten",
    # Whoever has a code sets a password; tells nothing of anybody.
    "/password",
    "/set-up",
    # Posts alone, each for a session: CALLS.
    "/api.php",
    # Of the jobs of the key's account: tests/apis/native/test_who_may_change.py.
    "/api/v1/rules/try",
}


def plain(rule: str) -> str:
    return re.sub(r"<int\([^)]*\):", "<int:", rule)


def rules(site: Site) -> set[str]:
    return {plain(rule.rule) for rule in site.app.url_map.iter_rules()}


def asked_by_the_document(site: Site) -> set[str]:
    """Addresses of our own API but those below: a stranger asks all of them in tests/apis/native/test_strangers.py."""
    ours = {
        plain(rule.rule)
        for rule in site.app.url_map.iter_rules()
        if rule.rule.startswith("/api/v1/") and rule.endpoint.startswith(("native.", "native_changes."))
    }
    return ours - (OF_ONE.keys() | OF_ALL.keys() | BY_PROGRAMS.keys() | OF_NOBODY)


def changes(site: Site) -> set[str]:
    """Rules that only change one thing: asked for those of strangers below."""
    posts = {plain(rule.rule) for rule, _ in doors(site, "POST") if "<" in rule.rule}
    return posts - {plain(rule.rule) for rule, _ in doors(site, "GET")}


def test_every_rule_and_every_call_is_looked_at(site: Site) -> None:
    # Settings are asked in the name of others in tests/web/settings.
    asked = {
        rule for rule in rules(site) - changes(site) if not rule.startswith("/settings")
    } - asked_by_the_document(site)
    assert asked == OF_ONE.keys() | OF_ALL.keys() | COUNTS.keys() | BY_PROGRAMS.keys() | OF_NOBODY
    assert ALL_CALLS.keys() == CALLS.keys() | OF_NO_ID


@pytest.mark.parametrize("rule", OF_ONE)
def test_a_thing_of_another_is_answered_like_one_that_is_not_there(cast: Cast, rule: str) -> None:
    for who in SEEN:
        missing = cast.ask(OF_ONE[rule]("nobody", NOBODY), who)
        assert missing.status_code == 404
        for name, things in cast.things.items():
            address = OF_ONE[rule](name, things)
            answer = cast.ask(address, who)
            if name in SEEN[who]:
                assert answer.status_code == 200, (who, address)
                assert name in A_MARK.findall(answer.text)
            else:
                # Everybody knows of `main`, and of no other account above their own.
                above = address.startswith("/v1/") and name == "main" and who in SEEN[name]
                assert answer.status_code == (403 if above else 404), (who, address)
                assert not A_MARK.findall(answer.text.replace(f"server mark-{name}-mark", ""))


@pytest.mark.parametrize("rule", OF_ALL)
def test_a_list_holds_what_its_reader_sees_and_nothing_else(cast: Cast, rule: str) -> None:
    whole, *filtered = OF_ALL[rule]
    for who in SEEN:
        address = whole(cast.things["main"])
        answer = cast.ask(address, who)
        assert answer.status_code == 200
        assert set(A_MARK.findall(answer.text)) == SEEN[who], (who, address)
        for make in filtered:
            for name, things in cast.things.items():
                found = set(A_MARK.findall(cast.ask(make(things), who).text))
                assert found <= {name} & SEEN[who], (who, make(things))


@pytest.mark.parametrize("path", COUNTS)
def test_a_count_is_of_what_its_reader_sees(cast: Cast, path: str) -> None:
    for who, seen in SEEN.items():
        content = cast.ask(path, who).get_json()
        number: Any = content.get(COUNTS[path], content.get("totalJobs"))
        assert number == len(seen), (who, content)


def test_the_events_of_a_strangers_device_have_no_page(cast: Cast) -> None:
    for who, seen in SEEN.items():
        for name, things in cast.things.items():
            found = cast.ask(f"/events?server={things.server}", who)
            assert found.status_code == (200 if name in seen else 404)


def test_nothing_of_a_stranger_is_changed(cast: Cast) -> None:
    before = contents(cast.site.db)
    tried = 0
    for rule, _ in doors(cast.site, "POST"):
        kind = rule.rule.split("/")[1]
        if "<" not in rule.rule or kind not in ("jobs", "servers"):
            continue
        for who in SEEN:
            for name in SEEN.keys() - SEEN[who]:
                things = cast.things[name]
                number = str(things.job if kind == "jobs" else things.server)
                address, (client, token) = (
                    re.sub("<[^>]*>", number, rule.rule),
                    cast.signed_in(who, Role.ADMIN),
                )
                assert client.post(address, data={"csrf": token}).status_code == 404, (who, address)
                tried += 1
    after = contents(cast.site.db)
    for table in ("session", "account_user"):
        before[table] = after[table]
    assert after == before
    assert tried


@pytest.mark.parametrize("what", [*BY_PROGRAMS, *BESIDES])
def test_a_program_changes_nothing_of_a_stranger(cast: Cast, what: str) -> None:
    make = (BY_PROGRAMS | BESIDES)[what]
    tables = ("problem", "notice", "channel", "rule", "silence", "idempotency", "job", "job_note", "audit")
    before = contents(cast.site.db)

    def answered(who: str, things: Things) -> tuple[int, bytes]:
        method, address = make(things)
        headers = {"X-Api-Key": cast.admins[who], "Idempotency-Key": "one"}
        body = json.dumps(BODIES.get(address.rpartition("/")[2], {}))
        response = cast.site.client().open(address, method=method, headers=headers, data=body)
        return response.status_code, response.data

    for who, seen in SEEN.items():
        missing = answered(who, NOBODY)
        assert missing[0] == 404
        for name in SEEN.keys() - seen:
            assert answered(who, cast.things[name]) == missing, (who, name)
    after = contents(cast.site.db)
    assert [after[table] for table in tables] == [before[table] for table in tables]


def test_whoever_reports_under_a_strangers_names_makes_things_of_its_own(changing: Cast) -> None:
    body = duplicati(
        START, job="job mark-owner-mark", server="server mark-owner-mark", machine="m-mark-owner-mark"
    )
    made = changing.site.record(body, headers={"X-Api-Key": changing.keys["stranger"]})["data"]
    owner = changing.things["owner"]
    assert made["serverId"] != owner.server
    assert made["backupId"] != owner.run
    assert changing.site.run(owner.run).status == "error"


def test_a_strangers_name_is_answered_like_one_that_nobody_has(cast: Cast) -> None:
    for who in SEEN:
        nobody = cast.ask("/api/lastbackup/server mark-nobody-mark", who)
        for name in SEEN.keys() - SEEN[who]:
            answer = cast.ask(f"/api/lastbackups/server mark-{name}-mark", who)
            # The answer names what was asked for.
            told = answer.text.replace(f"mark-{name}-mark", "mark-nobody-mark")
            assert (answer.status_code, told) == (nobody.status_code, nobody.text)


def everything(site: Site) -> list[Any]:
    """All that a call could change."""
    tables = ("account", "account_user", "session", "service", "agent_task", "job", "run")
    return [site.db.rows(f"SELECT * FROM {table} ORDER BY 1, 2") for table in tables]


def test_a_call_about_a_thing_of_another_changes_nothing_and_is_answered_like_one_about_nothing(
    changing: Cast,
) -> None:
    before = everything(changing.site)
    # Also not about what is below one's account: a session is for one alone.
    for call, arguments in CALLS.items():
        for who, person in changing.people.items():
            missing = person.call(call, **arguments(NOBODY))
            assert missing.code == "invalid", call
            for name, things in changing.things.items():
                if name != who:
                    answer = person.call(call, **arguments(things))
                    assert answer.response.text == missing.response.text, (call, who, name)
        assert everything(changing.site) == before, call
    for call, arguments in CALLS.items():
        for who, person in changing.people.items():
            assert person.call(call, **arguments(changing.things[who])).code == "", (call, who)


def test_a_contact_makes_few_calls_and_those_about_what_is_assigned_to_it(changing: Cast) -> None:
    before = everything(changing.site)
    may = {"runPolicy", "getBackupStatus", "getTaskDetailById"}
    for call, arguments in CALLS.items():
        for who, contact in changing.contacts.items():
            missing = contact.call(call, **arguments(NOBODY))
            assert missing.code == ("invalid" if call in may else "forbidden"), call
            for name, things in changing.things.items():
                if name != who or call not in may:
                    answer = contact.call(call, **arguments(things))
                    assert answer.response.text == missing.response.text, (call, who, name)
        assert everything(changing.site) == before, call
    for call in CALLS.keys() & may:
        for who, contact in changing.contacts.items():
            assert contact.call(call, **CALLS[call](changing.things[who])).code == "", (call, who)


def test_nobody_gives_a_service_to_anothers_contact(cast: Cast) -> None:
    before = everything(cast.site)
    for who, person in cast.people.items():
        form = {"sc_id": str(cast.things[who].service), "service_action": "set_subuser"}
        missing = person.call("editService", **form, subuser_id=str(NOBODY.contact))
        for name, things in cast.things.items():
            if name != who:
                answer = person.call("editService", **form, subuser_id=str(things.contact))
                assert answer.response.text == missing.response.text
    assert everything(cast.site) == before


def test_a_status_lists_the_services_of_its_reader_and_a_run_its_own_log(cast: Cast) -> None:
    for people in (cast.people, cast.contacts):
        for who, person in people.items():
            assert set(A_MARK.findall(person.call("getStatus").response.text)) == {who}
            detail = person.call("getTaskDetailById", taskExecutionContextId=id_of(cast.things[who].run))
            assert set(A_MARK.findall(detail.response.text)) == {who}


@pytest.mark.parametrize("rule", [rule for rule in OF_ONE if rule.startswith(("/api/", "/v1/"))])
def test_a_session_is_no_key(cast: Cast, rule: str) -> None:
    for name, things in cast.things.items():
        address = OF_ONE[rule](name, things)
        without = cast.site.get(address)
        answer = cast.people[name].client.get(address)
        assert (answer.status_code, A_MARK.findall(answer.text)) == (
            without.status_code,
            A_MARK.findall(without.text),
        )


def test_a_command_names_whose_server_it_means(cast: Cast) -> None:
    assert find_server(cast.site.db, "owner", "server mark-owner-mark").id == cast.things["owner"].server
    with pytest.raises(DuplistatError):
        find_server(cast.site.db, "stranger", "server mark-owner-mark")
