"""<agent>: a service with all that is known of it, its attributes in the order that clients were shown."""

import json
from datetime import timedelta

from duplistat.apis.backuprun.locations import Place
from duplistat.apis.backuprun.xml import Element
from duplistat.core.times import from_ms
from duplistat.services.agents.run_uuid import id_of
from duplistat.services.agents.status import Standing, complaints, state_of
from duplistat.store.services import VDS

Attributes = dict[str, str | int]

TYPES = {VDS: 3}
TYPE_OF_OTHERS = 1


def short_agent(standing: Standing, place: Place, *, readonly: bool) -> Element:
    """What addService and activateAgent answer."""
    server: Attributes = {
        "http_port": place.http_port,
        "https_port": place.https_port,
        "hostname": place.hostname,
    }
    attributes: Attributes = (
        _who(standing, readonly)
        | {
            "cpanel_instance_id": "",
            "cpanel_startup": int(standing.has_run("cpanel")),
            "mysql_instances": 0,
            "mysql_startup": int(standing.has_run("mysql")),
            "ostype": standing.operating_system,
        }
        | _progress(standing)
        | _where(place)
    )
    return Element("agent", attributes, (Element("server", server),))


def long_agent(
    standing: Standing, place: Place, *, readonly: bool, offset: int = 0, with_task: bool = False
) -> Element:
    """What getStatus and getBackupStatus answer. Times are UTC, `offset` minutes later."""
    service = standing.service
    warnings, errors = standing.alerts
    tried, configured = int(standing.was_tried), int(service.configured_at is not None)
    attributes: Attributes = (
        _who(standing, readonly)
        | {
            "disk_usage": standing.disk_usage,
            "cpanel_instance_id": "",
            "cpanel_startup": int(standing.has_run("cpanel")),
            "mysql_instances": 0,
            "mysql_startup": int(standing.has_run("mysql")),
            "mssql_startup": int(standing.has_run("mssql")),
            "exchange_startup": int(standing.has_run("exchange")),
            "ostype": standing.operating_system,
            "running": int(standing.running),
            "alert_history": _history(standing, offset),
            "n_alerts": warnings + 1000 * errors,
        }
        | _progress(standing)
        | {"activation_hint": service.activation_hint}
        | _where(place)
        | {
            "first_backup_try": tried,
            "service_configured": configured,
            "restricted": int(service.restricted),
            "maintenance": int(service.in_maintenance(standing.now)),
        }
    )
    server: Attributes = {
        "ip": place.ip,
        "http_port": place.http_port,
        "https_port": place.https_port,
        "hostname": place.hostname,
    }
    children = [Element("server", server)]
    if with_task:
        task: Attributes = {
            "first_backup_try": tried,
            "service_configured": configured,
            "taskstate": standing.task_state,
        }
        children.append(Element("task", task))
    return Element("agent", attributes, children)


def time_text(at: int, offset: int = 0) -> str:
    """A time in ms as this protocol writes it: UTC, `offset` minutes later."""
    try:
        shown = from_ms(at) + timedelta(minutes=offset)
    except OverflowError:
        shown = from_ms(at)
    return f"{shown:%Y-%m-%d %H:%M:%S}"


def _who(standing: Standing, readonly: bool) -> Attributes:
    service = standing.service
    return {
        "id": service.id,
        "service_id": service.number,
        "readonly": int(readonly),
        "name": service.name,
        "host": service.host,
        "port": service.port,
        "type": TYPES.get(service.kind, TYPE_OF_OTHERS),
        "status": standing.status,
    }


def _progress(standing: Standing) -> Attributes:
    return {
        "create_status": standing.create_status,
        "status_min_ok": int(standing.was_good),
        "startup_ok": int(standing.was_started),
    }


def _where(place: Place) -> Attributes:
    return {
        "serverurl": place.url,
        "serverhostname": place.hostname,
        "serverip": place.ip,
        # Secrets are not sent back.
        "username": "",
        "password": "",
        "location": place.name,
        "location_id": place.id,
    }


def _history(standing: Standing, offset: int) -> str:
    names = {job.id: job.name for job in standing.jobs}
    told = []
    for run in standing.runs:
        warnings, errors = complaints(run)
        told.append(
            {
                "taskExecutionContextId": id_of(run.id),
                "time": time_text(run.order_at, offset),
                "job": names[run.job_id],
                "state": state_of(run),
                "errors": errors,
                "warnings": warnings,
            }
        )
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"))
