"""What servers and jobs are called, and what tells two of the same name apart."""

import json
from collections import Counter
from collections.abc import Collection
from typing import NamedTuple

from duplistat.store.jobs import Job
from duplistat.store.servers import Server
from duplistat.web.formatting import visible


class Label(NamedTuple):
    """A server's alias or name; `apart` is "" where no other is called so."""

    name: str
    apart: str

    @property
    def text(self) -> str:
        """Both in one line, for what can hold no markup."""
        return f"{self.name} ({self.apart})" if self.apart else self.name


def labels_of(servers: Collection[Server]) -> dict[int, Label]:
    """{id: label}, told apart from all the others that are given.

    A device is a name and a sender, so two may have one name. Where there is no sender, as with Duplicati, and
    that is not enough, it is what server= says, else the machine id, as far as a person reads it.
    """
    names = {server.id: visible(server.label) for server in servers}
    called = Counter(names.values())
    senderless = Counter(names[server.id] for server in servers if not server.sender)
    labels = {}
    for server in servers:
        name, apart = names[server.id], ""
        if called[name] > 1:
            own = server.said if server.said not in ("", name) else server.machine_id[:8]
            apart = server.sender or (own if senderless[name] > 1 else "")
        labels[server.id] = Label(name, visible(apart))
    return labels


def full_name(home: Server | None, job: Job) -> str:
    """A job behind its server, since jobs of many servers have one name."""
    return f"{visible(home.label)} / {visible(job.label)}" if home is not None else visible(job.label)


def tags_of(job: Job) -> list[str]:
    return [str(tag) for tag in json.loads(job.tags)] if job.tags != "[]" else []
