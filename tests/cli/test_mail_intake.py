"""`duplistat mail`."""

import re
from pathlib import Path

from tests.cli.conftest import Run
from tests.support.site import Site


def test_an_address_is_printed_alone_on_the_last_line_and_only_then(site: Site, run: Run) -> None:
    made = run("mail", "create", "--name", "nas", "--server", "attic")
    assert made.exit_code == 0, made.output
    address = made.stdout.splitlines()[-1]
    assert re.fullmatch(r"[a-z2-7]{24}@HOST", address)
    listed = run("mail", "list").stdout
    assert re.search(rf"^main +nas +{address[:4]}… +attic +- +0 +-$", listed, re.MULTILINE)
    assert address[:24] not in listed
    assert run("mail", "create", "--name", "nas").exit_code == 1
    assert run("mail", "revoke", "--name", "nas").exit_code == 0
    assert run("mail", "revoke", "--name", "nas").exit_code == 1


def test_rules_are_added_tried_and_deleted(site: Site, run: Run, tmp_path: Path) -> None:
    assert (
        run("mail", "add-rule", "--pattern", "Done: {job}", "--status", "success").stdout == "rule 1 added\n"
    )
    listed = run("mail", "rules").stdout
    assert re.search(r"^1 +main +subject +Done: \{job\} +success +backup$", listed, re.MULTILINE)
    assert "Veeam" in listed
    mail = tmp_path / "mail.eml"
    mail.write_bytes(b"Subject: Done: db1\nFrom: root@nas\n\nx\n")
    tried = run("mail", "try", str(mail)).stdout
    assert tried.startswith("recognised: mail; rule: Done: {job}\n")
    assert re.search(r"^root@nas +db1 +backup +success$", tried, re.MULTILINE)
    assert run("mail", "delete-rule", "1").exit_code == 0
    assert "unknown" in run("mail", "try", "-", stdin=mail.read_bytes()).stdout
    assert site.deliveries() == []
