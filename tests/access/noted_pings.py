"""What is noted of pings: their URLs and keys."""

from collections.abc import Callable
from typing import Any

from duplistat.services.pings import badges, keys, urls
from duplistat.services.pings.settings import set_ping_timed
from tests.access.noted_world import Command, World, forget_secrets

NEW_KEY = keys.NewKey(secret="encrypted", hash="its hash")


NEW_BADGE = badges.NewBadge(code="encrypted", hash="its hash")


def badge(w: World) -> int:
    """A badge of all jobs of `main`."""
    of = badges.of_account()
    w.site.writes.run(badges.make_badge, account=1, of=of, badge=NEW_BADGE, **w.site.signature())
    ((number,),) = w.site.db.rows("SELECT id FROM badge")
    return int(number)


def badge_of_command(w: World) -> None:
    """The same, for a command, which shows none that another key encrypted."""
    forget_secrets(w)
    badge(w)


def new_url() -> urls.NewUrl:
    return {
        "uuid": "encrypted",
        "uuid_hash": "hash of a uuid",
        "unique_key": "0123",
        "token": "encrypted",
        "token_hash": "hash of a token",
    }


def pinged(w: World) -> int:
    """A job with a ping URL."""
    make = urls.make_ping_url_of
    w.site.writes.run(make, job=w.job, url=new_url(), slug="", also=False, **w.site.signature())
    return w.job


def ping_key(w: World) -> str:
    """The name of a ping key of `main`."""
    w.site.writes.run(keys.make_ping_key, account=1, name="default", key=NEW_KEY, **w.site.signature())
    return "default"


def ping_key_of_command(w: World) -> None:
    """One that a command can show: nothing else is encrypted with another key."""
    forget_secrets(w)
    key = keys.fresh(w.site.config)
    w.site.writes.run(keys.make_ping_key, account=1, name="default", key=key, **w.site.signature())


OF_PINGS: dict[Command, tuple[Callable[[World], dict[str, Any]], str]] = {
    urls.make_ping_url: (
        lambda w: {"account": 1, "server": "web", "job": "db", "url": new_url(), "slug": ""},
        "ping.create",
    ),
    urls.make_ping_url_of: (
        lambda w: {"job": w.job, "url": new_url(), "slug": "", "also": False},
        "ping.create",
    ),
    urls.rotate_ping_url: (lambda w: {"job": w.job, "url": new_url(), "keep_ms": 0}, "ping.rotate"),
    set_ping_timed: (lambda w: {"job": w.job, "timed": False}, "ping.set"),
    badges.make_badge: (
        lambda w: {"account": 1, "of": badges.of_job(w.job), "badge": NEW_BADGE},
        "badge.create",
    ),
    badges.revoke_badge: (lambda w: {"account": 1, "badge": badge(w)}, "badge.revoke"),
    urls.revoke_ping_url: (lambda w: {"job": pinged(w)}, "ping.revoke"),
    keys.make_ping_key: (lambda w: {"account": 1, "name": "k", "key": NEW_KEY}, "ping_key.create"),
    keys.rotate_ping_key: (
        lambda w: {"account": 1, "name": ping_key(w), "key": {"secret": "other", "hash": "other"}},
        "ping_key.rotate",
    ),
    keys.revoke_ping_key: (lambda w: {"account": 1, "name": ping_key(w)}, "ping_key.revoke"),
}
