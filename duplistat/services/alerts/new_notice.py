"""A notice as it is written down first: the columns that each has, whatever it says."""

import json

from duplistat.core.alerts.notice import NoticeFacts
from duplistat.store import notices, problems
from duplistat.store.channels import Channel


def new_notice(
    account: int, channel: Channel | None, facts: NoticeFacts, now: int
) -> dict[str, str | int | None]:
    """The columns of a notice that waits to tell these facts from `now` (ms) on.

    It goes out by a channel, or by mail to the administrators of its account (None).
    """
    return {
        "uid": problems.new_uid(),
        "account_id": account,
        "channel_id": channel.id if channel is not None else None,
        "channel": channel.name if channel is not None else "",
        "rule": facts["rule"],
        "kind": facts["kind"],
        "why": facts["why"],
        "facts": dumped(facts),
        "created_at": now,
        "not_before": now,
        "result": notices.WAITING,
    }


def dumped(facts: NoticeFacts) -> str:
    """Facts as the column has them."""
    return json.dumps(facts, ensure_ascii=False, separators=(",", ":"))
