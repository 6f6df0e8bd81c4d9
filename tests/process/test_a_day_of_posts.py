"""What many scripts post in a day, within seconds: each post is recorded once, and each limit holds.

All clients post with one key until it is told to wait, however slow the machine is. From then on each two begin with
keys of their own, and post with the next one that may until the wait is over.
"""

import json
import threading
import time
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from pathlib import Path

from duplistat.services.access import api_keys
from duplistat.services.access.api_keys import Scope
from duplistat.services.bootstrap import prepare
from duplistat.store.database import Database
from tests.support.serving import Server, serving

KEYS, POSTS, REPEATS, CLIENTS = 20, 1_000, 100, 8
PER_MINUTE, BURST = 600, 20
# Our server tells the time in whole milliseconds: two posts may seem that much nearer than they were.
CLOCK_STEP = 0.002
# Nobody waits for longer, whatever happens.
PATIENCE = 300
DAY = datetime(2026, 1, 27, tzinfo=UTC)
BACKUP, NOTIFICATION = "/api/ingest/backup", "/api/ingest/notification"

Post = tuple[str, bytes]


def posts_of(key: int) -> list[Post]:
    """What the scripts with one key post in a day: three backups for each notification, and some of it twice."""
    told: list[Post] = []
    unique = (POSTS - REPEATS) // KEYS
    for number in range(unique):
        at = DAY + timedelta(seconds=86_400 * number / unique)
        common = {
            "deviceName": f"device {number % 5}",
            "timestamp": at.isoformat(),
            "sender": f"script {key}",
        }
        if number % 4:
            more = {
                "jobName": f"job {number % 7}",
                "status": "Success",
                "message": f"run {number}",
                "size": 1,
            }
            told.append((BACKUP, json.dumps(common | more).encode()))
        else:
            event = {"severity": "info", "type": "disk_space_low", "message": f"event {number}"}
            told.append((NOTIFICATION, json.dumps(common | event).encode()))
    again = told[:: unique // (REPEATS // KEYS)][: REPEATS // KEYS]
    return told + again


class Work:
    """All posts that are still to be sent, by key; and when each was, for those that were accepted."""

    def __init__(self, key_texts: list[str]) -> None:
        self.waiting = {text: posts_of(number) for number, text in enumerate(key_texts)}
        self.accepted: dict[str, list[tuple[float, float]]] = defaultdict(list)
        self.answers: Counter[int] = Counter()
        self.ids: dict[tuple[str, bytes], set[str]] = defaultdict(set)
        self._not_before: dict[str, float] = defaultdict(float)
        self._under_way = 0
        self._deadline = time.monotonic() + PATIENCE
        self._lock = threading.Lock()

    def next(self, client: int) -> tuple[str, Post] | None:
        """A key that may post now, and what; None when all is sent, or when it takes too long."""
        texts = list(self.waiting)
        own = texts[client // 2 * 2 * KEYS // CLIENTS :] + texts
        while time.monotonic() < self._deadline:
            with self._lock:
                now = time.time()
                for key in own if self.answers[429] else texts:
                    posts = self.waiting[key]
                    if posts and self._not_before[key] <= now:
                        self._under_way += 1
                        return key, posts.pop()
                if not self._under_way and not any(self.waiting.values()):
                    return None
            time.sleep(0.01)
        return None

    def done(self, key: str, post: Post, status: int, answer: bytes, began: float, ended: float) -> None:
        with self._lock:
            self._under_way -= 1
            self.answers[status] += 1
            self.accepted[key].append((began, ended))
            self.ids[(key, post[1])].add(json.dumps(json.loads(answer).get("data")))

    def refused(self, key: str, post: Post, seconds: int) -> None:
        with self._lock:
            self._under_way -= 1
            self.answers[429] += 1
            self._not_before[key] = max(self._not_before[key], time.time() + seconds)
            self.waiting[key].append(post)


def send_all(server: Server, work: Work, client: int) -> None:
    connection = HTTPConnection("127.0.0.1", server.port, timeout=60)
    while (following := work.next(client)) is not None:
        key, post = following
        began = time.time()
        connection.request("POST", post[0], post[1], {"X-Api-Key": key, "Content-Type": "application/json"})
        response = connection.getresponse()
        answer = response.read()
        ended = time.time()
        if response.status == 429:
            work.refused(key, post, int(response.headers["Retry-After"]))
        else:
            work.done(key, post, response.status, answer, began, ended)
    connection.close()


def made_keys(data: Path, url: str) -> list[str]:
    """Keys in a database that is made here."""
    data.mkdir(mode=0o700)
    db = Database(url or f"sqlite:///{data}/duplistat.db")
    now = time.time_ns() // 1_000_000
    main = prepare(db, now)
    made = [
        api_keys.create(db, account=main, name=f"key {number}", scopes=[Scope.INGEST], now=now)
        for number in range(KEYS)
    ]
    db.close_all()
    return made


def most_over(times: list[tuple[float, float]]) -> float:
    """By how many posts a key was over its limit in the worst window; not positive when it never was.

    A token was taken at some time between the beginning and the end of its request.
    """
    worst = float("-inf")
    for began, _ in times:
        ends = sorted(e for b, e in times if b >= began)
        for count, ended in enumerate(ends, 1):
            allowed = BURST + PER_MINUTE / 60 * (ended - began + CLOCK_STEP)
            worst = max(worst, count - allowed)
    return worst


def test_1000_posts_of_20_keys_are_each_recorded_once_and_no_key_exceeds_its_limit(
    tmp_path: Path, empty_url: str
) -> None:
    work = Work(made_keys(tmp_path / "data", empty_url))
    unique = {post for posts in work.waiting.values() for post in posts}
    limits = {
        "DUPLISTAT_LIMITS_INGEST_PER_MINUTE": str(PER_MINUTE),
        "DUPLISTAT_LIMITS_INGEST_BURST": str(BURST),
    }
    with serving(tmp_path / "data", empty_url, workers=2, **limits) as server:
        clients = [threading.Thread(target=send_all, args=(server, work, n)) for n in range(CLIENTS)]
        for client in clients:
            client.start()
        for client in clients:
            client.join()
        assert server.terminate() == 0
        output = server.output()
    assert work.answers[201] == POSTS
    assert work.answers[429] > 0
    assert set(work.answers) == {201, 429}
    assert [ids for ids in work.ids.values() if len(ids) != 1] == []
    check_rows(tmp_path / "data", empty_url, unique)
    assert sum(len(times) for times in work.accepted.values()) == POSTS
    assert [over for over in map(most_over, work.accepted.values()) if over > 0] == []
    assert "Traceback" not in output
    assert not [key for key in work.waiting if key in output]


def check_rows(data: Path, url: str, unique: set[Post]) -> None:
    """Each post is one row, by what it says; and each that was accepted is one delivery."""
    db = Database(url or f"sqlite:///{data}/duplistat.db")
    runs = db.rows(
        "SELECT s.sender, s.name, j.name, r.started_at, r.message FROM run r JOIN job j ON j.id = r.job_id"
        " JOIN server s ON s.id = j.server_id"
    )
    events = db.rows(
        "SELECT s.sender, s.name, e.at, e.message FROM event e JOIN server s ON s.id = e.server_id"
    )
    outcomes: dict[str, int] = dict(db.rows("SELECT outcome, count(*) FROM delivery GROUP BY outcome"))
    totals = db.rows("SELECT sum(success) FROM total")
    db.close_all()
    told = [(path, json.loads(body)) for path, body in unique]
    assert sorted(runs) == sorted(
        (b["sender"], b["deviceName"], b["jobName"], milliseconds(b["timestamp"]), b["message"])
        for path, b in told
        if path == BACKUP
    )
    assert sorted(events) == sorted(
        (b["sender"], b["deviceName"], milliseconds(b["timestamp"]), b["message"])
        for path, b in told
        if path == NOTIFICATION
    )
    assert outcomes == {"recorded": POSTS - REPEATS, "repeat": REPEATS}
    assert totals == [(len(runs),)]


def milliseconds(text: str) -> int:
    at = datetime.fromisoformat(text) - datetime(1970, 1, 1, tzinfo=UTC)
    return at // timedelta(milliseconds=1)
