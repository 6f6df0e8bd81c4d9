"""Which part of the documentation tells of which page of ours."""

from flask import request, url_for

# {page of the documentation, with its part: endpoints of our pages, also of those that answer a form}.
_TOLD = {
    "overview": ("overview",),
    "overview#several-jobs-at-once": ("jobs_selected",),
    "overview#on-a-wall": ("settings_walls", "settings_wall_create"),
    "jobs": (
        "job",
        "job_set_schedule",
        "job_preview_schedule",
        "job_pause",
        "job_set_window",
        "job_set_words",
    ),
    "jobs#deleting-a-job": ("job_delete",),
    "jobs#history": ("run",),
    "servers": ("servers", "server", "server_edit"),
    "servers#calendar": ("calendar",),
    "servers#trends": ("trends",),
    "servers#all-runs": ("run_list",),
    "schedules": ("schedules",),
    "schedules#as-a-spreadsheet": ("schedules_look",),
    "servers#two-that-are-one": ("server_merge",),
    "servers#deleting": ("server_delete",),
    "accounts": ("partners",),
    "deliveries#looking": ("delivery", "delivery_view", "settings_delivery"),
    "protocols/backupmonitor#post-apiingestnotification": ("events",),
    "alerts#problems": ("alerts", "problem"),
    "alerts#notices": ("notices", "notice", "notice_attempts"),
    "alerts#channels": ("channels",),
    "channels": ("channel_new", "channel_create", "channel", "channel_save"),
    "alerts#custom-texts": ("channel_texts", "channel_texts_save"),
    "alerts#rules": ("rules", "rule_new", "rule_create", "rule", "rule_save"),
    "alerts#who-would-be-alerted": ("coverage",),
    "alerts#silences": ("silences", "silence_add"),
    "digests-and-evidence#digests": (
        *("digest", "digest_of_day", "digest_settings", "digest_add", "digest_edit", "digest_save"),
    ),
    "digests-and-evidence#evidence": ("evidence",),
    "settings": ("settings",),
    "people#profile": ("me", "me_save", "me_save_sign_in"),
    "people#sessions": ("sessions",),
    "people#the-audit-log": ("audit",),
    "settings#api-keys": ("settings_keys", "settings_key_create", "settings_key", "settings_key_rotate"),
    "settings#ping-keys": ("settings_ping_keys", "settings_ping_key_create", "settings_ping_key"),
    "settings#badges": ("settings_badges", "settings_badge_create"),
    "settings#unrecognised-reports": ("settings_inbox",),
    "settings#test-an-output": ("settings_output", "settings_output_explain"),
    "mail-intake": ("settings_mail", "settings_mail_create", "settings_mail_rule_add", "settings_mail_try"),
    "settings#retention": ("settings_retention", "settings_retention_save"),
    "settings#storage-locations": ("settings_locations", "settings_location", "settings_location_save"),
    "settings#duplicati-connections": (
        *(
            "settings_agents",
            "settings_agent",
            "settings_agent_save",
            "settings_calls",
            "settings_calls_save",
        ),
    ),
    "settings#add-a-duplicati-server": ("connect", "connect_save", "connect_test"),
    "settings#oauth-clients": ("settings_clients", "settings_client_create", "settings_client"),
    "settings#database": ("settings_database",),
    "backup-and-upgrade#on-a-page": ("settings_restore", "settings_restore_start", "settings_restore_go"),
    "settings#import": ("settings_import", "settings_import_start"),
    "settings#server-log": ("settings_log",),
    "settings#system": ("settings_about",),
    "settings#users": ("settings_users", "settings_user_create", "settings_user", "settings_user_save"),
    "settings#accounts": ("settings_accounts", "settings_account", "settings_account_save"),
}
TOLD_IN = {f"web.{endpoint}": place for place, endpoints in _TOLD.items() for endpoint in endpoints}


def help_address() -> str:
    """The address of what tells of this page; that of all of the documentation where nothing does."""
    name, _, part = TOLD_IN.get(request.endpoint or "", "").partition("#")
    return url_for("web.documentation", name=name or None, _anchor=part or None)
