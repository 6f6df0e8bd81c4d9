"""The examples of BackupRun's documentation run with PHP; what is changed in them is told in php/README.md."""

import json
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import pytest

from duplistat.apis.backuprun.api import CALLS
from duplistat.store.database import Database
from tests.support import php
from tests.support.duplicati_jobs import Job
from tests.support.duplicati_server import DuplicatiServer
from tests.support.mailbox import Mailbox, mail_server
from tests.support.php import Client
from tests.support.serving import serving, until
from tests.test_docs import PAGES, fences

# As the examples have them.
EMAIL, FIRST_PASSWORD, LATER_PASSWORD = "id@email.com", "userpassword", "password"
CONTACT = "sub@email.com"
ONE_MONTH = 30 * 86_400
# What is asked of an agent comes about within seconds.
SOON = 60.0


class Place(NamedTuple):
    """A server where anybody may register, and what is around it: PHP, mail, and a Duplicati server with a job."""

    client: Client
    box: Mailbox
    agent: DuplicatiServer
    job: Job
    db: Database

    def user(self, column: str, email: str) -> Any:
        (row,) = self.db.rows(f"SELECT {column} FROM account_user WHERE email = ?", (email,))
        return row[0]

    def sign_in(self, email: str, password: str, jar: str) -> str:
        """The code of what login answers somebody."""
        changes = {f"'{EMAIL}'": f"'{email}'", f"'{FIRST_PASSWORD}'": f"'{password}'"}
        code, _ = self.client.answer("login", changes, jar)
        return code

    def agents(self) -> list[dict[str, str]]:
        (account,) = self.client.ok("getStatus")
        assert account.tag == "account"
        return [dict(agent.attrib) for agent in account]

    def until_agent(self, service: str, condition: Callable[[dict[str, str]], Any], what: str) -> None:
        def holds() -> Any:
            (agent,) = [agent for agent in self.agents() if agent["service_id"] == service]
            return condition(agent)

        until(holds, what, SOON)

    def expiry(self, jar: str) -> int:
        """When the cookie in a jar ends, in seconds; 0 is with the browser."""
        (line,) = [
            line
            for line in (self.client.folder / jar).read_text().splitlines()
            if line.split("\t")[5:6] == ["duplistat_session"]
        ]
        return int(line.split("\t")[4])


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    program = php.program()
    data = tmp_path / "data"
    with mail_server() as box, DuplicatiServer() as agent:
        settings = {
            "ACCOUNTS_REGISTRATION": "open",
            "AGENTS_ALLOW": "127.0.0.0/8",
            "MAIL_HOST": "127.0.0.1",
            "MAIL_PORT": str(box.port),
            "MAIL_SENDER": "backup@example.org",
        }
        job = agent.add_job("Documents")
        environment = {f"DUPLISTAT_{name}": value for name, value in settings.items()}
        with serving(data, workers=1, **environment) as server:
            db = Database(f"sqlite:///{data}/duplistat.db")
            yield Place(Client(program, server.url, tmp_path), box, agent, job, db)
            db.close_all()


def check_the_account(place: Place) -> None:
    assert place.client.ok("registerNewUser") == []
    assert place.user("name", EMAIL) == "John Doe"
    assert place.client.answer("registerNewUser").code == "invalid"
    assert place.client.answer("addService").code == "auth"
    (user,) = place.client.ok("login")
    assert [(child.tag, child.get("value")) for child in user] == [
        ("name", "John Doe"),
        ("email", EMAIL),
        ("special_locations", "0"),
    ]
    assert place.expiry("jar") == 0


def check_contacts(place: Place) -> None:
    client = place.client
    (contact,) = client.ok("addContact", {f"'{EMAIL}'": f"'{CONTACT}'"})
    id = str(place.user("id", CONTACT))
    assert (contact.tag, contact.attrib) == ("contact", {"id": id})
    assert place.user("role", CONTACT) == "contact"
    assert place.sign_in(CONTACT, "password", "contact") == ""
    assert client.answer("getStatus", jar="contact").code == ""

    assert client.ok("updateContactData", {"'100'": f"'{id}'"}) == []
    assert place.user("telephone", CONTACT) == "55555555"
    # The example gives a password anew.
    assert client.answer("getStatus", jar="contact").code == "auth"
    assert place.sign_in(CONTACT, "password", "contact") == ""

    assert client.ok("removeContact", {"'100'": f"'{id}'"}) == []
    assert client.answer("getStatus", jar="contact").code == "auth"
    assert place.sign_in(CONTACT, "password", "contact") == "auth"


def check_own_data_and_a_new_password(place: Place) -> None:
    client = place.client
    assert client.ok("updateUserData") == []
    assert place.user("fixed_phone", EMAIL) == "55555555"

    assert client.ok("recoverPassword") == []
    code = place.box.wait_for_one(r"recoverycode=(\S+)")
    assert place.box.mails[0]["To"] == EMAIL
    shutil.copy(client.folder / "jar", client.folder / "before")
    assert client.answer("getStatus", jar="before").code == ""
    assert client.ok("resetPassword", {"1fs534egh39g34gh349ghd9h94t": code}) == []
    assert client.answer("getStatus", jar="before").code == "auth"
    assert client.answer("getStatus").code == ""
    assert place.expiry("jar") == pytest.approx(time.time() + ONE_MONTH, abs=3600)
    assert place.sign_in(EMAIL, FIRST_PASSWORD, "another") == "auth"
    assert place.sign_in(EMAIL, LATER_PASSWORD, "another") == ""


