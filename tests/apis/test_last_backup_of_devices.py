"""GET /api/lastbackup/{name}: servers of one name, of which only some back something up."""

from typing import Any

import pytest

from duplistat.services.access.api_keys import Scope
from duplistat.services.jobs.deletion import delete_job
from duplistat.services.servers.deletion import delete_server
from tests.support.bodies import duplicati, simple
from tests.support.site import Site

START = "2026-01-28T02:00:00Z"
PATHS = ("/api/lastbackup/nas", "/api/lastbackups/nas", "/api/lastbackup/name:nas")


def notify(site: Site, *, device: str = "nas", sender: str = "disk-monitor") -> None:
    key = site.key(Scope.INGEST, name=f"{device} {sender}")
    body = {
        "deviceName": device,
        "timestamp": START,
        "severity": "warning",
        "type": "disk",
        "message": "disk 3 is hot",
        "sender": sender,
    }
    response = site.client().post("/api/ingest/notification", json=body, headers={"X-Api-Key": key})
    assert response.status_code == 201, response.text


def script(site: Site, *, sender: str, device: str = "nas") -> None:
    key = site.key(Scope.INGEST, name=f"script {device} {sender}")
    body = {
        "deviceName": device,
        "jobName": "rsync",
        "timestamp": START,
        "status": "Success",
        "message": "ok",
    }
    response = site.client().post(
        "/api/ingest/backup", json=body | {"sender": sender}, headers={"X-Api-Key": key}
    )
    assert response.status_code == 201, response.text


def problems(answer: dict[str, Any]) -> str:
    return "\n".join(detail["problem"] for detail in answer["details"])


@pytest.mark.parametrize("path", PATHS)
def test_a_notification_takes_no_name_away_from_the_server_that_backs_up(site: Site, path: str) -> None:
    site.record(duplicati(START))
    notify(site)
    notify(site, sender="ups")
    assert len(site.servers()) == 3
    assert site.read(path)["data"]["server"]["id"] == 1


@pytest.mark.parametrize("path", PATHS)
def test_a_notification_that_came_first_takes_none_either(site: Site, path: str) -> None:
    notify(site)
    site.record(duplicati(START))
    assert site.read(path)["data"]["server"]["id"] == 2


def test_a_restore_is_no_backup_run(site: Site) -> None:
    site.record(duplicati(START))
    site.record(duplicati(START, machine="bbbb", operation="Restore"))
    assert site.read("/api/lastbackup/nas")["data"]["server"]["id"] == 1


def test_a_server_whose_only_job_is_being_deleted_has_none_either(site: Site) -> None:
    site.record(duplicati(START))
    site.record(duplicati(START, machine="bbbb", job="Old"))
    site.writes.run(delete_job, job=2, **site.signature())
    assert site.read("/api/lastbackup/nas")["data"]["server"]["id"] == 1


@pytest.mark.parametrize("path", PATHS)
def test_devices_of_one_name_that_only_notify_have_no_last_backup(site: Site, path: str) -> None:
    notify(site)
    notify(site, sender="ups")
    answer = site.read(path)
    assert (answer["data"]["server"]["id"], answer["data"]["server"]["name"]) == (1, "nas")
    assert answer["machine"]["backup_name"] is None


@pytest.mark.parametrize("path", PATHS)
def test_two_that_back_up_are_named_with_who_tells_of_them(site: Site, path: str) -> None:
    site.record(duplicati(START))
    notify(site)
    script(site, sender="rsync.sh")
    response = site.get(path)
    assert response.status_code == 400
    answer = response.get_json()
    assert answer["error"] == "ValidationError"
    assert [server["id"] for server in answer["duplicate_servers"]] == [1, 3]
    assert [detail["field"] for detail in answer["details"]] == ["server", "server"]
    assert "id 1, named 'nas' (machine id 4f1d2c3b)" in problems(answer)
    assert "id 3, named 'nas' (sender rsync.sh)" in problems(answer)


def test_one_that_neither_has_a_machine_id_nor_a_sender_is_told_apart_too(site: Site) -> None:
    site.record(simple(server="nas", start=START))
    site.record(duplicati(START))
    answer = site.get("/api/lastbackup/nas").get_json()
    assert "id 1, named 'nas' (reports without a machine id)" in problems(answer)


def test_a_customer_is_told_of_its_own_servers_alone(site: Site) -> None:
    site.account("customer", "main")
    key = site.key(Scope.READ, Scope.INGEST, account="customer")
    site.record(duplicati(START))
    site.record(simple(server="nas", start=START), headers={"X-Api-Key": key})
    assert site.read("/api/lastbackup/nas", **{"X-Api-Key": key})["data"]["server"]["id"] == 2


def test_a_server_that_is_being_deleted_is_called_nothing_any_more(site: Site) -> None:
    site.record(duplicati(START))
    site.writes.run(delete_server, server=1, **site.signature())
    site.record(duplicati(START, machine="bbbb"))
    assert site.read("/api/lastbackup/nas")["data"]["server"]["id"] == 2


def test_the_filter_by_name_finds_what_a_name_means(site: Site) -> None:
    key = {"X-Api-Key": site.key(Scope.READ, name="reader")}
    site.record(simple(server="1", start=START))
    site.record(simple(server="büro\n2", start=START))
    for name, found in (
        ("1", [1]),
        ("name:1", [1]),
        ("b%FCro%0A2", [2]),
        ("%20b%C3%BCro%0A2", [2]),
        ("2", []),
    ):
        told = site.read(f"/api/v1/servers?name={name}", **key)["servers"]
        assert [server["id"] for server in told] == found, name
