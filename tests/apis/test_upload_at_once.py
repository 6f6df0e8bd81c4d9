"""Uploads that a loop answers itself: the same is recorded and said as by the view, or it is left to that."""

from typing import Any

import pytest

from duplistat.apis.duplistatus.upload import at_once, body_at_once
from duplistat.core.errors import DuplistatError, Unrecognised
from duplistat.http.context import KEY, Context
from duplistat.services.reports.record import Recorded
from tests.support.bodies import FORM, JSON, SAMPLES, as_bytes, duplicati, sample
from tests.support.site import Site

BODY = as_bytes(duplicati("2026-01-28T02:00:00Z"))


def begun(site: Site, body: bytes, *, kind: str = JSON, path: str = "/api/upload") -> Any:
    context: Context = site.app.extensions[KEY]
    return at_once(context, path, body, address="127.0.0.1", content_type=kind)


def recorded(site: Site, body: bytes, **more: Any) -> Recorded:
    done: Recorded = site.writes.submit(*begun(site, body, **more))
    return done


@pytest.mark.parametrize("name", SAMPLES)
def test_of_every_sample_the_same_is_recorded_and_said(site: Site, name: str) -> None:
    body, kind = sample(name), FORM if name.endswith(".txt") else JSON
    first = recorded(site, body, kind=kind)
    said = body_at_once(recorded(site, body, kind=kind))
    response = site.post(body, kind=kind)
    assert (response.status_code, response.data) == (200, said)
    assert response.get_json()["data"] == {"backupId": first["run"], "serverId": first["server"]}
    assert len(site.jobs()) == 1
    assert {(d.endpoint, d.address) for d in site.deliveries()} == {("/api/upload", "127.0.0.1")}


def test_the_older_address_is_one_as_well(site: Site) -> None:
    assert recorded(site, BODY, path="/upload")["duplicate"] is False
    assert [d.endpoint for d in site.deliveries()] == ["/upload"]


def test_what_needs_a_key_or_is_too_large_is_left_to_the_view(make_site: Any) -> None:
    assert begun(make_site(api={"require_key": True}), BODY) is None
    large, site = BODY + b" " * 2000, make_site(intake={"max_body_bytes": len(BODY) + 2000})
    assert begun(site, large) is not None
    assert begun(site, large + b" ") is None


def test_what_nobody_understands_is_not_kept_by_it(site: Site) -> None:
    with pytest.raises(Unrecognised):
        begun(site, b"{}")
    assert site.deliveries() == []


def test_a_limit_holds_for_it(make_site: Any) -> None:
    site = make_site(limits={"upload_per_minute": 2})
    for second in range(2):
        recorded(site, as_bytes(duplicati(f"2026-01-28T02:00:0{second}Z")))
    with pytest.raises(DuplistatError):
        recorded(site, BODY)
