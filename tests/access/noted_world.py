"""A site with one of everything that can be changed, and what has to be so before."""

from collections.abc import Callable
from typing import Any

from duplistat.now import wall_clock
from duplistat.services.access import oauth_clients
from duplistat.services.access.api_keys import create_key
from duplistat.services.accounts.changes import (
    DeletedAccount,
    set_account_suspended,
)
from duplistat.services.agents import registry
from duplistat.services.agents.registry import NewService
from duplistat.services.audit import By
from duplistat.services.people import sessions
from duplistat.services.people.account_choice import choose_account
from duplistat.services.people.first_admin import create_first_admin
from duplistat.services.people.sessions import (
    NewSession,
    Visitor,
    decide_sign_in,
    digest,
    use_recovery,
)
from duplistat.services.people.users import (
    register,
)
from duplistat.services.servers.merge import merge_servers, merge_step
from duplistat.services.servers.renamed_jobs import join_jobs
from duplistat.services.writes import WriteCommand, name_of
from duplistat.store import audit, failed_sign_ins, password_resets, saved_views, wall_links
from duplistat.store.audit import Entry
from tests.support.bodies import duplicati
from tests.support.known import id_of, the_account
from tests.support.people import People
from tests.support.signing import session
from tests.support.site import Site

ADA = By(7, "ada@example.org", "192.0.2.7")


# What must never be noted, however it is changed.
SECRET = "s3cret-of-the-test"


SERVICE: NewService = {
    "kind": "VDS",
    "name": "nas",
    "host": "nas",
    "port": 8200,
    "location": 527,
    "agent_secret": SECRET,
}


Command = Callable[..., Any]


# These say themselves who comes in.
OF_WHO_COMES_IN: set[Command] = {choose_account, decide_sign_in, use_recovery, create_first_admin}


def run_command(site: Site, command: Command, arguments: dict[str, Any]) -> None:
    site.writes.submit(WriteCommand(name_of(command), arguments))


class World:
    """A site with one of everything that can be changed."""

    def __init__(self, site: Site) -> None:
        self.site = site
        site.account("acme", parent="main")
        people = People(site)
        self.jo, self.kim = people.user("jo@example.org"), people.user("kim@example.org")
        for number, name in enumerate(("nas", "other")):
            site.record(duplicati(f"2026-01-28T0{number}:00:00Z", server=name, machine=f"m-{name}"))
        site.post(b"\xff not to be read")
        self.servers = [server.id for server in site.servers()]
        self.job, self.job2 = (job.id for job in site.jobs())
        self.delivery = max(delivery.id for delivery in site.deliveries())
        site.writes.run(
            create_key, account=1, name="kept", scopes=["read"], expires_at=None, **site.signature()
        )
        self.service = site.writes.run(registry.add_service, account=1, values=SERVICE, **site.signature())
        self.contact = site.writes.run(
            register,
            parent=1,
            email="c@example.org",
            name="C",
            password_hash="!",
            role="contact",
            phones={},
            **site.signature(),
        )
        self.cookie = session(site.db, 1, site.now(), email="ada@example.org")
        with site.db.transaction():
            password_resets.add(site.db, hash=digest("code"), user=self.jo, expires_at=site.now() + 1000)

    def noted(self) -> list[Entry]:
        """What was noted until now, oldest first."""
        return [*audit.everything(self.site.db, self.site.everyone, audit.Filter())][::-1]

    def do(self, command: Command, **arguments: Any) -> list[Entry]:
        """Run a command as Ada; what it noted."""
        before = len(self.noted())
        signed = {"now": self.site.now()} | ({} if command in OF_WHO_COMES_IN else {"by": ADA.plain()})
        run_command(self.site, command, signed | arguments)
        return self.noted()[before:]

    def new_session(self) -> NewSession:
        """What a sign-in from Ada's address needs."""
        return sessions.new_session("a cookie", Visitor(ADA.address), self.site.now())


def signing_in(w: World) -> dict[str, Any]:
    ((hash,),) = w.site.db.rows("SELECT password_hash FROM account_user WHERE id = ?", (w.jo,))
    right = {"users": [{"user": w.jo, "against": hash}], "hash": hash, "session": w.new_session()}
    return {"email": "jo@example.org", "address": ADA.address, "right": right, "prefer": "last"}


