"""People of other roles and accounts, on the same site."""

from collections.abc import Iterator
from contextlib import contextmanager

from duplistat.core.times import to_ms
from duplistat.http.session_cookie import COOKIE
from duplistat.services.accounts import tree as services
from duplistat.services.people.identity import Role
from duplistat.store.totals import DAY_MS
from tests.support.known import id_of
from tests.support.signing import session, sign_in
from tests.web.site import Site


def below_main(site: Site, name: str) -> int:
    """The id of a new account below main."""
    return services.create(site.db, name, id_of(site.db, "main"), to_ms(site.now)).id


@contextmanager
def as_role(site: Site, role: str, account: int) -> Iterator[None]:
    """For a while somebody else is signed in."""
    cookie = site.client.get_cookie(COOKIE)
    assert cookie is not None
    before, token = cookie.value, site.token
    other = session(site.db, account, to_ms(site.now), Role(role), lasts_ms=4000 * DAY_MS)
    site.token = sign_in(site.client, other)
    try:
        yield
    finally:
        site.token = sign_in(site.client, before)
        assert site.token == token
