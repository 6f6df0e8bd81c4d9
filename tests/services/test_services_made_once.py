"""A service is made once, also when the writer dies before it answers and is asked again."""

from duplistat.services.agents.registry import NewService, add_service
from tests.support.site import Site


def test_a_request_that_is_sent_again_makes_no_second_service(site: Site) -> None:
    account = site.account("acme", parent="main")
    values: NewService = {"kind": "VDS", "name": "nas", "host": "10.0.0.5", "port": 8200, "location": 527}

    def add(request: str | None = None) -> int:
        return site.writes.run(
            add_service, account=account, values=values, request=request, **site.signature()
        )

    first = add(request="a")
    assert add(request="a") == first
    assert len({first, add(request="b"), add(), add()}) == 4
    assert site.db.rows("SELECT count(*) FROM audit WHERE action = 'service.add'") == [(4,)]
