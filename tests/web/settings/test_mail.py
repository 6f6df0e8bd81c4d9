"""/settings/mail: addresses are made, shown once and revoked; rules are added, tried and taken away."""

import re

from duplistat.core.wildcards import LONGEST
from duplistat.services.mail_intake import addresses
from duplistat.store import deliveries, mail_intake
from tests.web.settings.people import as_role, below_main
from tests.web.site import Site, said

ADDRESS = "/settings/mail"
LOCAL_PART = re.compile(rf"\b[a-z2-7]{{{addresses.CHARS}}}@HOST\b")


def test_an_address_is_shown_once_and_revoked(site: Site) -> None:
    page = site.send(ADDRESS, 200, name="<b>NAS</b>", server="attic").text
    (made,) = set(LOCAL_PART.findall(page))
    assert "<b>NAS" not in page
    later = site.client.get(ADDRESS).text
    assert made not in later
    assert f"{made[:4]}…" in later
    assert 'aria-label="Revoke: &lt;b&gt;NAS&lt;/b&gt;"' in later
    assert "Danger zone" not in later
    (found,) = mail_intake.addresses(site.db, (1,))
    assert (found.name, found.server, found.job) == ("<b>NAS</b>", "attic", "")
    assert "Type &lt;b&gt;NAS&lt;/b&gt; to confirm" in site.html(f"{ADDRESS}?revoke={found.id}")
    assert "The name does not match." in site.send(f"{ADDRESS}/{found.id}/revoke", 400, confirm="NAS").text
    site.send(f"{ADDRESS}/{found.id}/revoke", confirm="<b>NAS</b>")
    assert mail_intake.addresses(site.db, (1,)) == []


def test_two_of_one_name_are_refused(site: Site) -> None:
    site.send(ADDRESS, 200, name="nas")
    assert "There is a mail address named" in said(site.send(ADDRESS, 400, name="nas").text)
    assert "Enter a name." in said(site.send(ADDRESS, 400, name=" ").text)


def test_a_mail_is_tried_and_nothing_is_recorded(site: Site) -> None:
    page = said(site.send(f"{ADDRESS}/try", 200, subject="[Failed] Daily SQL (3 objects)", body="x").text)
    assert "The rule is Veeam: *[Failed] {job} (*)" in page
    assert "Daily SQL on unknown (mail): Backup ended with errors" in page
    page = said(site.send(f"{ADDRESS}/try", 200, subject="Backup completed", body="").text)
    assert "No rule matches." in page
    assert "Backup ended with unknown result" in page
    assert deliveries.recent(site.db, limit=1) == []


def test_an_own_rule_is_added_tried_and_taken_away(site: Site) -> None:
    rule = {
        "place": "subject",
        "pattern": "Backup of {job} completed",
        "result": "success",
        "operation": "backup",
    }
    site.send(f"{ADDRESS}/rules", 303, **rule)
    page = said(site.send(f"{ADDRESS}/try", 200, subject="Backup of db1 completed").text)
    assert "Own rule: Backup of {job} completed" in page
    assert "db1 on unknown (mail): Backup succeeded" in page
    assert 'aria-label="Remove: Backup of {job} completed"' in site.client.get(ADDRESS).text
    assert "There is a rule for this pattern already" in said(site.send(f"{ADDRESS}/rules", 400, **rule).text)
    (found,) = mail_intake.rules(site.db, (1,))
    assert "Type Backup of {job} completed to confirm" in site.text(f"{ADDRESS}?remove={found.id}")
    site.send(f"{ADDRESS}/rules/{found.id}/remove", 400)
    site.send(f"{ADDRESS}/rules/{found.id}/remove", confirm=rule["pattern"])
    assert mail_intake.rules(site.db, (1,)) == []


def test_a_pattern_that_is_none_says_why(site: Site) -> None:
    rule = {"place": "subject", "result": "success", "operation": "backup"}
    for pattern, problem in (("x" * (LONGEST + 1), "is too long"), ("*{job}", "needs a text between")):
        assert problem in said(site.send(f"{ADDRESS}/rules", 400, pattern=pattern, **rule).text)


def test_what_is_of_another_account_is_not_there(site: Site) -> None:
    other, nobody = below_main(site, "other"), 99
    site.send(ADDRESS, 200, name="nas")
    (found,) = mail_intake.addresses(site.db, (1,))
    with as_role(site, "admin", other):
        assert "nas" not in said(site.client.get(ADDRESS).text)
        for number in (found.id, nobody):
            site.html(f"{ADDRESS}?revoke={number}", 404)
            site.html(f"{ADDRESS}?remove={number}", 404)
            site.send(f"{ADDRESS}/{number}/revoke", 404)
            site.send(f"{ADDRESS}/rules/{number}/remove", 404)
    assert len(mail_intake.addresses(site.db, (1,))) == 1
