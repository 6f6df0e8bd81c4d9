"""Notifications as relays bring them: an object with a message, often with a title, and fields of their sender."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from duplistat.core.tool_output import Output, text_of

# Where relays put the words: Gotify and shoutrrr, Apprise, ntfy, Slack, Discord.
_MESSAGES = ("message", "body", "text", "content")


@dataclass(frozen=True, slots=True)
class Notification:
    """Its words; `fields` is what else the object has."""

    message: Output
    title: str = ""
    fields: Mapping[str, Any] = field(default_factory=dict)


def notification_of(output: Output) -> Notification:
    """The last notification in an output; the output itself, without a title, where there is none."""
    if not any(f'"{name}"' in output.text for name in _MESSAGES):
        return Notification(output)
    for item in reversed((*output.objects, *output.documents)):
        if isinstance(item, dict):
            text = next((found for name in _MESSAGES if (found := text_of(item, name))), "")
            if text or text_of(item, "title"):
                return Notification(Output(text), text_of(item, "title"), item)
    return Notification(output)
