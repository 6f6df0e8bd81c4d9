"""What a phone is told that installs the pages as an app."""

import json
import re
import struct
from pathlib import Path
from typing import Any

from duplistat.web.pwa.manifest import GROUNDS
from tests.web.site import Site

STATIC = Path(__file__).parents[2] / "static"


def told(site: Site) -> dict[str, Any]:
    with site.client.get("/app.webmanifest") as response:
        assert response.mimetype == "application/manifest+json"
        content: dict[str, Any] = json.loads(response.get_data())
        return content


def size_of(png: bytes) -> str:
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", png[16:24])
    return f"{width}x{height}"


def test_it_opens_the_overview_as_an_app_of_its_own(site: Site) -> None:
    content = told(site)
    assert (content["start_url"], content["scope"], content["display"]) == ("/", "/", "standalone")
    assert (content["name"], content["short_name"]) == ("duplistat", "duplistat")


def test_below_a_base_path_everything_is_below_it(site: Site) -> None:
    with site.client.get("/app.webmanifest", environ_overrides={"SCRIPT_NAME": "/backups"}) as response:
        content = json.loads(response.get_data())
    icons = [icon["src"] for icon in content["icons"]]
    assert all(
        address.startswith("/backups/")
        for address in (content["id"], content["start_url"], content["scope"], *icons)
    )


def test_each_icon_is_there_in_the_size_that_is_told(site: Site) -> None:
    icons = told(site)["icons"]
    for icon in icons:
        with site.client.get(icon["src"]) as response:
            assert response.status_code == 200
            assert response.mimetype == icon["type"]
            assert icon["sizes"] in ("any", size_of(response.data) if icon["type"] == "image/png" else "any")
    assert {"192x192", "512x512"} <= {icon["sizes"] for icon in icons}
    assert "maskable" in {icon.get("purpose") for icon in icons}


def test_its_colours_are_the_grounds_of_pages_in_the_theme_that_was_chosen(site: Site) -> None:
    css = (STATIC / "app.css").read_text("utf-8")
    found = re.search(r"--ground: light-dark\((#\w+), (#\w+)\)", css)
    assert found is not None
    assert {"light": found[1], "dark": found[2]} == GROUNDS
    assert told(site)["background_color"] == GROUNDS["light"]
    site.client.set_cookie("duplistat_theme", "dark")
    assert told(site)["theme_color"] == told(site)["background_color"] == GROUNDS["dark"]


def test_pages_name_it_and_the_colour_of_each_theme(site: Site) -> None:
    html = site.html("/")
    # A proxy in front that asks for a sign-in lets it through with its cookie only.
    assert '<link rel="manifest" href="/app.webmanifest" crossorigin="use-credentials">' in html
    assert re.search(r'<link rel="apple-touch-icon" href="/static/icon-apple\.png\?v=\w{12}">', html)
    for scheme, ground in GROUNDS.items():
        assert (
            f'<meta name="theme-color" content="{ground}" media="(prefers-color-scheme: {scheme})">' in html
        )
    site.client.set_cookie("duplistat_theme", "dark")
    assert re.findall(r'<meta name="theme-color".*>', site.html("/")) == [
        f'<meta name="theme-color" content="{GROUNDS["dark"]}">'
    ]


def test_whoever_is_not_signed_in_gets_it_too(site: Site) -> None:
    assert site.app.test_client().get("/app.webmanifest").status_code == 200


def test_manifest_and_worker_come_from_here_alone(site: Site) -> None:
    policy = site.client.get("/").headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'")
    assert "manifest-src 'self'; worker-src 'self'" in policy
