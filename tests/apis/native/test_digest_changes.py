"""Digests by programs; and unrecognised reports, and what is left of channels: confirmed, let go, asked again."""

import json

import pytest

from duplistat.store import notices
from tests.apis.native.program import Program, noted
from tests.support.alerting import Alerting
from tests.support.site import Site

pytestmark = pytest.mark.usefixtures("both_databases")


def test_a_digest_is_created_changed_sent_and_deleted(program: Program, alerting: Alerting) -> None:
    ops = alerting.channel()
    made = program.post("digests", {"name": "mornings", "channels": [ops], "hour": 6})
    assert (made["period"], made["hour"], made["enabled"], made["next_at"]) == (
        "day",
        6,
        True,
        "2026-01-29T06:00:00.000Z",
    )
    assert program.read("digests/1") == made
    assert program.read("digests")["digests"] == [made]
    changed = program.send("PATCH", "digests/1", {"period": "week", "day": 5}).get_json()
    assert (changed["period"], changed["day"], changed["hour"]) == ("week", 5, 6)
    assert program.post("digests/1/send", again="k") == {"notices": 1}
    assert program.post("digests/1/send", again="k") == {"notices": 1}
    assert [notice["kind"] for notice in program.read("notices")["notices"]] == ["digest"]
    assert program.refused("digests", {"name": "x", "channels": [99], "hour": 24}).keys() == {"hour"}
    assert program.refused("digests", {"name": "x", "channels": [99]}).keys() == {"channels"}
    assert program.send("DELETE", "digests/1").status_code == 204
    assert [action for _, action, _ in noted(program.site)] == [
        "digest.delete",
        "digest.send",
        "digest.set",
        "digest.create",
    ]


def test_a_channel_is_confirmed_by_its_code_and_what_waits_is_sent(
    program: Program, alerting: Alerting, site: Site
) -> None:
    ops = alerting.channel()
    notice = program.post(f"channels/{ops}/test")["id"]
    assert program.refused(f"channels/{ops}/confirm", {"code": "no"}).keys() == {"code"}
    row = notices.seen(site.db, site.everyone, notice)
    assert row is not None
    code = json.loads(row.facts)["details"]["code"]
    assert program.post(f"channels/{ops}/confirm", {"code": code})["verified_at"]
    assert program.post(f"channels/{ops}/send") == {"notices": 1}


def test_a_webhook_gets_another_secret_which_is_told_once(program: Program, site: Site) -> None:
    hook = {
        "name": "hook",
        "kind": "webhook",
        "url": "https://hooks.example.org/x",
        "secret": "whsec_" + "QUJD" * 8,
    }
    id = program.post("channels", hook)["id"]
    made = program.post(f"channels/{id}/rotate", again="k")["secret"]
    assert made.startswith("whsec_")
    assert program.post(f"channels/{id}/rotate", again="k") == {"secret": None}
    assert made not in repr(site.db.rows("SELECT * FROM idempotency"))
    mail = program.post("channels", {"name": "m", "kind": "mail", "to": ["a@example.org"]})
    assert program.send("POST", f"channels/{mail['id']}/rotate").status_code == 400


def test_an_address_is_asked_again_and_subscribed_again(program: Program, site: Site) -> None:
    mail = program.post("channels", {"name": "m", "kind": "mail", "to": ["a@example.org"]})
    (address,) = mail["recipients"]
    assert address["state"] == "unconfirmed"
    # It was asked a moment ago.
    assert program.send("POST", f"recipients/{address['id']}/ask").status_code == 400
    site.now.forward(hours=1)
    assert program.post(f"recipients/{address['id']}/ask")["recipients"] == [address]
    site.db.execute("UPDATE recipient SET verified_at = 1, unsubscribed_at = 1")
    again = program.post(f"recipients/{address['id']}/resubscribe")
    assert again["recipients"][0]["state"] != "unsubscribed"


def test_unrecognised_reports_are_dismissed_reopened_and_read_again(program: Program, site: Site) -> None:
    site.post(b"no report at all")
    (one,) = program.read("unrecognised")["unrecognised"]
    assert (one["state"], one["size"], one["endpoint"]) == ("unrecognised", 16, "/api/upload")
    path = f"unrecognised/{one['id']}"
    assert program.read(path) == one
    assert program.post(f"{path}/dismiss")["state"] == "dismissed"
    assert program.read("unrecognised")["unrecognised"] == []
    assert len(program.read("unrecognised?state=dismissed")["unrecognised"]) == 1
    assert program.post(f"{path}/reopen")["state"] == "unrecognised"
    assert program.post(f"{path}/replay")["state"] == "unrecognised"
    asked = program.send("POST", "unrecognised/replay")
    assert (asked.status_code, asked.get_json()["task_id"] > 0) == (202, True)
    assert noted(site)[0][:2] == ("key deploy", "delivery.replay")
