"""The OpenAPI document: changes of jobs."""

from functools import partial

from duplistat.apis.native import job_models as models
from duplistat.apis.native.exports import KIND
from duplistat.apis.native.job_models import JobDetail
from duplistat.apis.native.operation import change
from duplistat.apis.native.rule_models import Nothing
from duplistat.services.access.api_keys import Scope

JOB = "/api/v1/jobs/{id}"
operate = partial(change, tag="Jobs", about="job", scope=Scope.JOBS_WRITE)
administer = partial(change, tag="Jobs", about="job", scope=Scope.JOBS_ADMIN)

JOB_OPERATIONS = (
    operate(
        "changeJob",
        "patch",
        JOB,
        summary="Change a job",
        body=models.JobSettingsChanges,
        answer=JobDetail,
        description="Schedule, zone, grace, alias, tags and notes. What is expected, and the health, follow at once.",
    ),
    change(
        "previewSchedule",
        "post",
        f"{JOB}/schedule/preview",
        tag="Jobs",
        summary="What a schedule would mean",
        body=models.JobSettings,
        answer=models.SchedulePreview,
        about="job",
        scope=Scope.READ,
        description="Nothing is changed: the scope `read` is enough. What is left out is as the job has it.",
    ),
    operate(
        "takeOverLearnedSchedule",
        "post",
        f"{JOB}/schedule/learned",
        summary="Set the learned schedule",
        body=models.LearnedAsSeen,
        answer=JobDetail,
        description="Where `learned.settable` of its expectation says that this can be.",
    ),
    operate(
        "keepSchedule",
        "post",
        f"{JOB}/schedule/kept",
        summary="Keep the schedule although the runs follow another one",
        body=models.LearnedAsSeen,
        answer=JobDetail,
    ),
    operate(
        "pauseJob",
        "post",
        f"{JOB}/pause",
        summary="Pause a job",
        body=models.Pause,
        answer=JobDetail,
        description="Nothing is expected of it, until a time or without an end.",
    ),
    operate("resumeJob", "post", f"{JOB}/resume", summary="Resume a job", body=Nothing, answer=JobDetail),
    operate(
        "setMaintenance",
        "post",
        f"{JOB}/maintenance",
        summary="Set the maintenance window of a job",
        body=models.GivenWindow,
        answer=JobDetail,
    ),
    operate(
        "removeMaintenance",
        "delete",
        f"{JOB}/maintenance",
        summary="Remove the maintenance window of a job",
        body=Nothing,
        answer=JobDetail,
    ),
    operate(
        "acknowledgeJob",
        "post",
        f"{JOB}/acknowledge",
        summary="Acknowledge how a job is",
        body=models.AcknowledgeJob,
        answer=JobDetail,
        description="Its problem is acknowledged with it. It ends by itself when its health changes.",
    ),
    operate(
        "takeJobAcknowledgementBack",
        "delete",
        f"{JOB}/acknowledge",
        summary="Take the acknowledgement of a job back",
        body=Nothing,
        answer=JobDetail,
    ),
    operate(
        "dismissFailure",
        "post",
        f"{JOB}/dismiss",
        summary="Dismiss a failed verification or restore",
        body=models.DismissFailure,
        answer=JobDetail,
        description="It is known and settled; the next one that fails raises it again.",
    ),
    administer(
        "archiveJob",
        "post",
        f"{JOB}/archive",
        summary="Put a job into the archive",
        body=Nothing,
        answer=JobDetail,
        description="It is hidden and never overdue. A later report restores it.",
    ),
    administer(
        "bringJobBack",
        "post",
        f"{JOB}/bring-back",
        summary="Bring a job back from the archive",
        body=Nothing,
        answer=JobDetail,
    ),
    administer(
        "joinJobs",
        "post",
        f"{JOB}/join",
        summary="Join another job with this one",
        body=models.OtherJob,
        answer=JobDetail,
        description="The other one, of the same server, becomes a part of this one. A long history moves on in the"
        " background: `joined` says so.",
    ),
    administer(
        "unjoinJobs",
        "post",
        f"{JOB}/unjoin",
        summary="Make joined jobs two again",
        body=models.MergeToUndo,
        answer=JobDetail,
        description="Within 30 days. The answer is the job that stayed.",
    ),
    administer(
        "keepJobsApart",
        "post",
        f"{JOB}/keep",
        summary="Say that two jobs are not the same",
        body=models.OtherJob,
        answer=JobDetail,
        description="It is not proposed again to join them.",
    ),
    administer(
        "deleteJob",
        "delete",
        JOB,
        summary="Delete a job",
        body=Nothing,
        answer=models.Begun,
        status=202,
        description="With all its runs, in the background. A later report under its name makes a new job.",
    ),
    administer(
        "exportJob",
        "post",
        f"{JOB}/export",
        summary="Export a job",
        body=Nothing,
        answer=None,
        file=KIND,
        description="All that it has, line by line; it is noted who took it.",
    ),
)
