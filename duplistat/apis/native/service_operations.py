"""The OpenAPI document: Duplicati connections."""

from functools import partial

from duplistat.apis.native import service_models as models
from duplistat.apis.native.operation import change, read
from duplistat.apis.native.parameters import NewestQuery
from duplistat.apis.native.rule_models import Nothing
from duplistat.apis.native.service_models import Service
from duplistat.services.access.api_keys import Scope

TAG = "Duplicati connections"
SERVICES, SERVICE = "/api/v1/services", "/api/v1/services/{id}"
operate = partial(change, tag=TAG, scope=Scope.SERVICES_WRITE)
administer = partial(change, tag=TAG, about="service", answer=Service, scope=Scope.SERVICES_ADMIN)
LATER = "In the background: ask for it again to see what came of it."
ABOVE = "With a key of a parent account, or of `main`."

SERVICE_OPERATIONS = (
    read(
        "listServices",
        SERVICES,
        TAG,
        "Duplicati connections, newest first",
        models.ServiceList,
        query=NewestQuery,
        description="Passwords are never read again.",
    ),
    read("getService", SERVICE, TAG, "One Duplicati connection", Service, about="service"),
    operate(
        "createService",
        "post",
        SERVICES,
        summary="Add a Duplicati connection",
        body=models.NewService,
        answer=Service,
        status=201,
        description=f"It is tested. {LATER}",
    ),
    operate(
        "changeService",
        "patch",
        SERVICE,
        summary="Change a Duplicati connection",
        body=models.ServiceSettingsChanges,
        answer=Service,
        about="service",
        description="With another address, password or certificate it is tested again; another address forgets the"
        " password, unless one is given.",
    ),
    operate(
        "testService",
        "post",
        f"{SERVICE}/test",
        summary="Test a Duplicati connection",
        body=Nothing,
        answer=Service,
        about="service",
        description=LATER,
    ),
    operate(
        "collectFromService",
        "post",
        f"{SERVICE}/collect",
        summary="Collect from a Duplicati connection",
        body=Nothing,
        answer=Service,
        about="service",
        description=f"Its jobs, schedules and logs. {LATER}",
    ),
    operate(
        "collectFromServices",
        "post",
        f"{SERVICES}/collect",
        summary="Collect from all Duplicati connections",
        body=Nothing,
        answer=models.Asked,
        description="From all that the key sees and that can be called, in the background.",
    ),
    operate(
        "testServices",
        "post",
        f"{SERVICES}/test",
        summary="Test all Duplicati connections",
        body=Nothing,
        answer=models.Asked,
        description="All that the key sees and that can be called, in the background.",
    ),
    operate(
        "startJobsOfServices",
        "post",
        f"{SERVICES}/start",
        summary="Start all jobs of all Duplicati connections",
        body=Nothing,
        answer=models.Asked,
        description="Of all that the key sees and that can be called and are not in maintenance, in the background.",
    ),
    operate(
        "startJobsOfService",
        "post",
        f"{SERVICE}/start",
        summary="Start jobs of a Duplicati connection, or all",
        body=models.StartJobs,
        answer=Service,
        about="service",
        description=f"They are followed to their end. {LATER}",
    ),
    read(
        "getReportUrl",
        f"{SERVICE}/report-url",
        TAG,
        "The report URL of a Duplicati connection",
        models.ReportUrl,
        about="service",
        scope=Scope.SERVICES_WRITE,
        secret=True,
        description="It holds a secret; one that has none yet gets one.",
    ),
    operate(
        "rotateReportUrl",
        "post",
        f"{SERVICE}/report-url",
        summary="Rotate the report URL of a Duplicati connection",
        body=models.NewReportUrl,
        answer=models.ReportUrl,
        about="service",
        description="The one before stays valid for some hours.",
    ),
    administer(
        "suspendService",
        "post",
        f"{SERVICE}/suspend",
        summary="Suspend a Duplicati connection",
        body=Nothing,
        description=f"It is neither called nor changed. {ABOVE}",
    ),
    administer(
        "reactivateService",
        "post",
        f"{SERVICE}/reactivate",
        summary="Reactivate a Duplicati connection",
        body=Nothing,
        description=f"It is tested. {ABOVE}",
    ),
    administer(
        "setServiceMaintenance",
        "post",
        f"{SERVICE}/maintenance",
        summary="Have nobody change or start a Duplicati connection until a time",
        body=models.Maintenance,
        description=ABOVE,
    ),
    administer(
        "endServiceMaintenance",
        "delete",
        f"{SERVICE}/maintenance",
        summary="End the maintenance of a Duplicati connection",
        body=Nothing,
        description=ABOVE,
    ),
    change(
        "removeService",
        "delete",
        SERVICE,
        TAG,
        "Remove a Duplicati connection",
        Nothing,
        None,
        about="service",
        status=204,
        scope=Scope.SERVICES_ADMIN,
        description="It is no longer contacted; what it reported is kept.",
    ),
)