def check_a_service(place: Place) -> str:
    """Its service_id."""
    client = place.client
    (added,) = client.ok("addService")
    given = {
        "name": "servername",
        "host": "123.123.123.123",
        "port": "1167",
        "type": "3",
        "status": "0",
        "create_status": "-1",
        "location": "Washington",
        "location_id": "527",
        "password": "",
    }
    assert (added.tag, [child.tag for child in added]) == ("agent", ["server"])
    assert {name: added.get(name) for name in given} == given
    id, service = added.attrib["id"], added.attrib["service_id"]

    port = str(place.agent.port)
    where = {"'662'": f"'{id}'", "'123.123.123.123'": "'127.0.0.1'", "'1167'": f"'{port}'"}
    (changed,) = client.ok("activateAgent", where)
    assert changed.attrib == added.attrib | {"host": "127.0.0.1", "port": port}

    named = {"'V16428'": f"'{service}'"}
    assert client.ok("setActivationHint", named) == []
    (agent,) = place.agents()
    assert (agent["activation_hint"], agent["service_configured"]) == ("install-on-Linux", "0")
    assert client.ok("setServiceConfigured", named) == []
    (agent,) = place.agents()
    assert (agent["activation_hint"], agent["service_configured"]) == ("linux-express-install", "1")
    # Its agent is tried, and has a job.
    place.until_agent(service, lambda agent: agent["create_status"] == "5", "an answer of the agent")
    return service


def check_another_is_terminated(place: Place, service: str) -> None:
    (added,) = place.client.ok("addService")
    assert place.client.ok("editService", {"'662'": f"'{added.get('id')}'"}) == []
    told = {agent["service_id"]: agent["create_status"] for agent in place.agents()}
    assert told == {service: "5", added.get("service_id"): "-4"}


def check_a_backup(place: Place, service: str) -> None:
    client, named = place.client, {"'V16428'": f"'{service}'"}
    before = task_of(place, service).attrib
    assert before == {"first_backup_try": "0", "service_configured": "1", "taskstate": "READY"}
    # As it is printed it makes another call.
    assert client.ok("runPolicy", named) == []
    assert task_of(place, service).attrib == before
    assert client.ok("runPolicy", named | {"'setActivationHint'": "'runPolicy'"}) == []
    started = until(lambda: list(place.agent.tasks.values()), "a backup that starts", SOON)
    assert [task.job for task in started] == [place.job]
    place.agent.begin(started[0].id)
    place.until_agent(service, lambda agent: agent["running"] == "1", "a backup that runs")
    assert task_of(place, service).attrib == before | {"first_backup_try": "1", "taskstate": "RUNNING"}

    place.agent.finish(started[0].id)
    # Its run may be collected before its end is seen.
    place.until_agent(
        service,
        lambda agent: agent["running"] == "0" and agent["alert_history"] != "[]",
        "a backup that ended",
    )
    (agent,) = [agent for agent in place.agents() if agent["service_id"] == service]
    ended = {"status": "1", "running": "0", "create_status": "10", "status_min_ok": "1", "startup_ok": "1"}
    assert {name: agent[name] for name in ended} == ended
    assert (agent["disk_usage"], agent["ostype"]) == ("5368709120", "Linux")
    assert task_of(place, service).get("taskstate") == "FINISHED"

    (ran,) = json.loads(agent["alert_history"])
    assert (ran["job"], ran["state"], ran["errors"]) == ("Documents", "FINISHED", 0)
    (task,) = client.ok(
        "getTaskDetailById", {"1aa11a11-11a1-11aa-1111-aaa1a1111aa1": ran["taskExecutionContextId"]}
    )
    assert [(m.get("messagesource"), m.get("messagestring")) for m in task] == [
        ("SERVER", "Task started"),
        ("AGENT", "The operation Backup has started"),
        ("SERVER", "Task Finished"),
    ]


def task_of(place: Place, service: str) -> Element:
    """What getBackupStatus says of a service. Its example lacks a comma, without which it is no PHP."""
    changes = {"'service_id' => 'V16428'": f"'service_id' => '{service}',"}
    (agent,) = place.client.ok("getBackupStatus", changes)
    assert (agent.tag, agent.get("service_id")) == ("agent", service)
    assert [child.tag for child in agent] == ["server", "task"]
    return agent[1]


@pytest.mark.long
def test_the_examples_lead_from_registering_to_the_log_of_a_backup(place: Place) -> None:
    check_the_account(place)
    check_contacts(place)
    check_own_data_and_a_new_password(place)
    service = check_a_service(place)
    check_another_is_terminated(place, service)
    check_a_backup(place, service)
    assert place.client.ran == set(CALLS)


def test_the_tutorial_signs_in_and_asks_with_one_handle(place: Place) -> None:
    place.client.ok("registerNewUser")
    printed, answers = place.client.run("tutorial", jar="")
    assert printed == "".join(answers)
    user, status = (ElementTree.fromstring(answer) for answer in answers)
    assert [child.tag for child in user] == ["status", "user"]
    assert [child.tag for child in status] == ["status", "account"]


def test_php_can_parse_every_example_but_one() -> None:
    program = php.program()
    names = {path.name.removesuffix(".php.txt") for path in php.EXAMPLES.glob("*.php.txt")}
    assert names == {"tutorial", *CALLS}
    assert {name for name in names if not php.is_php(program, php.example(name))} == {"getBackupStatus"}


def test_the_script_in_the_documentation_runs_as_it_stands(place: Place) -> None:
    (code,) = [code for page in PAGES for code in fences(page, "php")]
    place.client.ok("registerNewUser")
    (place.client.folder / "password.txt").write_text(f"{FIRST_PASSWORD}\n")
    text = php.replaced(code, {"http://127.0.0.1:9666": place.client.url, "jo@example.org": EMAIL})
    status = ElementTree.fromstring(php.run(place.client.php, text, place.client.folder))
    assert [child.tag for child in status] == ["status", "account"]
