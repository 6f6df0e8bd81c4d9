"""`duplistat badge`."""

import pytest

from tests.cli.conftest import Run
from tests.support.site import Site


@pytest.mark.parametrize(
    ("options", "name"),
    [
        ([], "main"),
        (["--tag", "prod"], "prod"),
        (["--server", "web"], "web"),
        (["--server", "web", "--job", "db"], "db"),
    ],
)
def test_a_badge_is_made_shown_and_revoked(site: Site, run: Run, options: list[str], name: str) -> None:
    run("ping", "create", "--server", "web", "--job", "db")
    made = run("badge", "create", *options)
    assert made.exit_code == 0, made.output
    svg, json, shields = (line.split()[1] for line in made.stdout.splitlines())
    assert [address.rpartition(".")[2] for address in (svg, json, shields)] == ["svg", "json", "shields"]
    assert run("badge", "create", *options).stdout == made.stdout
    path = json[json.index("/b/") :]
    assert site.read(path)["status"] == "up"
    assert svg in run("badge", "list").stdout
    assert run("badge", "revoke", *options).stdout == f"badge of {name} revoked\n"
    assert site.get(path).status_code == 404
    assert run("badge", "revoke", *options).exit_code == 1


def test_a_badge_is_of_one_thing(run: Run) -> None:
    assert run("badge", "create", "--job", "db").exit_code == 2
    assert run("badge", "create", "--tag", "x", "--server", "web").exit_code == 2
