"""POST /api/upload: machines that share a machine id, since they were made from one image."""

import json
import threading
from urllib.parse import quote

import pytest

from duplistat.core.errors import DuplistatError
from duplistat.services.reports.alternating_names import keep_servers_apart
from duplistat.services.servers.merge import merge_servers, merge_step
from duplistat.services.servers.unmerge import unmerge_servers
from duplistat.store import events
from duplistat.store.events import Filter
from tests.support.bodies import duplicati, form, live, text_report
from tests.support.identity import report
from tests.support.site import Site

pytestmark = pytest.mark.usefixtures("both_databases")

ANNA, BEN = "?server=Anna", "?server=Ben"
START = "2026-11-27T02:00:00Z"


def names(site: Site) -> list[str]:
    return [server.name for server in site.servers()]


def told(site: Site) -> list[tuple[str, str]]:
    """(severity, message) of all events, oldest first."""
    found, _ = events.page(site.db, site.everyone, Filter())
    return [(event.severity, event.message) for event in reversed(found)]


def clones(site: Site, *days: str, queries: tuple[str, str] = ("", "")) -> None:
    """Each day a report of the one, and one hour later one of the other."""
    for day in days:
        for hour, name, query in (("02", "pc-anna", queries[0]), ("03", "pc-ben", queries[1])):
            site.now.set(f"{day}T{hour}:05:00Z")
            site.record(duplicati(f"{day}T{hour}:00:00Z", server=name, minutes=3), query=query)


def test_clones_that_say_different_names_are_two_servers(site: Site) -> None:
    site.now.set("2026-11-28T12:00:00Z")
    for name, query in (("clone-1", ANNA), ("clone-2", BEN), ("clone-3", ANNA)):
        site.record(report(name), query=query)
    assert names(site) == ["pc-anna", "pc-ben"]
    assert site.read("/api/lastbackup/pc-anna")["data"]["lastBackup"]["status"] == "success"
    assert site.read("/api/lastbackup/pc-ben")["data"]["lastBackup"]["status"] == "error"
    assert [server.may_be_id for server in site.servers()] == [None, None]
    assert told(site) == []


def test_clones_that_say_nothing_are_one_server_an_event_and_a_proposal(site: Site) -> None:
    site.now.set("2026-11-28T12:00:00Z")
    for name in ("clone-1", "clone-2", "clone-3"):
        site.record(report(name))
    (server,) = site.servers()
    assert (server.name, server.names_state) == ("pc-anna", "shared")
    message = "Two machines seem to report under one machine id: pc-anna, pc-ben"
    assert told(site) == [("warning", message)]


def test_a_server_is_found_by_each_of_its_alternating_names(site: Site) -> None:
    clones(site, "2026-11-20", "2026-11-21")
    for name in ("pc-anna", "pc-ben"):
        assert site.read(f"/api/lastbackup/{name}")["data"]["server"]["id"] == 1
    site.writes.run(keep_servers_apart, server=1, dismiss=False, **site.signature())
    clones(site, "2026-11-22")
    found = {
        name: site.read(f"/api/lastbackup/{name}")["data"]["server"]["id"] for name in ("pc-anna", "pc-ben")
    }
    assert sorted(found.values()) == [1, 2]


def test_alternating_names_are_told_of_once_and_the_shown_one_stays(site: Site) -> None:
    clones(site, "2026-11-20", "2026-11-21")
    shown = names(site)
    for day in range(22, 29):
        clones(site, f"2026-11-{day}")
        assert names(site) == shown
    assert len(told(site)) == 1


def test_a_machine_that_was_renamed_is_no_reason_for_an_event(site: Site) -> None:
    for day, name in enumerate(["old", "old", "new", "new", "newer", "newer"], 10):
        site.now.set(f"2026-11-{day}T03:00:00Z")
        site.record(duplicati(f"2026-11-{day}T02:00:00Z", server=name))
    assert (names(site), told(site)) == (["newer"], [])


def test_a_late_or_repeated_report_brings_no_name_back(site: Site) -> None:
    site.now.set("2026-11-20T12:00:00Z")
    site.record(duplicati("2026-11-12T02:00:00Z", server="old"))
    site.record(duplicati("2026-11-13T02:00:00Z", server="new"))
    site.record(duplicati("2026-11-12T02:00:00Z", server="old"))
    site.record(duplicati("2026-11-11T02:00:00Z", server="old", job="Weekly"))
    assert (names(site), told(site)) == (["new"], [])


