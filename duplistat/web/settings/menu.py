"""The subjects of settings: which there are, and who sees them."""

from duplistat.web.language import gettext as _
from duplistat.web.parts.subject_pages import allowed


def links() -> list[tuple[str, str]]:
    """(address, name) of each subject that who looks may see."""
    subjects = (
        ("web.me", _("Profile")),
        ("web.sessions", _("Sessions")),
        ("web.settings_inbox", _("Unrecognised reports")),
        ("web.settings_output", _("Test an output")),
        ("web.settings_agents", _("Duplicati connections")),
        ("web.settings_keys", _("API keys")),
        ("web.settings_ping_keys", _("Ping keys")),
        ("web.settings_badges", _("Badges")),
        ("web.settings_clients", _("OAuth clients")),
        ("web.settings_users", _("Users")),
        ("web.settings_accounts", _("Accounts")),
        ("web.settings_retention", _("Retention")),
        ("web.settings_locations", _("Storage locations")),
        ("web.settings_import", _("Import")),
        ("web.settings_database", _("Database")),
        ("web.audit", _("Audit log")),
        ("web.settings_about", _("System")),
    )
    return allowed(subjects)
