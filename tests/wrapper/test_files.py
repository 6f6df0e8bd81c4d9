"""The programs that can be fetched: one file each, with the address of the server and nothing that a client put in."""

import ast
import configparser
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from duplistat.wrapper.files import MODULES, python_file, shell_file
from tests.support.site import Site
from tests.test_docs import ROOT, fences


def test_the_python_file_stands_alone_and_is_of_python_3_8() -> None:
    tree = ast.parse(python_file("https://backups.example.org"), feature_version=(3, 8))
    imported = [
        name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in (
            [node.module or ""] if isinstance(node, ast.ImportFrom) else [a.name for a in node.names]
        )
    ]
    beyond = {name.partition(".")[0] for name in imported} - sys.stdlib_module_names
    assert beyond == set()
    assert (ast.get_docstring(tree) or "").startswith("Run a backup")


def test_nothing_of_one_part_hides_a_name_of_another() -> None:
    names: list[str] = []
    folder = Path(sys.modules[python_file.__module__].__file__ or "").parent
    for module in MODULES:
        tree = ast.parse((folder / f"{module}.py").read_text("utf-8"))
        names += [node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)]
        names += [
            target.id
            for node in tree.body
            if isinstance(node, ast.Assign)
            for target in node.targets
            if isinstance(target, ast.Name)
        ]
    assert len(names) == len(set(names))


@pytest.mark.parametrize(
    "url",
    [
        "https://x'; touch /tmp/owned; '",
        'http://x"\nimport os',
        "http://$(id)",
        "http://x/`id`",
        "http://x\\",
        "javascript:1",
        "http://" + "x" * 300,
        "",
    ],
)
def test_an_address_that_is_none_is_left_out(url: str) -> None:
    assert "\nURL = ''\n" in python_file(url)
    assert "\nurl='' #" in shell_file(url)


def test_an_address_is_written_as_it_is() -> None:
    for url in ("https://backups.example.org/duplistat", "http://[::1]:9666", "http://nas_1:9666"):
        assert f"\nURL = '{url}'\n" in python_file(url + "/")
        assert f"\nurl='{url}' #" in shell_file(url)


def test_both_are_served_to_anybody_with_the_address_that_was_asked(site: Site) -> None:
    answer = site.client().get("/run.py", headers={"Host": "backups.example.org:9666"})
    assert (answer.status_code, answer.mimetype) == (200, "text/x-python")
    assert answer.text == python_file("http://backups.example.org:9666")
    answer = site.client().get("/report.sh", headers={"Host": "backups.example.org:9666"})
    assert (answer.status_code, answer.mimetype) == (200, "text/x-shellscript")
    assert answer.text == shell_file("http://backups.example.org:9666")


def test_a_host_that_a_client_made_up_is_not_in_them(site: Site) -> None:
    for host in ("evil'; id; '", 'evil"', "evil x", "$(evil)", "x`evil`"):
        for path in ("/run.py", "/report.sh"):
            answer = site.client().get(path, headers={"Host": host})
            assert "evil" not in answer.text
            assert answer.status_code in (200, 400)


def test_the_address_that_is_set_counts(make_site: Callable[..., Site]) -> None:
    site = make_site(server={"public_url": "https://backups.example.org", "base_path": "/status"})
    for path in ("/run.py", "/report.sh"):
        text = site.client().get(path, headers={"Host": "evil.example"}).text
        assert "'https://backups.example.org/status'" in text
        assert "evil" not in text


def test_the_shell_file_is_one_for_dash() -> None:
    done = subprocess.run(["dash", "-n"], input=shell_file("http://a").encode(), check=False)
    assert done.returncode == 0


def test_what_the_page_shows_for_shells_cron_and_systemd_is_read_by_them(site: Site) -> None:
    page = ROOT / "docs/run.md"
    for code in fences(page, "sh"):
        assert subprocess.run(["dash", "-n"], input=code.encode(), check=False).returncode == 0, code
    for code in fences(page, "ini"):
        unit = configparser.ConfigParser(strict=False, interpolation=None)
        unit.read_string(code)
        for command in [unit["Service"]["ExecStart"]] if "Service" in unit else []:
            assert command.startswith("/usr/local/bin/duplistat-run ")
    (table,) = [code for code in fences(page, "text") if "* * *" in code]
    for line in table.splitlines():
        command = line.split(maxsplit=5)[5]
        # In a crontab it would end the line.
        assert "%" not in command
        assert subprocess.run(["dash", "-n", "-c", command], check=False).returncode == 0
    shown = "\n".join(fences(page, "sh", "powershell", "yaml"))
    for path in set(re.findall(r"http://HOST:9666(/[\w.]+)", shown)):
        assert site.client().get(path).status_code == 200
