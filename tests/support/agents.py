"""A customer with services, and the simulated agents that they are of."""

import re
import threading
from typing import Any
from xml.etree import ElementTree

from duplistat.jobs.agents import AgentWorkers
from duplistat.services.agents import report_urls
from duplistat.services.people.identity import Role
from duplistat.services.worker_context import WorkerContext
from duplistat.store import report_urls as stored_urls
from duplistat.store import services
from duplistat.store.services import Service
from tests.support.duplicati_server import DuplicatiServer
from tests.support.known import the_account
from tests.support.people import PASSWORD, Answer, People, Person
from tests.support.site import Site


class Customer:
    """A person of an account who makes calls about services."""

    def __init__(self, site: Site, account: str = "acme", role: Role = Role.ADMIN) -> None:
        self.site = site
        self.people = People(site)
        known = the_account(site.db, account)
        self.account = known.id if known else site.account(account, parent="main")
        self.person = self.people.signed_in(f"{account}@example.org", account=account, role=role)

    def contact(self, email: str = "kim@example.org") -> tuple[int, Person]:
        """A contact of this customer: its id, and the person, signed in."""
        id = self.people.contact(self.person, email)
        person = self.people.nobody()
        assert person.sign_in(email, PASSWORD).code == ""
        return id, person

    def call(self, call: str, /, **params: Any) -> Answer:
        if "name" in params:
            # A name has no case here, and this one is taken by Python.
            params["Name"] = params.pop("name")
        return self.person.call(call, **params)

    def ok(self, call: str, /, **params: Any) -> ElementTree.Element:
        answer = self.call(call, **params)
        assert answer.code == "", answer.message
        return answer.root

    def refused(self, call: str, /, **params: Any) -> str:
        """The message of an answer that is code=invalid."""
        answer = self.call(call, **params)
        assert answer.code == "invalid", ElementTree.tostring(answer.root)
        return answer.message

    def add(self, name: str = "nas", **params: Any) -> dict[str, str]:
        """The attributes of a new service."""
        given = {
            "type": "VDS",
            "location": "527",
            "name": name,
            "agent": "127.0.0.1",
            "agent_port": "1167",
        }
        agent = self.ok("addService", **(given | params))[1]
        assert agent.tag == "agent"
        return dict(agent.attrib)

    def add_agent(self, server: DuplicatiServer, name: str = "nas", **params: Any) -> dict[str, str]:
        """A service whose agent is a simulated server, configured."""
        made = self.add(name, agent_port=server.port, **params)
        self.ok("setServiceConfigured", service_id=made["service_id"], activation_hint="install-on-Linux")
        return made

    def agents(self) -> list[dict[str, str]]:
        account = self.ok("getStatus")[1]
        assert account.tag == "account"
        return [dict(agent.attrib) for agent in account]

    def agent(self, name: str = "nas") -> dict[str, str]:
        (found,) = [agent for agent in self.agents() if agent["name"] == name]
        return found

    def backup_status(self, service: str, **params: Any) -> ElementTree.Element:
        return self.ok("getBackupStatus", service_id=service, **params)[1]

    def task_state(self, service: str) -> str:
        task = self.backup_status(service).find("task")
        assert task is not None
        return task.attrib["taskstate"]

    def report_query(self, made: dict[str, str]) -> str:
        """The query of a service's report URL."""
        return report_query(self.site, int(made["id"]))

    def service(self, agent: dict[str, str]) -> Service:
        found = services.get(self.site.db, int(agent["id"]))
        assert found is not None
        return found


def report_query(site: Site, service: int) -> str:
    """The query of the report URL of a service, which is made if it has none yet."""
    found = services.get(site.db, service)
    assert found is not None
    secret = report_urls.fresh(site.config)
    site.writes.run(report_urls.make_report_url, service=service, **secret, **site.signature())
    kept = stored_urls.of_service(site.db, service)
    assert kept is not None
    return report_urls.url(site.config, "", found, kept).removeprefix(report_urls.PATH)


def workers_of(site: Site, **more: Any) -> AgentWorkers:
    return AgentWorkers(WorkerContext(site.config, site.db, site.writes, site.now), **more)


def wait_for_workers() -> None:
    """Wait for what workers of agents still do, such as what they had given up: it uses the test's database."""
    for thread in threading.enumerate():
        if re.fullmatch(r"[a-z]+ \d+", thread.name):
            thread.join(10)


def do_tasks(site: Site) -> int:
    """Do all that is due, and what follows from it at once; how many tasks."""
    workers, done = workers_of(site), 0
    while begun := workers.poll():
        done += begun
        workers.join(20)
    return done
