"""Settings: one subject a page, plain forms that are saved explicitly."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from duplistat.services.people.identity import Role
from duplistat.web.access import needs
from duplistat.web.formatting import ID
from duplistat.web.settings import (
    about,
    accounts,
    agents,
    audit,
    badges,
    calls,
    clients,
    connect,
    database,
    imports,
    inbox,
    keys,
    locations,
    me,
    output,
    ping_keys,
    retention,
    sessions,
    users,
)
from duplistat.web.settings.page import show


@needs(Role.VIEWER)
def settings() -> ResponseReturnValue:
    """All subjects that who looks may see."""
    return show("index")


def add_to(bp: Blueprint) -> None:
    """Give a blueprint all pages of settings."""
    for rule, endpoint, view, methods in (
        ("", "settings", settings, "GET"),
        ("/me", "me", me.page, "GET"),
        ("/me", "me_save", me.save, "POST"),
        ("/me/sign-in", "me_save_sign_in", me.save_sign_in, "POST"),
        ("/sessions", "sessions", sessions.page, "GET"),
        ("/sessions/end", "session_end", sessions.end, "POST"),
        ("/sessions/end-others", "sessions_end_others", sessions.end_others, "POST"),
        ("/audit", "audit", audit.page, "GET"),
        ("/audit.csv", "audit_csv", audit.as_spreadsheet, "GET"),
        ("/audit.json", "audit_json", audit.as_json, "GET"),
        ("/keys", "settings_keys", keys.page, "GET"),
        ("/keys", "settings_key_create", keys.create, "POST"),
        (f"/keys/{ID}", "settings_key", keys.one, "GET"),
        (f"/keys/{ID}/rotate", "settings_key_rotate", keys.rotate, "POST"),
        (f"/keys/{ID}/revoke", "settings_key_revoke", keys.revoke, "POST"),
        ("/ping-keys", "settings_ping_keys", ping_keys.page, "GET"),
        ("/ping-keys", "settings_ping_key_create", ping_keys.create, "POST"),
        (f"/ping-keys/{ID}", "settings_ping_key", ping_keys.one, "GET"),
        (f"/ping-keys/{ID}/rotate", "settings_ping_key_rotate", ping_keys.rotate, "POST"),
        (f"/ping-keys/{ID}/revoke", "settings_ping_key_revoke", ping_keys.revoke, "POST"),
        ("/badges", "settings_badges", badges.page, "GET"),
        ("/badges", "settings_badge_create", badges.create, "POST"),
        (f"/badges/{ID}/revoke", "settings_badge_revoke", badges.revoke, "POST"),
        ("/inbox", "settings_inbox", inbox.page, "GET"),
        ("/inbox/away", "settings_inbox_put_away", inbox.put_away, "POST"),
        ("/inbox/replay", "settings_inbox_replay", inbox.replay_all, "POST"),
        (f"/inbox/{ID}", "settings_delivery", inbox.one, "GET"),
        (f"/inbox/{ID}/replay", "settings_delivery_replay", inbox.replay, "POST"),
        ("/output", "settings_output", output.page, "GET"),
        ("/output", "settings_output_explain", output.explain, "POST"),
        ("/retention", "settings_retention", retention.page, "GET"),
        ("/retention", "settings_retention_save", retention.save, "POST"),
        ("/locations", "settings_locations", locations.page, "GET"),
        ("/locations", "settings_location_create", locations.create, "POST"),
        (f"/locations/{ID}", "settings_location", locations.one, "GET"),
        (f"/locations/{ID}", "settings_location_save", locations.save, "POST"),
        (f"/locations/{ID}/remove", "settings_location_remove", locations.remove, "POST"),
        ("/agents", "settings_agents", agents.page, "GET"),
        ("/agents/add", "connect", connect.page, "GET"),
        ("/agents/add", "connect_save", connect.save, "POST"),
        ("/agents/add/test", "connect_test", connect.test, "POST"),
        ("/agents/collect", "settings_agents_collect", agents.collect_all, "POST"),
        (f"/agents/{ID}", "settings_agent", agents.one, "GET"),
        (f"/agents/{ID}", "settings_agent_save", agents.save, "POST"),
        (f"/agents/{ID}/collect", "settings_agent_collect", agents.collect, "POST"),
        (f"/agents/{ID}/report-url", "settings_agent_report_url", agents.rotate, "POST"),
        (f"/agents/{ID}/freeze", "settings_agent_freeze", agents.freeze, "POST"),
        (f"/agents/{ID}/thaw", "settings_agent_thaw", agents.thaw, "POST"),
        (f"/agents/{ID}/maintain", "settings_agent_maintain", agents.maintain, "POST"),
        ("/agents/calls", "settings_calls", calls.page, "GET"),
        ("/agents/calls", "settings_calls_save", calls.save, "POST"),
        ("/clients", "settings_clients", clients.page, "GET"),
        ("/clients", "settings_client_create", clients.create, "POST"),
        (f"/clients/{ID}", "settings_client", clients.one, "GET"),
        (f"/clients/{ID}/revoke", "settings_client_revoke", clients.revoke, "POST"),
        ("/database", "settings_database", database.page, "GET"),
        ("/database/backup", "settings_database_backup", database.make_backup, "POST"),
        ("/database/backup", "settings_database_download", database.download, "GET"),
        ("/database/check", "settings_database_check", database.check, "POST"),
        ("/import", "settings_import", imports.page, "GET"),
        ("/import", "settings_import_start", imports.start, "POST"),
        (f"/import/{ID}/go", "settings_import_go", imports.go, "POST"),
        (f"/import/{ID}/discard", "settings_import_discard", imports.discard, "POST"),
        ("/about", "settings_about", about.page, "GET"),
        ("/users", "settings_users", users.page, "GET"),
        ("/users", "settings_user_create", users.create, "POST"),
        (f"/users/{ID}", "settings_user", users.one, "GET"),
        (f"/users/{ID}", "settings_user_save", users.save, "POST"),
        (f"/users/{ID}/mail", "settings_user_mail", users.mail, "POST"),
        (f"/users/{ID}/password", "settings_user_password", users.password, "POST"),
        (f"/users/{ID}/end-sessions", "settings_user_end_sessions", users.end_sessions, "POST"),
        (f"/users/{ID}/remove", "settings_user_remove", users.remove, "POST"),
        ("/accounts", "settings_accounts", accounts.page, "GET"),
        ("/accounts", "settings_account_create", accounts.create, "POST"),
        (f"/accounts/{ID}", "settings_account", accounts.one, "GET"),
        (f"/accounts/{ID}", "settings_account_save", accounts.save, "POST"),
        (f"/accounts/{ID}/move", "settings_account_move", accounts.move, "POST"),
        (f"/accounts/{ID}/freeze", "settings_account_freeze", accounts.freeze, "POST"),
        (f"/accounts/{ID}/thaw", "settings_account_thaw", accounts.thaw, "POST"),
        (f"/accounts/{ID}/export", "settings_account_export", accounts.export, "POST"),
        (f"/accounts/{ID}/delete", "settings_account_delete", accounts.delete, "POST"),
    ):
        bp.add_url_rule(f"/settings{rule}", endpoint, view, methods=[methods])
