"""A report that is sent to see that reports arrive: as Duplicati sends one, of a server that says that it is a test."""

import json
from datetime import timedelta

from duplistat.core.times import from_ms
from duplistat.services.jobs.counted import TEST_MACHINE_ID

# Where Duplicati would send it to.
ENDPOINT = "/api/upload"
SERVER, JOB = "duplistat-test", "test-report"
_TOOK = timedelta(seconds=20)


def body(now: int) -> bytes:
    """The report of a backup of no real files, which ended now (ms)."""
    ended = from_ms(now).replace(microsecond=0)
    line = "[Information-duplistat-TestReport]: This is a test report, which was sent on a page of duplistat."
    report = {
        "Data": {
            "MainOperation": "Backup",
            "ParsedResult": "Success",
            "BeginTime": f"{ended - _TOOK:%Y-%m-%dT%H:%M:%SZ}",
            "EndTime": f"{ended:%Y-%m-%dT%H:%M:%SZ}",
            "Duration": str(_TOOK),
            "ExaminedFiles": 1250,
            "SizeOfExaminedFiles": 1_073_741_824,
            "MessagesActualLength": 1,
            "WarningsActualLength": 0,
            "ErrorsActualLength": 0,
            "BackendStatistics": {"KnownFileSize": 536_870_912, "BytesUploaded": 1_048_576},
        },
        "Extra": {
            "OperationName": "Backup",
            "machine-id": TEST_MACHINE_ID,
            "machine-name": SERVER,
            "backup-name": JOB,
        },
        "LogLines": [f"{ended:%Y-%m-%d %H:%M:%S} +00 - {line}"],
    }
    return json.dumps(report).encode()
