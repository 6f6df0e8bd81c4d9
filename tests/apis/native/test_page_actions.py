"""What people do on pages, programs can do: each action of a page has its call, or a reason why there is none."""

from duplistat.apis.native.operations import OPERATIONS
from tests.support.doors import doors
from tests.support.site import Site

# Each address that pages post to: the names of the operations that do the same, or in words why there is none.
CALLS: dict[str, tuple[str, ...] | str] = {
    "/jobs/selected": ("changeJobs", "archiveJobs", "bringJobsBack"),
    "/jobs/{id}/schedule": ("changeJob",),
    "/jobs/{id}/rhythm": ("changeJob",),
    "/jobs/{id}/schedule/preview": ("previewSchedule",),
    "/jobs/{id}/schedule/learned": ("takeOverLearnedSchedule",),
    "/jobs/{id}/schedule/kept": ("keepSchedule",),
    "/schedules/{id}": (
        "changeJob",
        "pauseJob",
        "resumeJob",
        "previewSchedule",
        "createSilence",
        "endSilence",
    ),
    "/schedules/import": ("importSchedules",),
    "/schedules/import/apply": ("importSchedules",),
    "/jobs/{id}/pause": ("pauseJob",),
    "/jobs/{id}/resume": ("resumeJob",),
    "/jobs/{id}/maintenance": ("setMaintenance", "removeMaintenance"),
    "/jobs/{id}/about": ("changeJob",),
    "/jobs/{id}/archive": ("archiveJob", "bringJobBack"),
    "/jobs/{id}/export": ("exportJob",),
    "/jobs/{id}/delete": ("deleteJob",),
    "/jobs/{id}/join": ("joinJobs",),
    "/jobs/{id}/unjoin": ("unjoinJobs",),
    "/jobs/{id}/keep": ("keepJobsApart",),
    "/jobs/{id}/acknowledge": ("acknowledgeJob", "takeJobAcknowledgementBack"),
    "/jobs/{id}/dismiss": ("dismissFailure",),
    "/jobs/{id}/ping": ("createPing",),
    "/jobs/{id}/ping/rotate": ("rotatePing",),
    "/jobs/{id}/ping/revoke": ("revokePing",),
    "/jobs/{id}/ping/timed": ("changePing",),
    "/jobs/{id}/badge": ("createBadgeOfJob",),
    "/jobs/{id}/badge/revoke": ("revokeBadgeOfJob",),
    "/settings/ping-keys": ("createPingKey",),
    "/settings/ping-keys/{id}/rotate": ("rotatePingKey",),
    "/settings/ping-keys/{id}/revoke": ("revokePingKey",),
    "/settings/badges": ("createBadge",),
    "/settings/badges/{id}/revoke": ("revokeBadge",),
    "/servers/{id}/save": ("changeServer",),
    "/servers/{id}/archive": ("archiveServer",),
    "/servers/{id}/bring-back": ("bringServerBack",),
    "/servers/{id}/keep-apart": ("keepServersApart",),
    "/servers/{id}/merge": ("mergeServers",),
    "/servers/{id}/unmerge": ("unmergeServers",),
    "/servers/{id}/export": ("exportServer",),
    "/servers/{id}/delete": ("deleteServer",),
    "/servers/{id}/collect": ("collectFromServer",),
    "/servers/{id}/start": ("startJobOfServer",),
    "/test-report": "what a person wants to see arrive: a program sends its own report",
    "/test-report/{id}/remove": ("deleteServer",),
    "/views": ("createView",),
    "/views/{id}/update": ("changeView",),
    "/views/{id}/rename": ("changeView",),
    "/views/{id}/delete": ("deleteView",),
    "/views/{id}/home": "how a person sees the pages",
    "/alerts/problems/{id}/acknowledge": ("acknowledgeProblem", "takeAcknowledgementBack"),
    "/alerts/notices/{id}/retry": ("retryNotice",),
    "/alerts/notices/{id}/drop": ("dropNotice",),
    "/alerts/channels/new/{kind}": ("createChannel",),
    "/alerts/channels/{id}": ("changeChannel",),
    "/alerts/channels/{id}/test": ("testChannel",),
    "/alerts/channels/{id}/confirm": ("confirmChannel",),
    "/alerts/channels/{id}/switch": ("turnChannelOn", "turnChannelOff"),
    "/alerts/channels/{id}/send": ("sendWaiting",),
    "/alerts/channels/{id}/rotate": ("rotateChannelSecret",),
    "/alerts/channels/{id}/delete": ("deleteChannel",),
    "/alerts/channels/{id}/texts": ("changeChannel",),
    "/alerts/recipients/{id}": ("askRecipient", "resubscribeRecipient"),
    "/alerts/rules/new": ("createRule", "tryRule"),
    "/alerts/rules/{id}": ("changeRule", "tryRule"),
    "/alerts/rules/{id}/switch": ("changeRule",),
    "/alerts/rules/{id}/delete": ("deleteRule",),
    "/alerts/silences": ("createSilence",),
    "/alerts/silences/{id}/end": ("endSilence",),
    "/digest/settings": ("createDigest",),
    "/digest/settings/{id}": ("changeDigest",),
    "/digest/settings/{id}/send": ("sendDigest",),
    "/digest/settings/{id}/delete": ("deleteDigest",),
    "/settings/inbox/away": ("dismissReport", "reopenReport"),
    "/settings/inbox/replay": ("replayReports",),
    "/settings/inbox/{id}/replay": ("replayReport",),
    "/settings/keys": ("createKey",),
    "/settings/keys/{id}/rotate": ("rotateKey",),
    "/settings/keys/{id}/revoke": ("revokeKey",),
    "/settings/clients": ("createClient",),
    "/settings/clients/{id}/revoke": ("revokeClient",),
    "/settings/walls": ("createWallLink",),
    "/settings/walls/{id}/revoke": ("revokeWallLink",),
    "/settings/retention": ("changeRetention",),
    "/settings/locations": ("createLocation",),
    "/settings/locations/{id}": ("changeLocation",),
    "/settings/locations/{id}/remove": ("removeLocation",),
    "/settings/agents/add": ("createService",),
    "/settings/agents/add/test": ("createService", "testService"),
    "/settings/agents/collect": ("collectFromServices",),
    "/settings/agents/start": ("startJobsOfServices",),
    "/settings/agents/test": ("testServices",),
    "/settings/agents/selected": (
        "testSelectedServices",
        "collectFromSelectedServices",
        "startJobsOfSelectedServices",
    ),
    "/settings/agents/selected/remove": ("removeSelectedServices",),
    "/settings/agents/{id}": ("changeService",),
    "/settings/agents/{id}/test": ("testService",),
    "/settings/agents/{id}/collect": ("collectFromService",),
    "/settings/agents/{id}/start": ("startJobsOfService",),
    "/settings/agents/{id}/remove": ("removeService",),
    "/settings/agents/{id}/report-url": ("rotateReportUrl",),
    "/settings/agents/{id}/suspend": ("suspendService",),
    "/settings/agents/{id}/reactivate": ("reactivateService",),
    "/settings/agents/{id}/maintain": ("setServiceMaintenance", "endServiceMaintenance"),
    "/settings/agents/calls": ("changeConnections",),
    "/settings/database/backup": ("backUpDatabase",),
    "/settings/database/check": ("checkDatabase",),
    "/settings/database/restore": "a person looks at what a backup holds before all is replaced: duplistat restore",
    "/settings/database/restore/{id}/go": "a person confirms that all is replaced: duplistat restore",
    "/settings/database/restore/{id}/discard": "a person looks at what a backup holds before all is replaced",
    "/settings/users": ("createUser",),
    "/settings/users/{id}": ("changeUser",),
    "/settings/users/{id}/mail": ("mailPasswordLink",),
    "/settings/users/{id}/password": ("setPassword",),
    "/settings/users/{id}/end-sessions": ("endSessions",),
    "/settings/users/{id}/remove": ("removeUser",),
    "/settings/accounts": ("createAccount",),
    "/settings/accounts/{id}": ("changeAccount",),
    "/settings/accounts/{id}/move": ("moveAccount",),
    "/settings/accounts/{id}/suspend": ("suspendAccount",),
    "/settings/accounts/{id}/reactivate": ("reactivateAccount",),
    "/settings/accounts/{id}/export": ("exportAccount",),
    "/settings/accounts/{id}/delete": ("deleteAccount",),
    "/settings/import": ("startImport",),
    "/settings/import/{id}/go": ("startImport",),
    "/settings/import/{id}/discard": "the file of a trial that a page keeps: startImport has it sent again",
    "/settings/mail": ("createMailAddress",),
    "/settings/mail/{id}/revoke": ("revokeMailAddress",),
    "/settings/mail/rules": ("createMailRule",),
    "/settings/mail/rules/{id}/remove": ("removeMailRule",),
    "/settings/mail/try": ("tryMail",),
    # What is of a person and no thing of an account.
    "/settings/output": "POST /api/report?explain=1 says what would be understood, for a key that may report",
    "/preferences": "how a person sees the pages",
    "/language": "how a person sees the pages",
    "/settings/me": "the own profile of whoever is signed in",
    "/settings/me/devices": "a subscription that only the browser can make that it is of",
    "/settings/me/devices/{id}/remove": "of a person, where a key is of an account",
    "/settings/me/sign-in": "the own password of whoever is signed in",
    "/settings/sessions/end": "one session of a person, who sees which; endSessions ends all",
    "/settings/sessions/end-others": "the own sessions of whoever is signed in",
    "/sign-in": "signing in: a program has a key",
    "/sign-in/account": "signing in: a program has a key",
    "/sign-out": "signing in: a program has a key",
    "/forgotten": "signing in: a program has a key",
    "/password": "signing in: a program has a key",
    "/set-up": "the first person, by a link in the log of the server",
}

