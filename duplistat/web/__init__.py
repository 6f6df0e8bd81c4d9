"""The pages: made on the server, without any script. Each says first, in words, whether all is protected."""

from typing import Any

from flask import Blueprint, Response, g, render_template, request

from duplistat import __version__
from duplistat.core.errors import DuplistatError, Kind
from duplistat.http.answers import WIRE, refused
from duplistat.web import (
    access,
    alerts,
    assets,
    banner,
    calendar,
    events,
    formatting,
    language,
    language_choice,
    live,
    navigation,
    preferences,
    redirects,
    settings,
    test_report,
    trends,
    wall,
)
from duplistat.web.documentation import help as page_help
from duplistat.web.documentation import page as documentation
from duplistat.web.job import changes as job_changes
from duplistat.web.job import data as job_data
from duplistat.web.job import dismiss, joining, rhythm
from duplistat.web.job import page as job_page
from duplistat.web.job import pings as job_pings
from duplistat.web.language import gettext as _
from duplistat.web.overview import acknowledge, bulk, saved
from duplistat.web.overview import page as overview_page
from duplistat.web.partners.page import partners
from duplistat.web.partners.spreadsheet import partners_csv
from duplistat.web.parts import charts, states, zones
from duplistat.web.parts.subject_pages import reader
from duplistat.web.pwa.manifest import GROUNDS, manifest
from duplistat.web.pwa.offline import offline
from duplistat.web.pwa.worker import worker
from duplistat.web.run import delivery
from duplistat.web.run import list as run_list
from duplistat.web.run import page as run_page
from duplistat.web.schedules import page as schedules_page
from duplistat.web.schedules import spreadsheet
from duplistat.web.server import routes as server_routes
from duplistat.web.sign_in import page as sign_in_page
from duplistat.web.sign_in import password, recovery, set_up, which_account
from duplistat.web.timed import timed

bp = Blueprint("web", __name__)
bp.add_url_rule("/", view_func=overview_page.overview)
bp.add_url_rule("/views", view_func=saved.create_view, methods=["POST"])
for path, change_view in (
    ("update", saved.update_view),
    ("rename", saved.rename_view),
    ("delete", saved.remove_view),
    ("home", saved.choose_home_view),
):
    bp.add_url_rule(f"/views/{formatting.ID}/{path}", view_func=change_view, methods=["POST"])
bp.add_url_rule("/live", view_func=live.live)
bp.add_url_rule("/test-report", view_func=test_report.send_test_report, methods=["POST"])
bp.add_url_rule(
    f"/test-report/{formatting.ID}/remove", view_func=test_report.remove_test_report, methods=["POST"]
)
bp.add_url_rule("/preferences", view_func=preferences.preferences, methods=["POST"])
for path, endpoint, view in (
    ("/sign-in", "sign_in", sign_in_page.sign_in),
    ("/set-up", "set_up", set_up.set_up),
    ("/sign-in/account", "which_account", which_account.which_account),
    ("/forgotten", "forgotten", recovery.forgotten),
):
    bp.add_url_rule(path, endpoint, view, methods=["GET", "POST"])
bp.add_url_rule("/language", view_func=language_choice.choose_language, methods=["POST"])
bp.add_url_rule("/password", view_func=password.new_password)
bp.add_url_rule("/password", view_func=password.set_password, methods=["POST"])
bp.add_url_rule("/sign-out", view_func=sign_in_page.sign_out, methods=["POST"])
bp.add_url_rule("/docs/", "documentation", documentation.page)
bp.add_url_rule("/docs/<path:name>", "documentation", documentation.page)
bp.add_url_rule("/wall/<token>", view_func=wall.wall)
bp.add_url_rule("/app.webmanifest", view_func=manifest)
bp.add_url_rule("/worker.js", view_func=worker)
bp.add_url_rule("/offline", view_func=offline)
bp.add_url_rule("/events", view_func=events.events)
bp.add_url_rule("/partners", view_func=partners)
bp.add_url_rule(f"/partners/{formatting.ID}", view_func=partners)
bp.add_url_rule("/partners.csv", view_func=partners_csv)
bp.add_url_rule(f"/partners/{formatting.ID}.csv", view_func=partners_csv)
server_routes.add_to(bp)
bp.add_url_rule("/jobs/selected", "jobs_selected", bulk.selected, methods=["POST"])
bp.add_url_rule(f"/jobs/{formatting.ID}", view_func=job_page.job)
bp.add_url_rule(f"/jobs/{formatting.ID}.csv", view_func=job_data.job_csv)
bp.add_url_rule(f"/jobs/{formatting.ID}/restore-points", view_func=job_page.restore_points)
bp.add_url_rule(f"/jobs/{formatting.ID}/series.json", view_func=job_data.job_series)
bp.add_url_rule("/calendar", view_func=calendar.calendar)
bp.add_url_rule("/trends", view_func=trends.trends)
bp.add_url_rule("/trends/series.json", view_func=trends.trends_series)
bp.add_url_rule("/schedules", "schedules", schedules_page.schedules)
bp.add_url_rule("/schedules.csv", "schedules_file", spreadsheet.schedules_file)
bp.add_url_rule(f"/schedules/{formatting.ID}", "schedule_save", schedules_page.save, methods=["POST"])
bp.add_url_rule("/schedules/import", "schedules_look", spreadsheet.look, methods=["POST"])
bp.add_url_rule("/schedules/import/apply", "schedules_go", spreadsheet.go, methods=["POST"])
for path, change in (
    ("schedule", job_changes.set_schedule),
    ("schedule/preview", job_changes.preview_schedule),
    ("schedule/learned", job_changes.take_over),
    ("schedule/kept", job_changes.keep_schedule),
    ("rhythm", rhythm.set_rhythm),
    ("pause", job_changes.pause),
    ("resume", job_changes.resume),
    ("maintenance", job_changes.set_window),
    ("about", job_changes.set_words),
    ("archive", job_changes.archive),
    ("export", job_changes.export),
    ("join", joining.join),
    ("unjoin", joining.unjoin),
    ("keep", joining.keep),
    ("ping", job_pings.create_ping),
    ("ping/rotate", job_pings.rotate_ping),
    ("ping/revoke", job_pings.revoke_ping),
    ("ping/timed", job_pings.time_ping),
    ("badge", job_pings.create_badge),
    ("badge/revoke", job_pings.revoke_badge),
):
    bp.add_url_rule(f"/jobs/{formatting.ID}/{path}", f"job_{change.__name__}", change, methods=["POST"])
