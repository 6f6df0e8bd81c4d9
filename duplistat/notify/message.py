"""What is to be said to one receiver, with the words already chosen."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Message:
    """One notice, ready to be sent by any channel.

    `uid` is the notice's, and the same over retries; `thread` the uid of its problem, "" for none. `at` is in
    milliseconds. `subject` is one line without control characters, `text` plain text, `html` a whole document for
    mail or "", `short` a few lines for chats and push. `link` is the page that shows it, `acknowledge` a signed
    link whose POST acts, `unsubscribe` a signed link for this recipient alone; each "" for none. `data` is what a
    webhook's body has under that name: plain JSON. `job` is "job on server" for headers, or "".
    """

    uid: str
    thread: str
    type: str
    severity: str
    at: int
    subject: str
    text: str
    html: str
    short: str
    link: str
    acknowledge: str
    unsubscribe: str
    data: Mapping[str, object]
    kind: str
    job: str
