"""The command of the README and of pages that sends a sample report, as somebody new pastes it."""

import json
import re
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any

import pytest

from tests.support.served_app import served_app
from tests.test_docs import ROOT, fences
from tests.web.settings.people import as_role, below_main
from tests.web.site import Site, link

BASE = "--send-http-url=http://localhost"
SHELLS = [name for name in ("sh", "bash", "dash", "zsh") if shutil.which(name)]


def of_readme(site: Site) -> str:
    return next(code for code in fences(ROOT / "README.md", "sh") if "/api/upload" in code)


def of_page(site: Site) -> str:
    found = re.search(r'<pre class="paste">(curl .*?)</pre>', site.html("/"), re.DOTALL)
    assert found is not None
    return unescape(found[1])


def pasted(shell: str, command: str, address: str) -> dict[str, Any]:
    """What the server answers, after `command` was pasted with its address."""
    command, replaced = re.subn(r"http://localhost(:9666)?", address, command)
    assert replaced == 1
    ran = subprocess.run([shell], input=command, capture_output=True, text=True, timeout=60, check=True)
    answer: dict[str, Any] = json.loads(ran.stdout)
    return answer


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("sample", [of_readme, of_page])
def test_the_sample_report_is_one_of_now_whenever_it_is_pasted(site: Site, shell: str, sample: Any) -> None:
    site.now = datetime.now(UTC)
    earlier, command = site.now - timedelta(seconds=5), sample(site)
    with served_app(site.app) as address:
        first = pasted(shell, f"date() {{ echo {earlier:%Y-%m-%dT%H:%M:%SZ}; }}\n{command}", address)
        later = pasted(shell, command, address)
    assert first["data"] == {"backupId": 1, "serverId": 1}
    assert later["data"] == {"backupId": 2, "serverId": 1}


@pytest.mark.parametrize("sample", [of_readme, of_page])
def test_all_is_well_after_the_sample_report(site: Site, sample: Any) -> None:
    site.now = datetime.now(UTC)
    command = sample(site)
    with served_app(site.app) as address:
        pasted("sh", command, address)
    text = site.text("/")
    for words in ("Your job is protected", "server-01", "daily-backup"):
        assert words in text


def test_who_is_of_another_account_is_told_to_report_with_a_key_of_it(site: Site) -> None:
    """Without one, what they send would arrive in the account main."""
    lines, sample = f"{BASE}/api/upload", '-H "X-Api-Key: '
    assert f"{lines}\n" in site.html("/")
    assert sample not in unescape(site.html("/"))
    below = below_main(site, "praxis")
    with as_role(site, "admin", below):
        html = site.html("/")
        for page in (html, site.html("/settings/agents/add")):
            assert f"{lines}?key=KEY\n" in page
            assert f'{sample}KEY"' in unescape(page)
        assert link(html.partition("Replace KEY")[2], "API keys") == "/settings/keys"
    with as_role(site, "viewer", below):
        assert "reports do not arrive here. Ask an administrator for one." in site.text("/")
