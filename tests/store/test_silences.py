"""Lists of silences: what is asked for is looked for before the list is cut."""

from duplistat.store import silences
from tests.support.site import Site

HOUR_MS = 3_600_000


def add(site: Site, hours: int, *, account: int = 1) -> int:
    """A silence of ten hours that begins so many hours from now, or has begun before."""
    begin = site.now() + hours * HOUR_MS
    with site.db.transaction():
        return silences.add(
            site.db, account, "{}", begin, begin + 10 * HOUR_MS, why="", set_by="", now=site.now()
        )


def test_those_that_ended_or_are_of_others_hide_none_that_holds(site: Site) -> None:
    child = site.account("child", parent="main")
    holding, coming, by_hand = add(site, -9), add(site, 5), add(site, -1)
    with site.db.transaction():
        assert silences.end(site.db, by_hand, site.now())
    ended = [add(site, -11) for _ in range(3)]
    theirs = add(site, -1, account=child)
    now = site.now()
    current, over = silences.current(now), silences.over(now)

    def ids(*accounts: int, **asked: object) -> list[int]:
        found = silences.page(site.db, accounts, **{"limit": 2} | asked)  # type: ignore[arg-type]
        return [item.id for item in found]

    assert ids(1, wanted=current) == [coming, holding]
    assert ids(child, wanted=current) == [theirs]
    assert ids(1, child) == [theirs, ended[-1]]
    assert ids(1, wanted=over) == ended[:0:-1]
    assert ids(1, wanted=over, before=ended[1], limit=9) == [ended[0], by_hand]
    assert ids(1, wanted=over, limit=9) == [
        item.id for item in silences.page(site.db, (1,), limit=9) if item.state(now) == "over"
    ]
