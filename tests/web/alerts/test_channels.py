"""/alerts/channels: added, tested, verified, edited, switched, deleted; secrets go in and never come out."""

import json
import re
from datetime import timedelta
from typing import Any

import pytest

from duplistat.core.times import to_ms
from duplistat.http.context import KEY, Context
from duplistat.services.alerts import channel_config
from duplistat.store import channels, notices
from duplistat.store.channels import Channel
from tests.web.alerts.site import attempt, channel, failing
from tests.web.settings.people import as_role, below_main
from tests.web.site import Site, said

WEBHOOK: dict[str, Any] = {
    "name": "chat",
    "url": "https://hooks.example.org/SECRETPATH",
    "self_test": "1",
    "language": "",
}


def by_name(site: Site, name: str) -> Channel:
    found = channels.by_name(site.db, 1, name)
    assert found is not None
    return found


def stored(site: Site, name: str) -> dict[str, Any]:
    ctx: Context = site.app.extensions[KEY]
    return channel_config.opened(ctx.config, by_name(site, name))


def webhook(site: Site, **fields: Any) -> Channel:
    site.send("/alerts/channels/new/webhook", 200, **(WEBHOOK | fields))
    return by_name(site, fields.get("name", "chat"))


def test_a_fresh_page_says_that_there_is_no_mail_server(site: Site) -> None:
    page = site.text("/alerts/channels")
    assert "No mail server is set: set [mail] host in the configuration, or add another channel." in page
    for kind in ("mail", "webhook", "ntfy", "webpush", "apprise"):
        assert f'href="/alerts/channels/new/{kind}"' in site.html("/alerts/channels")


def test_a_webhook_gets_a_secret_that_is_shown_once(site_on_both: Site) -> None:
    site = site_on_both
    answer = site.send("/alerts/channels/new/webhook", 200, **WEBHOOK)
    secret = str(stored(site, "chat")["secret"])
    assert secret in answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    address = f"/alerts/channels/{by_name(site, 'chat').id}"
    for page in (site.html(address), site.html("/alerts/channels")):
        assert "hooks.example.org" in page
        assert secret not in page
        assert "SECRETPATH" not in page


def test_a_secret_left_empty_stays_and_another_one_replaces_it(site: Site) -> None:
    found = webhook(site, headers="X-Token: hush")
    address = f"/alerts/channels/{found.id}"
    before = stored(site, "chat")
    assert "Set. Leave blank to keep it." in site.text(address)
    assert "hush" not in site.html(address)
    site.send(address, name="team", language="de", zone="Europe/Berlin", template="")
    kept = stored(site, "team")
    assert kept == before
    row = by_name(site, "team")
    assert (row.language, row.zone, row.self_test) == ("de", "Europe/Berlin", 0)
    site.send(
        address, name="team", language="de", url="https://other.example.org/x", no_headers="1", template=""
    )
    after = stored(site, "team")
    assert (after["url"], after["headers"], after["secret"]) == (
        "https://other.example.org/x",
        {},
        before["secret"],
    )
    assert by_name(site, "team").shown == "other.example.org"


@pytest.mark.parametrize(
    ("kind", "fields", "message"),
    [
        ("webhook", {"name": " "}, "Enter a name."),
        ("webhook", {"url": "nonsense"}, "url"),
        ("webhook", {"headers": "no colon"}, "Write each header in a line of its own"),
        ("webhook", {"zone": "Mars/North"}, "Enter a time zone such as Europe/Berlin"),
        ("webhook", {"language": "xx"}, "Select one."),
        ("webhook", {"template": "{"}, "template"),
        ("mail", {"to": ""}, "A channel that sends mail needs an address."),
        ("mail", {"to": "nobody"}, "must be an e-mail address"),
        ("ntfy", {"url": "https://ntfy.sh/"}, "url"),
    ],
)
def test_a_form_that_is_wrong_says_so_and_adds_nothing(
    site: Site, kind: str, fields: dict[str, Any], message: str
) -> None:
    before = len(channels.all_channels(site.db))
    usual = {"name": "x", "language": "", "url": "https://ntfy.sh/topic"} | fields
    answer = site.send(f"/alerts/channels/new/{kind}", 400, **usual)
    assert message in answer.text
    assert 'aria-invalid="true"' in answer.text
    assert len(channels.all_channels(site.db)) == before


