"""`make shots`: a picture of every page of a demo fleet, in both themes, at desktop and phone size.

python -m tests.shots FOLDER [--only NAME]
"""

import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
import requests
from playwright.sync_api import Browser, BrowserContext, sync_playwright
from werkzeug.routing import Map

from duplistat.app import create_app
from duplistat.config import load
from duplistat.store.database import Database
from tests.support.every_page import walk
from tests.support.furnishing import furnish
from tests.support.serving import command, environment, free_port, until

SIZES = {"desktop": (1280, 900), "phone": (390, 844)}
THEMES = ("light", "dark")
# A long page is cut off: what comes further down looks as what came before.
HIGHEST = 4000
# What no link leads to, or looks another way when it is asked to.
MORE = {
    "overview_cards": "/?view=cards",
    "overview_found": "/?q=sql",
    "overview_failed": "/?state=failed",
    "not_found": "/no-such-page",
}
OUTSIDE = {
    "sign_in": "/sign-in",
    "forgotten": "/forgotten",
    "password_of_no_use": "/password?recoverycode=made-up",
}
EMPTY = {"empty_overview": "/", "empty_events": "/events", "empty_inbox": "/settings/inbox"}


@contextmanager
def served(data: Path, *arguments: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """The address of a server with this data, and its process, whose output is a pipe."""
    port = free_port()
    words = [*arguments, "--data", str(data), "--port", str(port), "--workers", "2"]
    with subprocess.Popen(
        words, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        address = f"http://127.0.0.1:{port}"
        until(lambda: _answers(address), "a server")
        try:
            yield address, process
        finally:
            process.terminate()


def _answers(address: str) -> bool:
    try:
        return requests.get(f"{address}/api/ping", timeout=5).ok
    except requests.ConnectionError:
        return False


def make_fleet(data: Path) -> Map:
    """Fill a folder; the rules of the pages."""
    subprocess.run(
        command("demo", "--data", str(data), "--days", "90"),
        env=environment(),
        check=True,
        capture_output=True,
    )
    config = load(None, data=data)
    db = Database(config.database_url)
    app = create_app(config, db=db)
    furnish(app)
    db.close_all()
    return app.url_map


def sign_in(context: BrowserContext, address: str, process: subprocess.Popen[str]) -> None:
    """As the demo says at its start."""
    assert process.stdout is not None
    line = next(line for line in process.stdout if "with the password" in line)
    page = context.new_page()
    page.goto(f"{address}/sign-in")
    page.fill("input[name=email]", line.split()[3])
    page.fill("input[name=password]", line.split()[7])
    page.keyboard.press("Enter")
    page.wait_for_url(f"{address}/")
    page.close()


def set_up_link(process: subprocess.Popen[str]) -> str:
    """The path of the link that a new server prints."""
    assert process.stdout is not None
    found = (re.search(r"http\S*(/set-up\S*)", line) for line in process.stdout)
    return next(match[1] for match in found if match)


def set_up(context: BrowserContext, link: str) -> None:
    page = context.new_page()
    page.goto(link)
    page.fill("input[name=email]", "ada@example.org")
    page.fill("input[name=name]", "Ada")
    for name in ("password", "again"):
        page.fill(f"input[name={name}]", "correct horse battery")
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "set-up" not in url)
    page.close()


def shoot(browser: Browser, state: object, address: str, paths: dict[str, str], folder: Path) -> int:
    """How many pictures were taken of these pages. `state` is who is signed in, None for nobody."""
    taken = 0
    for theme in THEMES:
        for size, (width, height) in SIZES.items():
            context = browser.new_context(
                viewport={"width": width, "height": height},
                color_scheme="dark" if theme == "dark" else "light",
                storage_state=state,  # type: ignore[arg-type]  # what Playwright itself gave
                reduced_motion="reduce",
            )
            into = folder / f"{size}-{theme}"
            into.mkdir(parents=True, exist_ok=True)
            for name, path in paths.items():
                page = context.new_page()
                page.goto(address + path)
                page.wait_for_timeout(150)
                if name == "overview" and theme == "light":
                    # For the README: what one sees first.
                    page.screenshot(
                        path=folder / ("overview.png" if size == "desktop" else "overview-phone.png")
                    )
                high = min(HIGHEST, page.evaluate("document.documentElement.scrollHeight"))
                page.set_viewport_size({"width": width, "height": max(height, high)})
                page.screenshot(path=into / f"{name}.png")
                page.close()
                taken += 1
            context.close()
    return taken


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--only", default="", help="Only pages whose name begins so.")
def main(folder: Path, only: str) -> None:
    """Take a picture of every page."""
    chromium = shutil.which("chromium")
    if chromium is None:
        raise click.ClickException("pictures are taken with Chromium: apt-get install chromium")

    def chosen(paths: dict[str, str]) -> dict[str, str]:
        return {name: path for name, path in paths.items() if name.startswith(only)}

    with tempfile.TemporaryDirectory() as made, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        data = Path(made) / "fleet"
        rules = make_fleet(data)
        with served(data, sys.executable, "-m", "tests.support.demo_agents") as (address, process):
            context = browser.new_context()
            sign_in(context, address, process)
            found = walk(lambda path: context.request.get(address + path).text(), rules)
            inside = {name.removeprefix("web."): path for name, path in found.items()} | MORE
            taken = shoot(browser, context.storage_state(), address, chosen(inside), folder)
            context.close()
        with served(Path(made) / "empty", *command("serve")) as (address, process):
            link = set_up_link(process)
            taken += shoot(browser, None, address, chosen(OUTSIDE | {"set_up": link}), folder)
            context = browser.new_context()
            set_up(context, address + link)
            taken += shoot(browser, context.storage_state(), address, chosen(EMPTY), folder)
            context.close()
        browser.close()
    click.echo(f"{taken} pictures in {folder}")


if __name__ == "__main__":
    main()