def test_three_machines_of_one_id_are_one_event_too(site: Site) -> None:
    for day in range(10, 14):
        for hour, name in enumerate("abc"):
            site.now.set(f"2026-11-{day}T1{hour}:00:00Z")
            site.record(duplicati(f"2026-11-{day}T0{hour}:00:00Z", server=name))
    assert len(site.servers()) == len(told(site)) == 1


def test_live_posts_tell_machines_apart_too(site: Site) -> None:
    site.now.set("2026-11-27T02:01:00Z")
    site.record(live("Started", "2026-11-27T02:00:00Z", server="pc-anna"), query=ANNA)
    site.record(live("Started", "2026-11-27T02:00:30Z", server="pc-ben"), query=BEN)
    site.record(duplicati("2026-11-27T02:00:30Z", server="pc-ben"), query=BEN)
    assert names(site) == ["pc-anna", "pc-ben"]
    assert sorted((job.server_id, job.live_state != "") for job in site.jobs()) == [(1, True), (2, False)]


def test_an_extra_parameter_tells_machines_apart_too(site: Site) -> None:
    site.now.set("2026-11-28T12:00:00Z")
    site.record(form(text_report(START)) + b"&server=Anna")
    site.record(form(text_report("2026-11-27T03:00:00Z")) + b"&server=Ben")
    site.record(form(text_report("2026-11-28T02:00:00Z")) + b"&server=Anna")
    site.record(form(json.dumps(duplicati("2026-11-28T03:00:00Z"))) + b"&Server=Ben")
    assert names(site) == ["Anna", "Ben"]
    assert sorted(job.server_id for job in site.jobs()) == [1, 2]
    assert site.db.rows("SELECT job_id, count(*) FROM run GROUP BY job_id ORDER BY 1") == [(1, 2), (2, 2)]


def test_a_known_server_that_begins_to_say_a_name_stays_that_server(site: Site) -> None:
    site.record(duplicati("2026-11-26T02:00:00Z"))
    site.record(duplicati(START), query=ANNA)
    assert [(s.id, s.name, s.said) for s in site.servers()] == [(1, "nas", "Anna")]
    site.record(duplicati("2026-11-27T03:00:00Z"), query=BEN)
    assert [(s.id, s.said) for s in site.servers()] == [(1, "Anna"), (2, "Ben")]
    site.record(duplicati("2026-11-28T02:00:00Z"), query=ANNA)
    assert len(site.servers()) == 2
    for said, id in (("Anna", 1), ("Ben", 2)):
        answer = site.read(f"/api/lastbackup/{said}")
        assert answer["data"]["server"]["id"] == id


def test_the_first_machine_of_an_id_is_found_by_it(site: Site) -> None:
    site.record(duplicati(START), query=ANNA)
    site.record(duplicati(START), query=BEN)
    assert site.read("/api/lastbackup/4f1d2c3b")["data"]["server"]["id"] == 1
    assert [site.read(f"/api/lastbackup/{id}")["server"]["id"] for id in (1, 2)] == ["4f1d2c3b", "2"]
    answer = site.get("/api/lastbackup/nas").get_json()
    assert [d["problem"].rpartition("(")[2] for d in answer["details"]] == [
        "machine id 4f1d2c3b, server=Anna)",
        "machine id 4f1d2c3b, server=Ben)",
    ]


def test_a_machine_that_stops_saying_a_name_is_known_by_the_one_that_it_has(site: Site) -> None:
    clones(site, "2026-11-26", queries=(ANNA, BEN))
    clones(site, "2026-11-27")
    assert names(site) == ["pc-anna", "pc-ben"]
    assert told(site) == []
    site.record(duplicati("2026-11-28T02:00:00Z", server="pc-carl"))
    assert len(site.servers()) == 2


@pytest.mark.parametrize("name", ["büro 7", "a/b&c", "[1]", '"'])
def test_whatever_is_said_tells_machines_apart(site: Site, name: str) -> None:
    site.record(duplicati(START), query=ANNA)
    for _ in range(2):
        site.record(duplicati(START), query=f"?server={quote(name)}")
    assert [s.said for s in site.servers()] == ["Anna", name]


def test_a_single_machine_that_always_said_a_name_stays_one(site: Site) -> None:
    for day in (26, 27, 28):
        site.record(duplicati(f"2026-11-{day}T02:00:00Z"), query="?server=attic&backup=x")
    assert [(s.identity, s.name) for s in site.servers()] == [("machine:4f1d2c3b", "nas")]


