"""The subjects of settings: which there are, and who sees them."""

from flask import current_app, request, url_for

from duplistat.services.people.identity import Role
from duplistat.web.access import NEEDS, viewer
from duplistat.web.language import gettext as _


def links() -> list[tuple[str, str]]:
    """(address, name) of each subject that who looks may see; what a view needs says who that is."""
    subjects = (
        ("web.me", _("Profile")),
        ("web.sessions", _("Sessions")),
        ("web.settings_inbox", _("Unrecognised reports")),
        ("web.settings_agents", _("Duplicati connections")),
        ("web.settings_keys", _("API keys")),
        ("web.settings_clients", _("OAuth clients")),
        ("web.settings_users", _("Users")),
        ("web.settings_accounts", _("Accounts")),
        ("web.settings_retention", _("Retention")),
        ("web.settings_locations", _("Storage locations")),
        ("web.settings_database", _("Database")),
        ("web.audit", _("Audit log")),
        ("web.settings_about", _("System")),
    )
    found = []
    for endpoint, name in subjects:
        role, whole = getattr(current_app.view_functions[endpoint], NEEDS, (Role.VIEWER, False))
        if viewer().may(role) and (viewer().whole or not whole):
            found.append((url_for(endpoint), name))
    return found


def here(known: list[tuple[str, str]]) -> str:
    """The address of the subject that this page belongs to; "" for none."""
    own = f"{request.script_root}{request.path}"
    return next((address for address, _ in known if f"{own}/".startswith(f"{address}/")), "")
