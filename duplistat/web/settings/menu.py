"""The subjects of settings: which there are, in groups, and who sees them."""

from typing import NamedTuple

from duplistat.web.language import gettext as _
from duplistat.web.language import pgettext
from duplistat.web.parts.subject_pages import Links, allowed


class Group(NamedTuple):
    """Subjects that belong together, each (address, name)."""

    name: str
    links: Links


def groups() -> list[Group]:
    """What who looks may see; groups without any subject are left out."""
    known = (
        (_("You"), (("web.me", _("Profile")), ("web.sessions", _("Sessions")))),
        (
            _("Collecting"),
            (
                ("web.settings_agents", _("Duplicati connections")),
                ("web.settings_keys", _("API keys")),
                ("web.settings_ping_keys", _("Ping keys")),
                ("web.settings_badges", _("Badges")),
                ("web.settings_mail", _("Mail")),
                ("web.settings_clients", _("OAuth clients")),
                ("web.settings_inbox", _("Unrecognised reports")),
                ("web.settings_output", _("Test an output")),
            ),
        ),
        (
            pgettext("of settings", "Team"),
            (
                ("web.settings_users", _("Users")),
                ("web.settings_accounts", _("Accounts")),
                ("web.settings_walls", _("Wall display")),
                ("web.audit", _("Audit log")),
            ),
        ),
        (
            _("System"),
            (
                ("web.settings_retention", _("Retention")),
                ("web.settings_locations", _("Storage locations")),
                ("web.settings_import", _("Import")),
                ("web.settings_database", _("Database")),
                ("web.settings_log", _("Server log")),
                ("web.settings_about", _("System")),
            ),
        ),
    )
    found = [Group(name, allowed(subjects)) for name, subjects in known]
    return [group for group in found if group.links]


def links() -> Links:
    """(address, name) of each subject that who looks may see."""
    return [link for group in groups() for link in group.links]
