"""POST /api/upload: which server and which job a report belongs to."""

import pytest

from tests.support.bodies import duplicati, form, sample, simple, text_report
from tests.support.site import Site

pytestmark = pytest.mark.usefixtures("both_databases")

START = "2026-01-28T02:00:00Z"
NEXT = "2026-01-29T02:00:00Z"
# A machine and job that the body does not name.
NAMELESS = {"machine-id": "", "machine-name": None, "backup-name": None, "backup-id": None}


def test_a_report_without_a_machine_belongs_to_its_address(site: Site) -> None:
    site.record(sample("01_"), address="192.0.2.7")
    (server,) = site.servers()
    assert (server.name, server.machine_id) == ("unknown (192.0.2.7)", "")


def test_two_machines_without_a_name_are_told_apart_by_their_address(site: Site) -> None:
    site.record(sample("01_"), address="192.0.2.7")
    site.record(sample("01_"), address="192.0.2.8")
    assert [s.name for s in site.servers()] == ["unknown (192.0.2.7)", "unknown (192.0.2.8)"]


def test_the_address_in_the_url_fills_in_what_the_body_lacks(site: Site) -> None:
    site.record(duplicati(START, extra=NAMELESS), query="?server=attic%20nas&backup=Music%2FFlac")
    assert [s.name for s in site.servers()] == ["attic nas"]
    assert [j.name for j in site.jobs()] == ["Music/Flac"]


def test_the_address_in_the_url_does_not_rename_what_the_body_names(site: Site) -> None:
    site.record(duplicati(START), query="?server=attic&backup=Music")
    assert [s.name for s in site.servers()] == ["nas"]
    assert [j.name for j in site.jobs()] == ["Documents"]


def test_a_report_without_any_name_of_a_job_is_kept_all_the_same(site: Site) -> None:
    site.record(duplicati(START, extra=NAMELESS), address="192.0.2.7")
    assert [j.name for j in site.jobs()] == ["unnamed"]


@pytest.mark.parametrize("machine", ["", None, "null", " "])
def test_an_empty_machine_id_is_none(site: Site, machine: str | None) -> None:
    site.record(duplicati(START, extra={"machine-id": machine}))
    (server,) = site.servers()
    assert (server.identity, server.machine_id) == ("name:nas", "")


def test_two_servers_of_one_name_without_machine_ids_are_one(site: Site) -> None:
    site.record(simple(server="nas", start=START))
    site.record(simple(server="nas", job="other", start=START))
    assert len(site.servers()) == 1


def test_two_machine_ids_of_one_name_are_two_servers(site: Site) -> None:
    site.record(duplicati(START, machine="aaaa"))
    site.record(duplicati(START, machine="bbbb", job="Other"))
    assert [(s.machine_id, s.name) for s in site.servers()] == [("aaaa", "nas"), ("bbbb", "nas")]


def test_a_new_name_under_a_known_machine_id_renames_the_server(site: Site) -> None:
    site.record(duplicati(START, server="old-name"))
    site.record(duplicati(NEXT, server="new-name"))
    assert [s.name for s in site.servers()] == ["new-name"]
    assert site.read("/api/lastbackup/new-name")["data"]["server"]["id"] == 1


def test_a_report_that_brings_only_the_machine_id_leaves_the_name_alone(site: Site) -> None:
    site.record(duplicati(START))
    site.record(duplicati(NEXT, extra={"machine-name": None}))
    assert [s.name for s in site.servers()] == ["nas"]


def test_a_server_that_has_only_a_machine_id_is_called_by_it_until_it_has_a_name(site: Site) -> None:
    site.record(duplicati(START, extra={"machine-name": None}))
    assert [s.name for s in site.servers()] == ["4f1d2c3b"]
    site.record(duplicati(NEXT))
    assert [s.name for s in site.servers()] == ["nas"]


def test_a_new_machine_id_with_a_known_name_and_job_is_proposed_for_a_merge(site: Site) -> None:
    site.record(duplicati(START, machine="aaaa"))
    site.record(duplicati(NEXT, machine="bbbb"))
    old, new = site.servers()
    assert (old.may_be_id, new.may_be_id) == (None, old.id)
    assert len(site.jobs()) == 2


def test_a_machine_that_told_neither_name_nor_id_before_is_proposed_for_a_merge(site: Site) -> None:
    """Duplicati that was updated from 2.0.7 or older."""
    old = {"machine-id": None, "machine-name": None}
    site.record(duplicati(START, extra=old), address="192.0.2.7")
    site.record(duplicati(START, extra=old), address="192.0.2.8")
    site.record(duplicati(NEXT, job="Other", server="first"), address="192.0.2.7")
    site.record(duplicati(NEXT, machine="bbbb", server="second"), address="192.0.2.8")
    site.record(duplicati(NEXT, machine="cccc", server="third"), address="192.0.2.9")
    site.record(duplicati(NEXT, machine="dddd", server="second"), address="192.0.2.7")
    ids = {server.name: server.id for server in site.servers() if server.machine_id != "dddd"}
    known = [(server.machine_id, server.may_be_id) for server in site.servers() if server.machine_id]
    assert known == [
        ("4f1d2c3b", None),
        ("bbbb", ids["unknown (192.0.2.8)"]),
        ("cccc", None),
        ("dddd", ids["second"]),
    ]


def test_nothing_is_proposed_when_two_known_servers_would_fit(site: Site) -> None:
    site.record(duplicati(START, machine="aaaa"))
    site.record(duplicati(START, machine="bbbb"))
    site.record(duplicati(START, machine="cccc"))
    assert site.servers()[2].may_be_id is None


@pytest.mark.parametrize(("server", "job"), [("nas", "Pictures"), ("other", "Documents")])
def test_nothing_is_proposed_when_name_or_job_differ(site: Site, server: str, job: str) -> None:
    site.record(duplicati(START, machine="aaaa"))
    site.record(duplicati(START, machine="bbbb", server=server, job=job))
    assert [s.may_be_id for s in site.servers()] == [None, None]


def test_one_job_name_on_two_servers_is_two_jobs(site: Site) -> None:
    site.record(duplicati(START, machine="aaaa", server="a"))
    site.record(duplicati(START, machine="bbbb", server="b"))
    assert site.summary()["totalBackups"] == 2


def test_text_without_a_machine_and_json_with_one_are_two_servers(site: Site) -> None:
    text = text_report(START).replace(" (4f1d2c3b, DB-1, nas)", "")
    site.record(form(text), address="192.0.2.7")
    site.record(duplicati(START))
    assert [s.name for s in site.servers()] == ["unknown (192.0.2.7)", "nas"]


def test_a_user_can_name_server_and_job_in_extra_parameters(site: Site) -> None:
    site.record(form(text_report(START)) + b"&server=Attic&backup=Everything")
    assert [s.name for s in site.servers()] == ["Attic"]
    assert [j.name for j in site.jobs()] == ["Everything"]


def test_facts_about_the_machine_are_kept_on_the_server(site: Site) -> None:
    site.record(sample("04_"))
    assert '"operating_system_detailed":"Debian GNU/Linux 12 (bookworm)"' in site.servers()[0].facts


def test_a_report_without_facts_does_not_forget_them(site: Site) -> None:
    site.record(sample("04_"))
    before = site.servers()[0].facts
    site.now.forward(hours=1)
    site.record(
        duplicati(START, machine="5f0c1e9a7b3d4c2f8a6e0d1b2c3f4a5e", server="nas-keller", Version=None)
    )
    assert site.servers()[0].facts == before