def choosing(w: World) -> dict[str, Any]:
    """Jo signed in, and has the same password in another account."""
    other = People(w.site).user("jo@example.org", account="acme")
    session = w.new_session()
    with w.site.db.transaction():
        sessions.open_session(w.site.db, w.jo, session, w.site.now(), fitted=[other])
    return {"user": other, "session": {**session, "before": session["hash"], "hash": "another"}}


def setting_up(w: World) -> dict[str, Any]:
    w.site.db.change("DELETE FROM account_user WHERE account_id = 1 AND role = 'admin'")
    w.site.db.execute("INSERT INTO set_up (hash, created_at) VALUES (?, 0)", (digest("code"),))
    return {
        "session": w.new_session(),
        "code": digest("code"),
        "email": "x@example.org",
        "name": "X",
        "password_hash": SECRET,
    }


def merged(w: World) -> int:
    into, gone = w.servers
    made = w.site.writes.run(merge_servers, sees=[1], into=into, gone=gone, **w.site.signature())
    for _ in range(100):
        if w.site.writes.run(merge_step, merge=made, now=w.site.now()):
            return made
    raise AssertionError("the merge does not end")


def twin(w: World) -> int:
    """Another job of the server of the first one."""
    w.site.record(duplicati("2026-01-28T05:00:00Z", server="nas", machine="m-nas", job="Twin"))
    return w.site.job("Twin").id


def joined(w: World) -> int:
    made = w.site.writes.run(join_jobs, sees=[1], into=twin(w), gone=w.job, **w.site.signature())
    for _ in range(100):
        if w.site.writes.run(merge_step, merge=made, now=w.site.now()):
            return made
    raise AssertionError("the joining does not end")


def failed_restore(w: World) -> str:
    body = duplicati(
        "2026-01-28T06:00:00Z", server="nas", machine="m-nas", operation="Restore", result="Error"
    )
    w.site.record(body)
    return "restore"


def locked_out(w: World) -> int:
    """Somebody who typed a wrong password."""
    with w.site.db.transaction():
        failed_sign_ins.add(w.site.db, (sessions.email_name("jo@example.org"),), w.site.now())
    return w.jo


def locked_out_today(w: World) -> None:
    w.site.now.at = wall_clock()
    locked_out(w)


def shared(w: World) -> int:
    """A server under whose id names alternate."""
    w.site.db.change("UPDATE server SET names_state = 'shared' WHERE id = ?", (w.servers[0],))
    return w.servers[0]


def suspended(w: World) -> str:
    w.site.writes.run(
        set_account_suspended, account=id_of(w.site.db, "acme"), suspended=True, **w.site.signature()
    )
    return "acme"


def asked(w: World) -> list[DeletedAccount]:
    """The account, as what is to be deleted. It is suspended so that nothing is noted that goes with it."""
    w.site.db.change("UPDATE account SET suspended_at = 0 WHERE name = 'acme'")
    acme = the_account(w.site.db, "acme")
    assert acme is not None
    return [{"id": acme.id, "name": acme.name, "created_at": acme.created_at}]


def configured(w: World) -> int:
    """The account of a service whose agent can be called."""
    w.site.db.change("UPDATE service SET configured_at = 1")
    return 1


def made_client(w: World) -> str:
    return oauth_clients.create(w.site.db, account=1, name="c", scopes=[], now=w.site.now())[0]


def made_wall_link(w: World) -> int:
    return wall_links.add(w.site.db, 1, "hall", "00", w.site.now())


def shared_view(w: World) -> int:
    """A shared view of the overview that the log knows nothing of."""
    values = {"account_id": 1, "name": "failed", "state": "{}", "created_at": 1, "changed_at": 1}
    new = saved_views.add(w.site.db, values)
    assert new is not None
    return new


def merged_today(w: World) -> None:
    """Commands go by the clock on the wall, and a merge is undone within days."""
    w.site.now.at = wall_clock()
    merged(w)


def joined_today(w: World) -> None:
    """Commands go by the clock on the wall, and a merge is undone within days."""
    w.site.now.at = wall_clock()
    joined(w)


def suspend_service(w: World) -> None:
    w.site.writes.run(registry.set_service_suspended, service=w.service, suspended=True, **w.site.signature())


def forget_secrets(w: World) -> None:
    """Those of the world are encrypted with no key."""
    w.site.db.change("UPDATE service SET agent_secret = ''")