bp.add_url_rule(f"/jobs/{formatting.ID}/delete", "job_delete", job_changes.delete, methods=["GET", "POST"])
bp.add_url_rule(f"/jobs/{formatting.ID}/acknowledge", view_func=acknowledge.acknowledge_job, methods=["POST"])
bp.add_url_rule(f"/jobs/{formatting.ID}/dismiss", view_func=dismiss.dismiss, methods=["POST"])
bp.add_url_rule("/runs", view_func=run_list.run_list)
bp.add_url_rule(f"/runs/{formatting.ID}", view_func=run_page.run)
bp.add_url_rule(f"/deliveries/{formatting.ID}", view_func=delivery.delivery)
bp.add_url_rule(f"/deliveries/{formatting.ID}/view", view_func=delivery.delivery_view)
alerts.add_to(bp)
settings.add_to(bp)

bp.add_app_template_filter(timed, "timed")
for name, made in formatting.FILTERS.items():
    bp.add_app_template_filter(made, name)
bp.add_app_template_global(assets.asset, "asset")
bp.add_app_template_global(states.state_words, "state_words")
bp.add_app_template_global(states.role_words, "role_words")
bp.add_app_template_global(charts.type_words, "chart_types")
bp.add_app_template_global(formatting.manners, "manners")
bp.add_app_template_global(formatting.colon, "colon")
bp.add_app_template_global(formatting.semicolon, "semicolon")
bp.add_app_template_global(navigation.fleet_tabs, "fleet_tabs")
for shared in (zones.own_zone_name, zones.city):
    bp.add_app_template_global(shared, shared.__name__)
bp.add_app_template_global(access.csrf_token, "csrf_token")
bp.add_app_template_global(redirects.is_saved, "is_saved")
bp.after_app_request(assets.keep_long)
bp.after_app_request(assets.send_packed)
bp.before_request(access.authorize)
bp.after_request(access.keep_form_secret)
bp.after_request(redirects.forget_flash)

# A browser asks for a password by itself where a page answers as an API does; it has none that would fit.
CHALLENGE = 'Session realm="duplistat"'


def _advice(kind: Kind) -> str:
    """What a person can do about an error; "" where nothing helps but another address."""
    known = {
        Kind.UNAVAILABLE: _("Try again in a moment. Reports that clients send again are not lost."),
        Kind.TOO_MANY: _("Wait a moment, then try again."),
        Kind.INTERNAL: _("Try again. If it persists, check the server log."),
    }
    return known.get(kind, "")


@bp.app_context_processor
def _everywhere() -> dict[str, Any]:
    """What the frame of each page shows. `viewer` is None where nobody is signed in."""
    viewer, here = getattr(g, "viewer", None), access.here()
    signed, customers = getattr(viewer, "signed", None), len(getattr(viewer, "sees", ())) > 1
    return {
        "version": __version__,
        "viewer": viewer,
        "signed": signed,
        "navigation": navigation.links(here, signed=bool(signed), customers=customers),
        "shortcuts": navigation.shortcuts(signed=bool(signed), customers=customers),
        "language": language.current(),
        "direction": language.direction(language.current()),
        "languages": language.LANGUAGES,
        "language_tag": language.tag,
        "theme": preferences.theme(),
        "grounds": _grounds(),
        "said": timed(redirects.flash_message(), reader()),
        "warnings": banner.warnings(),
        # Only a page can be gone back to.
        "here": here if request.method == "GET" else "",
        "help": page_help.help_address(),
    }


def _grounds() -> dict[str, str]:
    """{light or dark: its ground}, for the bar of a phone: of both, or of the one that was chosen."""
    chosen = preferences.theme()
    return {chosen: GROUNDS[chosen]} if chosen in GROUNDS else GROUNDS


@bp.after_request
def _of_the_moment(response: Response) -> Response:
    """A page is true when it is made: whoever keeps it has to ask again."""
    response.headers.setdefault("Cache-Control", "private, no-cache")
    return response


@bp.errorhandler(DuplistatError)
def error_page(error: DuplistatError) -> Response:
    """An error in words, with what to do now, in the frame of who looks."""
    if getattr(g, "viewer", None) is None and error.kind not in (Kind.UNAVAILABLE, Kind.INTERNAL):
        # No page was found that would have asked. Where the database may be what is missing, nobody asks.
        g.viewer = access.whoever_is_in()
    _name, status = WIRE[error.kind]
    page = render_template(
        "error.html",
        error=error,
        status=status,
        advice=_advice(error.kind),
        path=request.path,
    )
    return refused(Response(page, status=status, mimetype="text/html"), error, CHALLENGE)