# Operations that change something and that no page has, and in words why not.
WITHOUT_A_PAGE: dict[str, str] = {}


def plain(rule: str) -> str:
    """A rule with its parameters by name, such as /jobs/{id}/pause."""
    parts = [
        "{" + part.rstrip(">").rpartition(":")[2].replace("number", "id").lstrip("<") + "}"
        if part.startswith("<")
        else part
        for part in rule.split("/")
    ]
    return "/".join(parts)


def test_each_action_of_a_page_has_its_call_or_a_reason_why_there_is_none(site: Site) -> None:
    posts = {plain(rule.rule) for rule, _ in doors(site, "POST")}
    missing = posts - CALLS.keys()
    assert not missing, f"say in CALLS which operation does the same, and write it: {sorted(missing)}"
    assert not CALLS.keys() - posts


def test_each_call_that_changes_something_stands_behind_an_action_of_a_page() -> None:
    named = {name for names in CALLS.values() if not isinstance(names, str) for name in names}
    changes = {operation.name for operation in OPERATIONS if operation.changes}
    missing = changes - named - WITHOUT_A_PAGE.keys()
    assert not missing, f"say in CALLS which action of a page does the same, and write it: {sorted(missing)}"
    assert not WITHOUT_A_PAGE.keys() & named
    assert WITHOUT_A_PAGE.keys() <= changes


def test_each_call_that_is_named_is_one_and_changes_something() -> None:
    changes = {operation.name for operation in OPERATIONS if operation.changes}
    for page, names in CALLS.items():
        if isinstance(names, str):
            assert len(names.split()) > 4, page
        else:
            assert set(names) <= changes, page
