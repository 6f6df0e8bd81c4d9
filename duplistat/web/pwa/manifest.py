"""/app.webmanifest: what a phone is told that puts the pages on its home screen."""

import json

from flask import Response, url_for

from duplistat.web.assets import asset
from duplistat.web.language import gettext as _
from duplistat.web.preferences import theme

NAME = "duplistat"
# The ground of pages (app.css), for the bar of the system above them and while the app opens.
GROUNDS = {"light": "#f7f7f5", "dark": "#121518"}


def manifest() -> Response:
    """The manifest as JSON, in the colours that were chosen in this browser.

    It has one colour only: where none was chosen, light. On open pages their own `theme-color` says which.
    """
    home, ground = url_for("web.overview"), GROUNDS.get(theme(), GROUNDS["light"])
    content = {
        "id": home,
        "name": NAME,
        "short_name": NAME,
        "description": _("Backup status: what is protected, what failed and what stayed silent"),
        "start_url": home,
        "scope": home,
        "display": "standalone",
        "theme_color": ground,
        "background_color": ground,
        "icons": [
            {"src": asset("icon-192.png"), "sizes": "192x192", "type": "image/png"},
            {"src": asset("icon-512.png"), "sizes": "512x512", "type": "image/png"},
            {
                "src": asset("icon-maskable.png"),
                "sizes": "512x512",
                "type": "image/png",
                "purpose": "maskable",
            },
            {"src": asset("icon.svg"), "sizes": "any", "type": "image/svg+xml"},
        ],
    }
    return Response(json.dumps(content), mimetype="application/manifest+json")
