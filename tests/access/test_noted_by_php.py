"""Every change that /api.php makes is noted."""

from collections.abc import Callable

import pytest

from duplistat.apis.backuprun.api import CALLS
from tests.access.noted_world import World
from tests.support.people import PASSWORD, People
from tests.support.site import Site

# Each call of /api.php: what it is sent and what is noted; None for one that changes nothing.
IN_PHP: dict[str, tuple[dict[str, str], str | None]] = {
    "registerNewUser": ({"email": "n@example.org", "name": "New", "password": PASSWORD}, "account.register"),
    "login": ({"email": "ada@example.org", "password": PASSWORD}, "user.sign_in"),
    "updateUserData": ({"name": "Ada Lovelace"}, "user.set"),
    "recoverPassword": ({"email": "kim@example.org"}, "user.recovery"),
    "resetPassword": ({"recoverycode": "code", "password": PASSWORD}, "user.reset_password"),
    "addContact": (
        {"email": "d@example.org", "name": "D", "password": PASSWORD, "role": "4"},
        "contact.create",
    ),
    "updateContactData": ({"contact_id": "CONTACT", "name": "Dee"}, "user.set"),
    "removeContact": ({"contact_id": "CONTACT"}, "contact.remove"),
    "addService": (
        {"type": "VDS", "agent": "nas", "agent_port": "8200", "location": "527", "name": "nas"},
        "service.add",
    ),
    "activateAgent": ({"agent-id": "SERVICE", "name": "NAS"}, "service.set"),
    "setActivationHint": ({"service_id": "V1000S", "activation_hint": "install-on-Linux"}, "service.set"),
    "setServiceConfigured": (
        {"service_id": "V1000S", "activation_hint": "install-on-Linux"},
        "service.configure",
    ),
    "editService": ({"sc_id": "SERVICE", "service_action": "terminate"}, "service.cancel"),
    "runPolicy": ({"service_id": "V1000S"}, "service.run"),
    "getStatus": ({}, None),
    "getBackupStatus": ({"service_id": "V1000S"}, None),
    "getTaskDetailById": ({"taskExecutionContextId": "1"}, None),
}


@pytest.mark.parametrize("call", CALLS)
def test_what_is_changed_by_api_php_is_noted(make_site: Callable[..., Site], call: str) -> None:
    world = World(make_site(accounts={"registration": "open"}))
    people = People(world.site)
    ada = people.signed_in("ada@people.example.org")
    form, action = IN_PHP[call]
    places = {"CONTACT": str(world.contact), "SERVICE": str(world.service)}
    number = f"V{10_000 + world.service}"
    form = {name: number if value == "V1000S" else places.get(value, value) for name, value in form.items()}
    if call == "login":
        form["email"] = "ada@people.example.org"
    before = len(world.noted())
    ada.call(call, **form)
    assert [entry.action for entry in world.noted()[before:]] == ([action] if action else [])