def test_a_name_that_only_some_jobs_say_does_not_alternate_with_that_of_the_machine(site: Site) -> None:
    for day in (25, 26, 27, 28):
        site.now.set(f"2026-11-{day}T12:00:00Z")
        site.record(form(text_report(f"2026-11-{day}T02:00:00Z")) + b"&server=Attic")
        site.record(duplicati(f"2026-11-{day}T03:00:00Z", job="Music"))
    assert names(site) == ["Attic"]


def test_once_kept_apart_each_name_is_a_server_of_its_own(site: Site) -> None:
    clones(site, "2026-11-20", "2026-11-21")
    (server,) = site.servers()
    other = next(name for name in ("pc-anna", "pc-ben") if name != server.name)
    before = len(site.runs())
    site.writes.run(keep_servers_apart, server=1, dismiss=False, **site.signature())
    clones(site, "2026-11-22", "2026-11-23")
    assert names(site) == [server.name, other]
    assert [s.may_be_id for s in site.servers()] == [None, None]
    histories = {
        job.server_id: site.db.row("SELECT count(*) FROM run WHERE job_id = ?", (job.id,))
        for job in site.jobs()
    }
    assert histories == {1: (before + 2,), 2: (2,)}
    assert len(told(site)) == 1
    # Who then says what the page gives to paste stays where it is.
    clones(site, "2026-11-24", queries=("?server=pc-anna", "?server=pc-ben"))
    assert len(site.servers()) == 2
    assert site.db.rows("SELECT action FROM audit") == [("server.keep_apart",)]


def test_a_dismissed_proposal_does_not_come_back(site: Site) -> None:
    clones(site, "2026-11-20", "2026-11-21")
    site.writes.run(keep_servers_apart, server=1, dismiss=True, **site.signature())
    clones(site, "2026-11-22", "2026-11-23")
    assert (len(site.servers()), len(told(site)), site.servers()[0].names_state) == (1, 1, "dismissed")


def test_a_server_whose_names_do_not_alternate_is_not_kept_apart(site: Site) -> None:
    site.record(duplicati(START))
    with pytest.raises(DuplistatError, match="do not alternate between names"):
        site.writes.run(keep_servers_apart, server=1, dismiss=False, **site.signature())


def test_two_that_were_kept_apart_can_be_merged_and_stay_one(site: Site) -> None:
    site.now.set("2026-11-29T12:00:00Z")
    site.record(duplicati(START, server="pc-anna"), query=ANNA)
    site.record(duplicati("2026-11-27T03:00:00Z", server="pc-ben"), query=BEN)
    for into, gone in ((1, 2), (2, 1)):
        merge = site.writes.run(merge_servers, into=into, gone=gone, sees=[1], **site.signature())
        while not site.writes.run(merge_step, merge=merge, now=site.now()):
            pass
        site.record(duplicati(f"2026-11-28T0{into}:00:00Z", server="pc-anna"), query=ANNA)
        site.record(duplicati(f"2026-11-28T0{into}:30:00Z", server="pc-ben"), query=BEN)
        assert [s.id for s in site.servers()] == [into]
        site.writes.run(unmerge_servers, merge=merge, sees=[1], **site.signature())
        while not site.writes.run(merge_step, merge=merge, now=site.now()):
            pass
        assert [s.id for s in site.servers()] == [1, 2]


def test_a_repeat_goes_where_the_first_went(site: Site) -> None:
    body = duplicati(START, server="pc-ben")
    site.record(duplicati(START, server="pc-anna"), query=ANNA)
    first = site.record(body, query=BEN)
    assert site.record(body, query=BEN)["data"] == first["data"]


def test_machines_that_say_names_for_the_first_time_at_once_are_as_many_servers(site: Site) -> None:
    site.record(duplicati("2026-11-26T02:00:00Z"))
    said = [f"pc-{number}" for number in range(4)]

    def send(name: str) -> None:
        for day in (27, 28):
            for _ in range(5):
                answer = site.post(
                    duplicati(f"2026-11-{day}T02:00:00Z", server=name), query=f"?server={name}"
                )
                if answer.status_code == 200:
                    break
        site.db.close()

    senders = [threading.Thread(target=send, args=(name,)) for name in said]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    assert sorted(server.said for server in site.servers()) == said
    found = site.db.rows("SELECT count(*) FROM run GROUP BY job_id ORDER BY 1")
    assert found == [(2,), (2,), (2,), (3,)]
