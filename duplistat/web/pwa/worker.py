"""/worker.js: the service worker, with the addresses of this version before it.

A browser looks for another one at visits, and takes it when a byte of it is another: so each version of the static
files that it keeps makes another worker.
"""

import json
from pathlib import Path

from flask import Response, current_app, url_for

from duplistat import __version__
from duplistat.web.assets import asset

# What the page of /offline is made of.
FILES = ("app.css", "overview.css", "app.js", "offline.js", "icon.svg")


def worker() -> Response:
    """The script. Its scope is the folder that it is in: all pages, below the base path."""
    told = {
        "version": __version__,
        "root": url_for("web.overview"),
        "offline": url_for("web.offline"),
        "icon": asset("icon-192.png"),
        "badge": asset("icon-badge.png"),
        "files": [asset(name) for name in FILES],
    }
    source = (Path(str(current_app.static_folder)) / "worker.js").read_text("utf-8")
    return Response(f"self.told = {json.dumps(told)};\n{source}", mimetype="text/javascript")
