"""Every page that a person can come to, found as a person finds it: by going from link to link."""

import html
import re
from collections import deque
from collections.abc import Callable
from urllib.parse import urljoin, urlsplit

from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map

# They answer a GET with something that is no page.
NO_PAGES = frozenset(
    {
        "web.live",
        "web.manifest",
        "web.worker",
        "web.notice_attempts",
        "web.partners_csv",
        "web.schedules_file",
        "web.trends_series",
        "web.job_csv",
        "web.job_series",
        "web.restore_points",
        "web.delivery",
        "web.audit_csv",
        "web.audit_json",
        "web.settings_database_download",
        "web.settings_log_download",
        "web.evidence_file",
    }
)
# Nobody who is signed in is led to them, or they lead on themselves.
OUTSIDE = frozenset(
    {
        "web.sign_in",
        "web.which_account",
        "web.set_up",
        "web.forgotten",
        "web.new_password",
        "web.wall",
        "web.offline",
    }
)
LINK = re.compile(r'<a\b[^>]*?\bhref="([^"]*)"')


def page_names(rules: Map) -> set[str]:
    """The endpoint of each page for those who are signed in."""
    names = {rule.endpoint for rule in rules.iter_rules() if "GET" in (rule.methods or ())}
    return {name for name in names if name.startswith("web.")} - NO_PAGES - OUTSIDE


def walk(fetch: Callable[[str], str], rules: Map) -> dict[str, str]:
    """For each page that links lead to from the overview, its endpoint and the first address found of it.

    `fetch` gives the HTML of a path.
    """
    found: dict[str, str] = {}
    wanted, ahead = page_names(rules), deque(["/"])
    adapter = rules.bind("localhost")
    while ahead:
        path = ahead.popleft()
        try:
            endpoint, _ = adapter.match(urlsplit(path).path)
        except HTTPException:
            continue
        if endpoint not in wanted or endpoint in found:
            continue
        found[endpoint] = path
        for link in LINK.findall(fetch(path)):
            target = urlsplit(urljoin(path, html.unescape(link)))
            if not target.netloc and not target.scheme:
                ahead.append(target.path + (f"?{target.query}" if target.query else ""))
    return found
