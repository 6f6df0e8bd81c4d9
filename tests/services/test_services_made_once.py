"""A service is made once, also when the writer dies before it answers and is asked again."""

from tests.support.site import Site


def test_a_request_that_is_sent_again_makes_no_second_service(site: Site) -> None:
    account = site.account("acme", parent="main")
    values = {"kind": "VDS", "name": "nas", "host": "10.0.0.5", "port": 8200, "location": 527}

    def add(**request: str) -> int:
        arguments = {"account": account, "values": values, "now": site.now()} | request
        made: int = site.writes.call("add_service", arguments)["service"]
        return made

    first = add(request="a")
    assert add(request="a") == first
    assert len({first, add(request="b"), add(), add()}) == 4
