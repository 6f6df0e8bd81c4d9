"""What is installed, and what it is installed from: the wheel, the locks, the image, the unit."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from configparser import RawConfigParser
from pathlib import Path

import pytest

from duplistat import __version__
from tests.test_docs import parsed

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
REQUIREMENTS = ROOT / "requirements"
LOCKS = sorted(REQUIREMENTS.glob("*.lock"))
DOCKERFILE = (ROOT / "Dockerfile").read_text("utf-8").replace("\\\n", " ")


# Starts an application over a new database, and asks it for a page, its style sheet, and what was fetched.
SHOWS = """
import sys
from pathlib import Path
from duplistat import app
from duplistat.config import Config
from duplistat.services.bootstrap import prepare
from duplistat.store.database import Database

config = Config(data=Path(sys.argv[1]))
db = Database(config.database_url)
prepare(db, 0)
client = app.create_app(config, db=db).test_client()
print(app.__file__)
for address in ("/sign-in", "/static/app.css", "/static/vendor/fetched.txt"):
    response = client.get(address)
    print(address, response.status_code, response.mimetype)
    response.close()
db.close()
"""


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what the Dockerfile and the Makefile build from: nothing is left in the source tree."""
    source = tmp_path_factory.mktemp("source")
    # What git ignores is left out of a wheel, unless the project asks for it.
    for name in ("pyproject.toml", "README.md", "LICENSE", ".gitignore"):
        shutil.copy(ROOT / name, source)
    for name in ("duplistat", "templates", "static", "docs"):
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    (source / "static" / "vendor").mkdir(exist_ok=True)
    (source / "static" / "vendor" / "fetched.txt").write_text("as make assets brings it")
    # What an older checkout left behind is neither shown nor packed.
    (source / "duplistat" / "static" / "vendor").mkdir(parents=True, exist_ok=True)
    (source / "duplistat" / "static" / "vendor" / "fetched.txt").write_text("stale")
    return source


def built(hook: str, source: Path, into: Path) -> Path:
    """What a hook of PEP 517 and 660 makes of a source tree, as pip calls it."""
    code = "import sys; from hatchling import build; print(getattr(build, sys.argv[1])(sys.argv[2]))"
    said = subprocess.run(
        [sys.executable, "-c", code, hook, str(into)], cwd=source, check=True, capture_output=True, text=True
    ).stdout
    return into / said.splitlines()[-1]


