"""GET /api/v1/evidence: as its shape says, signed, and within its bounds."""

import json

import pytest

from duplistat.apis.native.evidence_models import Evidence
from duplistat.core.alerts.evidence_seal import Seal
from duplistat.services.access.api_keys import Scope
from duplistat.services.alerts.evidence_file import check_file
from tests.support.bodies import duplicati
from tests.support.site import Site

pytestmark = pytest.mark.usefixtures("both_databases")
FROM = "/api/v1/evidence?from=2026-01-20T00:00:00Z"


def test_it_is_of_its_shape_with_each_run_and_signed(site: Site) -> None:
    site.record(duplicati("2026-01-27T02:00:00Z", result="Fatal"))
    site.record(duplicati("2026-01-28T02:00:00Z"))
    answer = site.get(FROM, **{"X-Api-Key": site.key(Scope.READ)})
    assert answer.status_code == 200, answer.text
    assert answer.mimetype == "application/json"
    assert check_file(site.config, [answer.data]) is Seal.GOOD
    evidence = Evidence.model_validate(json.loads(answer.data), strict=True, extra="forbid")
    (job,) = evidence.jobs
    assert (job.counts.ran, job.counts.failed, len(job.gaps)) == (2, 1, 1)
    assert [run.outcome for run in job.runs] == ["failed", "good"]
    assert evidence.tail.deliveries == 2


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/api/v1/evidence", 200),
        ("/api/v1/evidence?from=yesterday", 400),
        ("/api/v1/evidence?from=2020-01-01T00:00:00Z", 400),
        (f"{FROM}&to=2026-01-19T00:00:00Z", 400),
        (f"{FROM}&account=4711", 400),
        (f"{FROM}&until=2026-01-22T00:00:00Z", 400),
    ],
)
def test_what_cannot_be_is_refused(site: Site, address: str, status: int) -> None:
    site.record(duplicati("2026-01-27T02:00:00Z"))
    assert site.get(address, **{"X-Api-Key": site.key(Scope.READ)}).status_code == status


def test_it_needs_a_key_that_reads(site: Site) -> None:
    assert site.get(FROM).status_code == 401
    assert site.get(FROM, **{"X-Api-Key": site.key(Scope.INGEST)}).status_code == 403
