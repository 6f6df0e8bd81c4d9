"""The OpenAPI document: changes of many jobs at once."""

from duplistat.apis.native import bulk_models as models
from duplistat.apis.native.operation import change
from duplistat.services.access.api_keys import Scope
from duplistat.services.jobs.bulk import AT_ONCE

EACH = f"At most {AT_ONCE} jobs, each for itself: the answer says which were not changed, and why."

BULK_OPERATIONS = (
    change(
        "changeJobs",
        "patch",
        "/api/v1/jobs",
        tag="Jobs",
        summary="Change several jobs",
        body=models.JobsChanges,
        answer=models.JobsChanged,
        scope=Scope.JOBS_WRITE,
        description=f"Pause, acknowledgement, tags, schedule and grace. {EACH}",
    ),
    change(
        "archiveJobs",
        "post",
        "/api/v1/jobs/archive",
        tag="Jobs",
        summary="Put several jobs into the archive",
        body=models.SomeJobs,
        answer=models.JobsChanged,
        scope=Scope.JOBS_ADMIN,
        description=f"Later reports bring them back. {EACH}",
    ),
    change(
        "bringJobsBack",
        "post",
        "/api/v1/jobs/bring-back",
        tag="Jobs",
        summary="Bring several jobs back from the archive",
        body=models.SomeJobs,
        answer=models.JobsChanged,
        scope=Scope.JOBS_ADMIN,
        description=EACH,
    ),
)