@pytest.fixture(scope="module", params=["checkout", "sdist"])
def wheel(request: pytest.FixtureRequest, source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Made of the source tree, or of the sdist that was made of it."""
    into = tmp_path_factory.mktemp(request.param)
    if request.param == "sdist":
        with tarfile.open(built("build_sdist", source, into)) as content:
            content.extractall(into, filter="data")
        source = into / f"duplistat-{__version__}"
    return built("build_wheel", source, into)


def shown(path: Path, tmp_path: Path) -> list[str]:
    """What SHOWS prints with the package that is found at this path."""
    (tmp_path / "data").mkdir()
    return subprocess.run(
        [sys.executable, "-P", "-c", SHOWS, str(tmp_path / "data")],
        env={**os.environ, "PYTHONPATH": str(path), "PYTHONWARNINGS": "error"},
        cwd=tmp_path,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.splitlines()


PAGES = [
    "/sign-in 200 text/html",
    "/static/app.css 200 text/css",
    "/static/vendor/fetched.txt 200 text/plain",
]


def test_the_wheel_carries_the_program_and_shows_pages(wheel: Path, tmp_path: Path) -> None:
    program = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "duplistat").rglob("*")
        if path.is_file() and path.suffix in (".py", ".mo")
    }
    shown_to_people = {
        f"duplistat/{path.relative_to(ROOT).as_posix()}"
        for name in ("templates", "static")
        for path in (ROOT / name).rglob("*")
        if path.is_file()
    } | {f"duplistat/{path.relative_to(ROOT).as_posix()}" for path in (ROOT / "docs").rglob("*.md")}
    assert len(shown_to_people) > 80
    with zipfile.ZipFile(wheel) as content:
        assert len(content.namelist()) == len(set(content.namelist()))
        names = set(content.namelist())
        content.extractall(tmp_path / "installed")
    vendor = tmp_path / "installed" / "duplistat" / "static" / "vendor"
    assert (vendor / "fetched.txt").read_text() == "as make assets brings it"
    metadata = f"duplistat-{__version__}.dist-info"
    assert program | shown_to_people | {"duplistat/store/migrations/0001_first.py"} <= names
    assert {name.split("/")[0] for name in names} == {"duplistat", metadata}
    assert not [name for name in names if name.startswith("duplistat/docs/") and not name.endswith(".md")]
    assert {f"{metadata}/licenses/LICENSE", f"{metadata}/entry_points.txt"} <= names
    home, *pages = shown(tmp_path / "installed", tmp_path)
    assert Path(home) == tmp_path / "installed" / "duplistat" / "app.py"
    assert pages == PAGES


def test_an_editable_install_has_no_copy_of_anything(source: Path, tmp_path: Path) -> None:
    """What it shows is what the checkout has at the moment."""
    with zipfile.ZipFile(built("build_editable", source, tmp_path)) as content:
        names = content.namelist()
        (link,) = (name for name in names if name.endswith(".pth"))
        assert content.read(link).decode().splitlines() == [str(source)]
    assert {name.split("/")[0] for name in names} == {link, f"duplistat-{__version__}.dist-info"}
    home, *pages = shown(source, tmp_path)
    assert Path(home) == source / "duplistat" / "app.py"
    assert pages == PAGES


def pins(lock: Path) -> dict[str, str]:
    return dict(re.findall(r"^([\w.-]+)==(\S+)", lock.read_text("utf-8"), re.MULTILINE))


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_a_lock_has_hashes_for_everything_and_names_no_place(lock: Path) -> None:
    text = lock.read_text("utf-8")
    assert "://" not in text
    for name in pins(lock):
        assert re.search(
            rf"^{re.escape(name)}==\S+ \\\n +--hash=sha256:[0-9a-f]{{64}}", text, re.MULTILINE
        ), name


def test_the_locks_hold_every_dependency_and_agree() -> None:
    runtime, postgres, dev = (pins(REQUIREMENTS / f"{kind}.lock") for kind in ("run", "postgres", "dev"))
    wanted = {re.split(r"[\[<>=! ]", name)[0].lower() for name in PROJECT["dependencies"]}
    assert wanted <= {name.lower() for name in runtime}
    assert "psycopg" in postgres
    assert runtime.items() <= postgres.items() <= dev.items()
    assert pins(REQUIREMENTS / "build.lock").items() <= dev.items()
    written = (REQUIREMENTS / "dev.in").read_text("utf-8").splitlines()
    assert {line.lower() for line in written if line and not line.startswith("#")} <= dev.keys()


def test_what_browsers_need_of_others_is_pinned_by_its_content_and_names_no_place() -> None:
    told = json.loads((ROOT / "package.json").read_text("utf-8"))
    wanted = told["dependencies"] | told["devDependencies"]
    lock = json.loads((ROOT / "package-lock.json").read_text("utf-8"))
    packages = {name: entry for name, entry in lock["packages"].items() if name}
    versions = {
        name.removeprefix("node_modules/"): entry["version"]
        for name, entry in packages.items()
        if not entry.get("optional")
    }
    assert versions == wanted
    # Biome is a program for each platform: npm takes the one that fits.
    platforms = {name for name, entry in packages.items() if entry.get("optional")}
    assert platforms
    assert all(name.startswith("node_modules/@biomejs/cli-") for name in platforms)
    assert {"linux-x64", "linux-arm64", "darwin-arm64"} <= {name.split("cli-")[1] for name in platforms}
    for entry in packages.values():
        assert entry["integrity"].startswith("sha512-")
        # What is only for tests is not handed on.
        assert entry["license"] == "MIT" or entry["dev"]
    # npm install writes "funding" with an address: take it out again.
    assert "://" not in json.dumps(lock)
    kept = (ROOT / ".npmrc").read_text("utf-8").splitlines()
    assert {"omit-lockfile-registry-resolved=true", "ignore-scripts=true"} <= set(kept)


def test_what_is_fetched_for_browsers_is_not_in_git_and_comes_with_its_licence() -> None:
    assert "static/vendor/" in (ROOT / ".gitignore").read_text("utf-8").splitlines()
    fetched = (ROOT / "packaging" / "assets").read_text("utf-8")
    for name in json.loads((ROOT / "package.json").read_text("utf-8"))["dependencies"]:
        assert re.search(rf"^cp node_modules/{name}/LICENSE static/vendor/", fetched, re.MULTILINE)


def test_the_image_copies_what_is_there_and_what_its_context_holds() -> None:
    allowed = {
        line[1:] for line in (ROOT / ".dockerignore").read_text("utf-8").splitlines() if line.startswith("!")
    }
    copied = [
        name
        for line in re.findall(r"^COPY (?!--from)(.+)$", DOCKERFILE, re.MULTILINE)
        for name in line.split()[:-1]
    ]
    assert copied
    for name in copied:
        assert (ROOT / name).exists(), name
        assert name in allowed, f"{name} is kept out by .dockerignore"


def test_the_image_starts_a_command_that_there_is_and_is_well() -> None:
    instructions = dict(re.findall(r"^(ENTRYPOINT|CMD|USER|VOLUME|EXPOSE) (.+)$", DOCKERFILE, re.MULTILINE))
    words = [*json_list(instructions["ENTRYPOINT"]), *json_list(instructions["CMD"])]
    assert words[0] == "duplistat"
    parsed(shlex.join(words), strict=True)
    assert (instructions["USER"], instructions["VOLUME"], instructions["EXPOSE"]) == (
        "1000:1000",
        "/data",
        "9666",
    )
    (check,) = re.findall(r"^HEALTHCHECK .*?CMD (\[.+\])$", DOCKERFILE, re.MULTILINE)
    program, option, code = json_list(check)
    assert (program, option) == ("python", "-c")
    compile(code, "healthcheck", "exec")


def json_list(text: str) -> list[str]:
    found: list[str] = json.loads(text)
    return found


def unit() -> RawConfigParser:
    parser = RawConfigParser(strict=False)
    parser.optionxform = str  # type: ignore[assignment,method-assign]  # as the standard library documents it
    parser.read(ROOT / "packaging" / "duplistat.service")
    return parser


def test_the_unit_starts_a_command_that_there_is() -> None:
    words = shlex.split(unit()["Service"]["ExecStart"])
    assert Path(words[0]).name == "duplistat"
    parsed(shlex.join(words), strict=True)


def test_what_ci_runs_can_be_run() -> None:
    assert os.access(ROOT / ".ci" / "run", os.X_OK)
    subprocess.run(["bash", "-n", str(ROOT / ".ci" / "run")], check=True)
