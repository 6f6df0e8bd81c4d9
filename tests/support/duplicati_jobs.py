"""What a simulated Duplicati server knows: jobs, their logs, and tasks that a test moves on."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

EVERY_DAY = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


@dataclass
class Job:
    id: str
    name: str
    target: str
    schedule: dict[str, Any] | None
    metadata: dict[str, str]
    tags: list[str]
    # Oldest first.
    log: list[dict[str, Any]] = field(default_factory=list)


@dataclass
class Task:
    id: int
    job: Job
    status: str = "Waiting"
    error: str | None = None


class Jobs:
    """With `automatic`, a task goes one step on each time that somebody asks for it."""

    def __init__(self) -> None:
        self.jobs: dict[str, Job] = {}
        self.tasks: dict[int, Task] = {}
        self.paused = False
        self.automatic = False
        # The id of the newest line of any log.
        self.entries = 0

    def add_job(
        self,
        name: str,
        *,
        repeat: str | None = "1D",
        time: str = "2026-01-28T02:00:00Z",
        days: list[str] | None = None,
        target: str = "s3://bucket/folder",
        metadata: dict[str, str] | None = None,
        tags: tuple[str, ...] = (),
    ) -> Job:
        """A job; without `repeat` one that has no schedule."""
        id = str(len(self.jobs) + 1)
        schedule = None
        if repeat is not None:
            schedule = {
                "ID": int(id),
                "Tags": [f"ID={id}"],
                "Time": time,
                "Repeat": repeat,
                "LastRun": "0001-01-01T00:00:00Z",
                "Rule": "",
                "AllowedDays": EVERY_DAY if days is None else days,
            }
        job = self.jobs[id] = Job(id, name, target, schedule, dict(metadata or {}), list(tags))
        return job

    def add_entry(self, job: Job, message: str, *, type: str = "Result", at: datetime | None = None) -> int:
        """A line in the log of a job; its id."""
        self.entries += 1
        stamp = int((at or datetime.now(UTC)).timestamp())
        entry = {"ID": self.entries, "OperationID": self.entries, "Timestamp": stamp, "Type": type}
        job.log.append(entry | {"Message": message, "Exception": None})
        return self.entries

    def start(self, job: Job) -> Task:
        """The task of a job: the one that waits or runs, or a new one."""
        for task in list(self.tasks.values()):
            if task.job is job and task.status in ("Waiting", "Running"):
                return task
        task = Task(len(self.tasks) + 1, job)
        self.tasks[task.id] = task
        return task

    def begin(self, task: int) -> None:
        self.tasks[task].status = "Running"

    def finish(self, task: int, *, error: str = "", begin: datetime | None = None, **result: Any) -> None:
        """End a task, and write what came of it into the log. `result` are members of the result object."""
        done = self.tasks[task]
        done.status, done.error = ("Failed", error) if error else ("Completed", None)
        began = begin or datetime.now(UTC)
        content = result_of(began, error=error) | result
        self.add_entry(done.job, json.dumps(content), at=began)
        done.job.metadata["LastBackupStarted"] = f"{began:%Y%m%dT%H%M%SZ}"

    def step(self, task: int) -> None:
        if self.tasks[task].status == "Waiting":
            self.begin(task)
        elif self.tasks[task].status == "Running":
            self.finish(task)

    @property
    def active(self) -> Task | None:
        return next((task for task in list(self.tasks.values()) if task.status == "Running"), None)


def result_of(began: datetime, *, error: str = "", seconds: int = 60) -> dict[str, Any]:
    """The result object of a backup, as the log of a job has it: without Data and Extra around it."""
    began = began.astimezone(UTC)
    return {
        "DeletedFiles": 0,
        "ExaminedFiles": 1250,
        "AddedFiles": 12,
        "SizeOfExaminedFiles": 1073741824,
        "SizeOfAddedFiles": 4096,
        "PartialBackup": False,
        "Dryrun": False,
        "MainOperation": "Backup",
        "ParsedResult": "Fatal" if error else "Success",
        "Interrupted": False,
        "Version": "2.2.0.3 (2.2.0.3_stable_2026-01-06)",
        "EndTime": f"{began + timedelta(seconds=seconds):%Y-%m-%dT%H:%M:%S.%f}0Z",
        "BeginTime": f"{began:%Y-%m-%dT%H:%M:%S.%f}0Z",
        "Duration": f"{timedelta(seconds=seconds)!s:0>8}.0000000",
        "MessagesActualLength": 1,
        "WarningsActualLength": 0,
        "ErrorsActualLength": 1 if error else 0,
        "Messages": ["The operation Backup has started"],
        "Warnings": [],
        "Errors": [error] if error else [],
        "Exception": error or None,
        "BackendStatistics": {"KnownFileSize": 5368709120, "KnownFileCount": 42, "BytesUploaded": 4096},
    }
