"""Every change that a person makes is noted, whichever way it comes: a page, /api.php or a command."""

import json

import pytest

from duplistat.core.errors import DuplistatError
from duplistat.services import writes
from duplistat.services.maintenance.database_copies import request_backup_or_check
from duplistat.services.maintenance.restore_asked import request_look
from duplistat.services.people.sessions import (
    decide_sign_in,
)
from duplistat.services.people.users import (
    change_user,
)
from tests.access.noted_commands import OF_ALL, OF_MACHINES, OF_PEOPLE
from tests.access.noted_world import (
    ADA,
    OF_WHO_COMES_IN,
    SECRET,
    Command,
    World,
    run_command,
)


def test_every_command_is_run_by_people_or_by_machines() -> None:
    assert {*writes.commands().values()} == OF_PEOPLE.keys() | OF_MACHINES
    assert not OF_PEOPLE.keys() & OF_MACHINES


@pytest.mark.usefixtures("both_databases")
@pytest.mark.parametrize("command", OF_PEOPLE)
def test_what_people_change_is_noted_with_who_did_it_and_without_a_secret(
    world: World, command: Command
) -> None:
    make, action = OF_PEOPLE[command]
    if command in (request_backup_or_check, request_look) and not world.site.db.on_sqlite:
        with pytest.raises(DuplistatError):
            world.do(command, **make(world))
        return
    noted = world.do(command, **make(world))
    assert [entry.action for entry in noted] == [action]
    (entry,) = noted
    assert entry.at == world.site.now()
    assert entry.address == ADA.address
    if command in OF_WHO_COMES_IN:
        assert entry.user is not None
        assert entry.who == entry.subject
    else:
        assert (entry.user, entry.who) == (ADA.user, ADA.who)
    assert entry.subject or command in OF_ALL
    assert SECRET not in f"{entry}"
    assert isinstance(json.loads(entry.before), dict)


@pytest.mark.parametrize("command", [one for one in OF_PEOPLE if one not in OF_WHO_COMES_IN])
def test_nobody_changes_anything_without_saying_who(world: World, command: Command) -> None:
    make, _ = OF_PEOPLE[command]
    arguments = {"now": world.site.now()} | make(world)
    before = world.noted()
    with pytest.raises(DuplistatError):
        run_command(world.site, command, arguments)
    assert world.noted() == before


def test_a_person_who_signs_in_and_fails_is_noted_and_so_is_the_lock(world: World) -> None:
    for _ in range(10):
        entries = world.do(
            decide_sign_in, email="jo@example.org", right=None, prefer="last", address="192.0.2.7"
        )
    assert [entry.action for entry in entries] == ["user.sign_in_failed", "user.locked"]
    assert (
        world.do(decide_sign_in, email="jo@example.org", right=None, prefer="last", address="192.0.2.7") == []
    )


def test_a_change_that_changes_nothing_is_not_noted(world: World) -> None:
    assert world.do(change_user, user=world.jo, changes={"name": "Jo"}) == []
