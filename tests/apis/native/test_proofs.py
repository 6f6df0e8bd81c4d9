"""What /api/v1 says of verifications and restores."""

from typing import Any

from duplistat.services.access.api_keys import Scope
from duplistat.services.jobs.dismiss import dismiss_failure
from tests.support.bodies import duplicati
from tests.support.site import Site

GONE = [{"Key": "duplicati-b1.dblock.zip", "Value": [{"Key": "Missing", "Value": "x"}]}]


def job(site: Site) -> dict[str, Any]:
    key = site.key(Scope.READ, name=f"k{site.now()}")
    site.now.forward(seconds=1)
    (found,) = site.read("/api/v1/jobs", **{"X-Api-Key": key})["jobs"]
    answer: dict[str, Any] = found
    return answer


def test_a_job_says_what_its_latest_verification_and_restore_came_to(site: Site) -> None:
    site.record(duplicati("2026-01-26T02:00:00Z"))
    assert (job(site)["verification"], job(site)["restore"], job(site)["health"]) == (None, None, "ok")
    run = site.record(
        duplicati("2026-01-27T02:00:00Z", TestResults={"ParsedResult": "Success", "Verifications": GONE})
    )["data"]["backupId"]
    told = job(site)
    assert told["health"] == "failed"
    assert told["reason"] == "The verification yesterday 02:00 found 1 broken remote file"
    assert told["verification"] == {
        "status": "failed",
        "at": "2026-01-27T02:00:00.000Z",
        "run_id": run,
        "broken_files": 1,
        "message": "duplicati-b1.dblock.zip: Missing x",
        "dismissed_at": None,
    }
    site.writes.run(dismiss_failure, job=told["id"], proofs=["verification"], **site.signature())
    told = job(site)
    assert (told["health"], told["verification"]["status"]) == ("ok", "failed")
    assert told["verification"]["dismissed_at"].startswith("2026-01-28T12:00:")
    site.record(duplicati("2026-01-28T02:00:00Z", operation="Test"))
    site.record(duplicati("2026-01-28T03:00:00Z", operation="Restore", exception="System.Exception: no"))
    told = job(site)
    assert (told["verification"]["status"], told["verification"]["dismissed_at"]) == ("succeeded", None)
    assert (told["restore"]["status"], told["restore"]["message"], told["health"]) == (
        "failed",
        "no",
        "warning",
    )


def test_servers_and_the_filter_by_health_count_it(site: Site) -> None:
    site.record(duplicati("2026-01-26T02:00:00Z"))
    site.record(duplicati("2026-01-27T02:00:00Z", operation="Test", result="Error"))
    site.record(duplicati("2026-01-26T02:00:00Z", job="Other"))
    site.record(duplicati("2026-01-27T02:00:00Z", job="Other", operation="Restore", result="Error"))
    key = {"X-Api-Key": site.key(Scope.READ)}
    (server,) = site.read("/api/v1/servers", **key)["servers"]
    counts = {name: number for name, number in server["jobs"].items() if number}
    assert counts == {"total": 2, "failed": 1, "warning": 1}
    for health, name in (("failed", "Documents"), ("warning", "Other")):
        (found,) = site.read(f"/api/v1/jobs?health={health}", **key)["jobs"]
        assert found["name"] == name
