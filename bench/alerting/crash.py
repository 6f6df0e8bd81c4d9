"""Problems that open and close while processes are killed and the receiver misbehaves: what was told in the end."""

import contextlib
import os
import random
import signal
import time
from collections import defaultdict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from bench.alerting.receiver import Receiver, Taken
from bench.alerting.site import ENVIRONMENT, Beside, beside, post, report, wait_until
from bench.server import Server, command, tree
from duplistat.core.errors import DuplistatError
from duplistat.now import wall_clock
from duplistat.services.alerts.channels import switch_channel
from duplistat.services.alerts.outbox import CLAIM_MS
from duplistat.services.audit import BY_COMMAND
from duplistat.store import attempts, channels, notices, problems, told

# Jobs of one channel, and channels at most: of more jobs than that there are storms.
EACH, MOST_CHANNELS = 8, 90
MOODS = ((0.08, "500"), (0.005, "302"), (0.01, "hang"), (0.03, "close"))
KILLED_EVERY = 2.0
# A receiver that does not hang has answered within this.
ANSWERED_MS = 6000


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found in the end; the lists name what should not be."""

    problems: int
    notices: int
    dropped: int
    taken: int
    twice: int
    kills: int
    wrong: tuple[str, ...]


def run(
    folder: Path, count: int, seconds: float, *, database_url: str = "", servers: int = 1, senders: int = 2
) -> Verdict:
    """`count` jobs fail and succeed within some time, on one database, while processes are killed at random."""
    environment = {
        **ENVIRONMENT,
        "DUPLISTAT_LIMITS_UPLOAD_PER_MINUTE": "0",
        "DUPLISTAT_ALERTS_SEND_WORKERS": str(senders),
        "DUPLISTAT_ALERTS_STORM_MINUTES": "1",
        "DUPLISTAT_OVERDUE_SWEEP_SECONDS": "2",
        **({"DUPLISTAT_DATABASE_URL": database_url} if database_url else {}),
    }
    random_ = random.Random(11)  # not for secrets
    each = max(EACH, -(-count // MOST_CHANNELS))
    jobs = [(f"server-{number // each}", f"job-{number}") for number in range(count)]
    with Receiver(hangs=50.0).running() as receiver, contextlib.ExitStack() as stack:
        running: list[Server] = []
        for number in range(servers):
            words, port, log = command(folder / f"crash-{number}")
            running.append(Server(words, port, log, environment))
            stack.callback(running[-1].stop)
            running[-1].wait()
        ports = tuple(server.port for server in running)
        database = stack.enter_context(beside(folder / "crash-0", database_url))
        with ThreadPoolExecutor(8) as pool:
            for done in [pool.submit(post, ports, report(server, job, "success")) for server, job in jobs]:
                done.result()
            _listen(database, receiver)
            receiver.moods = MOODS
            begun = time.monotonic()
            pause = seconds / 2 / max(1, count / 8)

            def slowly(job: tuple[str, str], status: str) -> None:
                post(ports, report(job[0], job[1], status))
                time.sleep(pause * random_.uniform(0.5, 1.2))

            told_all = [pool.submit(slowly, job, "failed") for job in jobs]
            ended = [pool.submit(slowly, job, "success") for job in jobs]
            kills = 0
            while time.monotonic() - begun < seconds or not all(item.done() for item in (*told_all, *ended)):
                kills += _kill(running, random_)
                _mend(database)
                time.sleep(KILLED_EVERY)
        receiver.moods = ()
        wait_until(lambda: _settled(database), "all to be told", 300)
        time.sleep(3)
        return _judge(database, receiver.taken, kills)


def _listen(database: Beside, receiver: Receiver) -> None:
    """A channel and a rule for each server; what a fresh install has is turned off."""
    for fresh in channels.all_channels(database.db):
        _switch(database, fresh.id, on=False)
    for name, id in database.server_ids().items():
        channel = database.channel(name, f"{receiver.url}/{name}")
        database.rule(name, channel, match={"servers": [id]})


def _kill(running: Sequence[Server], random_: random.Random) -> int:
    """Kill one process of one of the servers, but for the one that starts the others; whether one was."""
    server = random_.choice(running)
    below = tree(server.pid)[1:]
    if not below:
        return 0
    with contextlib.suppress(ProcessLookupError):
        os.kill(random_.choice(below), signal.SIGKILL)
        return 1
    return 0


def _mend(database: Beside) -> None:
    """Turn channels on again that a redirect broke, as a person would who looked into it."""
    for channel in channels.all_channels(database.db):
        if channel.state == channels.BROKEN:
            with contextlib.suppress(DuplistatError):
                _switch(database, channel.id, on=True)


def _switch(database: Beside, channel: int, *, on: bool) -> None:
    database.writes.run(switch_channel, channel=channel, on=on, by=BY_COMMAND.plain(), now=wall_clock())


def _settled(database: Beside) -> bool:
    """Whether nothing waits any more. What waits for its next try, or for the claim of a killed sender, need not."""
    _mend(database)
    db = database.db
    # One at a time: whoever holds one of them waits for no other.
    for (id,) in db.rows("SELECT id FROM notice WHERE result = '' AND claimed_by = '' AND not_before > 1"):
        with db.transaction():
            db.execute("UPDATE notice SET not_before = 1 WHERE id = ? AND claimed_by = ''", (id,))
    # Who lives answers within seconds by now, or hangs without being heard.
    dead = wall_clock() + CLAIM_MS - ANSWERED_MS
    for (id,) in db.rows(
        "SELECT id FROM notice WHERE result = '' AND claimed_until BETWEEN 2 AND ?", (dead,)
    ):
        with db.transaction():
            db.execute("UPDATE notice SET claimed_until = 1 WHERE id = ? AND claimed_until <= ?", (id, dead))
    if notices.waiting(db).count or problems.open_in(db, (1,), 1):
        return False
    return db.row("SELECT 1 FROM problem WHERE next_at IS NOT NULL") is None


def _judge(database: Beside, taken: Sequence[Taken], kills: int) -> Verdict:
    db, wrong = database.db, []
    all_notices = {notice.uid: notice for notice in notices.page(db, (1,), limit=100_000)}
    members = {uid: notices.members(db, notice.id) for uid, notice in all_notices.items()}
    by_uid: dict[str, list[Taken]] = defaultdict(list)
    heard: dict[tuple[int, str], list[str]] = defaultdict(list)
    for item in sorted(taken, key=lambda item: item.at):
        notice = all_notices.get(item.uid)
        if notice is None:
            wrong.append(f"{item.uid} was taken and is not in the outbox")
            continue
        for problem in members[item.uid] if not by_uid[item.uid] else ():
            before = heard[problem, item.path]
            if notice.kind == "recovered" and not before:
                wrong.append(f"problem {problem} is over, and was not told")
            if notice.kind != "recovered" and "recovered" in before:
                wrong.append(f"problem {problem} was told after it was over")
            before.append(notice.kind)
        by_uid[item.uid].append(item)
    twice = 0
    for uid, notice in all_notices.items():
        times = len(by_uid[uid])
        if notice.result == notices.SENT and not times:
            wrong.append(f"notice {notice.id} is sent, and did not arrive")
        if notice.result == notices.FAILED:
            wrong.append(f"notice {notice.id} failed: {notice.result_why}")
        if times > 1:
            twice += 1
            if all(attempt.outcome != "unknown" for attempt in attempts.of_notice(db, notice.id)):
                wrong.append(f"notice {notice.id} arrived {times} times, and each outcome was known")
    found = problems.page(db, (1,), open_only=False, limit=100_000)
    for problem, items in told.of(db, [problem.id for problem in found]).items():
        wrong += [
            f"problem {problem}: that it is over was not told" for item in items if item.recovered_at is None
        ]
    dropped = sum(notice.result == notices.DROPPED for notice in all_notices.values())
    return Verdict(len(found), len(all_notices), dropped, len(taken), twice, kills, tuple(wrong))