def test_addresses_are_asked_to_confirm_and_are_asked_again(site: Site) -> None:
    site.send("/alerts/channels/new/mail", name="team", language="", to="eva@example.org\nida@example.org")
    address = f"/alerts/channels/{by_name(site, 'team').id}"
    page = site.text(address)
    assert "eva@example.org confirmation pending" in page
    (first, second) = channels.recipients(site.db, by_name(site, "team").id)
    site.now += timedelta(hours=1)
    site.send(f"/alerts/recipients/{first.id}", do="ask")
    again = channels.recipient(site.db, first.id)
    assert again is not None
    assert again.asked_at == to_ms(site.now)
    channels.set_recipient(site.db, second.id, {"unsubscribed_at": 1, "verified_at": 1})
    assert "ida@example.org unsubscribed by its owner" in site.text(address)
    site.send(f"/alerts/recipients/{second.id}", do="resubscribe")
    assert "ida@example.org confirmed" in site.text(address)


def test_a_test_goes_through_the_outbox_and_its_code_verifies_the_channel(site: Site) -> None:
    found = webhook(site)
    address = f"/alerts/channels/{found.id}"
    assert "not yet: send a test" in site.text(address)
    answer = site.send(f"{address}/test")
    assert answer.headers["Location"].endswith(f"{address}#test")
    (notice,) = notices.page(site.db, (1,), channel=found.id)
    page = site.html(address)
    attempts = re.search(r'data-attempts="([^"]*)"', page)
    assert attempts is not None
    assert "data-on" in site.html(attempts[1])
    attempt(site, notice, "sent", "250", "2.0.0 queued as 4F")
    site.db.execute("UPDATE notice SET result = 'sent', ended_at = 1")
    part = site.html(attempts[1])
    assert "250" in part
    assert "2.0.0 queued as 4F" in part
    assert "data-on" not in part
    code = json.loads(notice.facts)["details"]["code"]
    assert code not in said(re.sub(r"\d\d:\d\d:\d\d", "", site.html(address)))
    wrong = site.send(f"{address}/confirm", 400, code="x")
    assert "not the code of a test" in wrong.text
    site.send(f"{address}/confirm", code=f" {code} ")
    assert by_name(site, "chat").verified_at == to_ms(site.now)
    assert "Did it arrive?" not in site.text(address)


def test_a_broken_channel_says_why_and_is_tried_again(site: Site) -> None:
    found = webhook(site)
    channels.update(
        site.db, found.id, {"state": "broken", "state_why": "401 <b>who</b>", "state_at": to_ms(site.now)}
    )
    address = f"/alerts/channels/{found.id}"
    assert "since today 14:00 : 401 <b>who</b>" in site.text(address)
    site.send(f"{address}/switch", on="1")
    assert by_name(site, "chat").state == "on"
    site.send(f"{address}/switch", on="0")
    assert "off" in site.text("/alerts/channels")
    assert by_name(site, "chat").state == "off"


def test_what_waits_is_sent_at_once(site: Site) -> None:
    ops = channel(site, "ops")
    failing(site, ops)
    later = to_ms(site.now) + 3_600_000
    site.db.execute("UPDATE notice SET not_before = ?", (later,))
    channels.update(site.db, ops, {"paused_until": later})
    assert "asked to wait" in site.text("/alerts/channels")
    site.send(f"/alerts/channels/{ops}/send")
    (notice,) = notices.page(site.db, (1,))
    assert notice.not_before == to_ms(site.now)
    assert by_name(site, "ops").paused_until is None


def test_another_secret_is_shown_once(site: Site) -> None:
    found = webhook(site)
    before = stored(site, "chat")["secret"]
    answer = site.send(f"/alerts/channels/{found.id}/rotate", 200)
    after = stored(site, "chat")
    assert after["secret"] != before
    assert after["old_secret"] == before
    assert str(after["secret"]) in answer.text
    ops = channel(site, "pager", kind="ntfy")
    site.send(f"/alerts/channels/{ops}/rotate", 404)


def test_it_is_deleted_once_its_name_was_typed(site: Site) -> None:
    found = webhook(site)
    answer = site.send(f"/alerts/channels/{found.id}/delete", 400, confirm="chatt")
    assert "The name does not match." in answer.text
    site.send(f"/alerts/channels/{found.id}/delete", confirm="chat")
    assert channels.by_name(site.db, 1, "chat") is None


def test_texts_of_its_own_are_previewed_saved_and_reset(site: Site) -> None:
    found = webhook(site)
    address = f"/alerts/channels/{found.id}/texts"
    assert "There is no run yet to preview it with." in site.text(address)
    site.fail()
    assert "paperless" in site.text(address)
    answer = site.send(
        address, 200, subject="Uh oh: {{ job }} on {{ server }}", text="", short="", preview="1"
    )
    assert "Uh oh: paperless on nas-keller" in said(answer.text)
    assert by_name(site, "chat").templates in ("", "{}")
    wrong = site.send(address, 400, subject="{{ nothing }}", text="{% raw", short="")
    assert "there is no variable nothing." in wrong.text
    site.send(address, subject="Uh oh: {{ job }}", text="", short="")
    assert json.loads(by_name(site, "chat").templates) == {"subject": "Uh oh: {{ job }}"}
    assert 'class="form saved"' in site.html(address)
    page = site.text(address)
    assert "Uh oh: paperless" in page
    assert "Yes, delete these texts" in page
    site.send(address, 400, reset="1")
    site.send(address, reset="1", sure="1")
    assert "Danger zone" not in site.html(address)
    assert json.loads(by_name(site, "chat").templates) == {}


def test_variables_of_templates_are_explained_in_the_language_of_who_looks(site: Site) -> None:
    address = f"/alerts/channels/{webhook(site).id}/texts"
    assert "The built-in subject" in site.text(address)
    site.client.set_cookie("duplistat_language", "de")
    page = site.text(address)
    assert "Der mitgelieferte Betreff" in page
    assert "Was mehrere Probleme gemeinsam haben: outage, server," in page
    assert "mixed, leer" in page


def test_apprise_says_what_it_may_reach_and_what_it_refuses(site: Site) -> None:
    page = site.text("/alerts/channels/new/apprise")
    assert "It may call public addresses, and nothing else" in page
    assert "Not allowed: services of this machine" in page
    answer = site.send("/alerts/channels/new/apprise", 400, name="x", language="", url="syslog://")
    assert 'aria-invalid="true"' in answer.text


def test_channels_are_for_admins_of_their_accounts(site: Site) -> None:
    acme = below_main(site, "acme")
    ours = webhook(site)
    theirs = channel(site, "theirs", acme)
    assert "theirs" in site.text("/alerts/channels")
    with as_role(site, "admin", acme):
        assert "chat" not in site.text("/alerts/channels")
        site.html(f"/alerts/channels/{theirs}")
        for path in ("", "/texts"):
            site.html(f"/alerts/channels/{ours.id}{path}", 404)
        for act in ("", "/test", "/confirm", "/switch", "/send", "/rotate", "/delete", "/texts"):
            site.send(
                f"/alerts/channels/{ours.id}{act}", 404, code="1", confirm="chat", name="x", language=""
            )
    with as_role(site, "operator", 1):
        site.html("/alerts/channels", 403)
        site.html(f"/alerts/channels/{ours.id}", 403)
    site.html("/alerts/channels/new/pigeon", 404)


def test_a_new_channel_speaks_the_language_of_who_adds_it(site: Site) -> None:
    chosen = '<option value="{}" selected'
    assert chosen.format("") in site.html("/alerts/channels/new/ntfy").partition('name="language"')[2]
    site.client.environ_base["HTTP_ACCEPT_LANGUAGE"] = "de"
    assert chosen.format("de") in site.html("/alerts/channels/new/ntfy").partition('name="language"')[2]
