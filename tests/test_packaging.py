"""What is installed, and what it is installed from: the wheel, the locks, the image, the unit."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
import zipfile
from configparser import RawConfigParser
from pathlib import Path

import pytest

from duplistat import __version__
from tests.test_docs import parsed

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
LOCKS = sorted(ROOT.glob("requirements*.lock"))
DOCKERFILE = (ROOT / "Dockerfile").read_text("utf-8").replace("\\\n", " ")


@pytest.fixture
def wheel(tmp_path: Path) -> Path:
    """Made as the Makefile and the Dockerfile make it, from a copy: nothing is left in the source tree."""
    source = tmp_path / "source"
    source.mkdir()
    # What git ignores is left out of a wheel, unless the project asks for it.
    for name in ("pyproject.toml", "README.md", "LICENSE", ".gitignore"):
        shutil.copy(ROOT / name, source)
    shutil.copytree(ROOT / "duplistat", source / "duplistat", ignore=shutil.ignore_patterns("__pycache__"))
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "wheel", "--quiet", "--no-deps"]
    subprocess.run(
        [*pip, "--no-build-isolation", "--no-index", "--wheel-dir", str(tmp_path), str(source)],
        check=True,
        capture_output=True,
    )
    (made,) = tmp_path.glob("duplistat-*.whl")
    return made


def test_the_wheel_carries_the_program_and_runs(wheel: Path, tmp_path: Path) -> None:
    sources = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "duplistat").rglob("*")
        if path.is_file() and path.suffix in (".py", ".html", ".css", ".js", ".svg", ".txt", ".mo")
    }
    with zipfile.ZipFile(wheel) as content:
        names = set(content.namelist())
        content.extractall(tmp_path / "installed")
    assert sources <= names
    assert not any(name.startswith(("tests/", "docs/", "bench/")) for name in names)
    for part in ("templates/", "static/", "store/migrations/0001_"):
        assert any(name.startswith(f"duplistat/{part}") for name in names), part
    said = subprocess.run(
        [sys.executable, "-P", "-m", "duplistat", "--version"],
        env={**os.environ, "PYTHONPATH": str(tmp_path / "installed"), "PYTHONWARNINGS": "error"},
        cwd=tmp_path,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    assert said == f"duplistat, version {__version__}\n"
    metadata = f"duplistat-{__version__}.dist-info"
    assert {f"{metadata}/licenses/LICENSE", f"{metadata}/entry_points.txt"} <= names


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
    runtime, postgres, dev = (pins(ROOT / f"requirements{kind}.lock") for kind in ("", "-postgres", "-dev"))
    wanted = {re.split(r"[\[<>=! ]", name)[0].lower() for name in PROJECT["dependencies"]}
    assert wanted <= {name.lower() for name in runtime}
    assert "psycopg" in postgres
    assert runtime.items() <= postgres.items() <= dev.items()
    assert pins(ROOT / "requirements-build.lock").items() <= dev.items()
    written = (ROOT / "requirements-dev.in").read_text("utf-8").splitlines()
    assert {line.lower() for line in written if line and not line.startswith("#")} <= dev.keys()


def test_what_browsers_need_of_others_is_pinned_by_its_content_and_names_no_place() -> None:
    told = json.loads((ROOT / "package.json").read_text("utf-8"))
    wanted = told["dependencies"] | told["devDependencies"]
    lock = json.loads((ROOT / "package-lock.json").read_text("utf-8"))
    packages = {name: entry for name, entry in lock["packages"].items() if name}
    assert {
        name.removeprefix("node_modules/"): entry["version"] for name, entry in packages.items()
    } == wanted
    for entry in packages.values():
        assert entry["integrity"].startswith("sha512-")
        # What is only for tests is not handed on.
        assert entry["license"] == "MIT" or entry["dev"]
    assert "://" not in json.dumps(lock)
    kept = (ROOT / ".npmrc").read_text("utf-8").splitlines()
    assert {"omit-lockfile-registry-resolved=true", "ignore-scripts=true"} <= set(kept)


def test_what_is_fetched_for_browsers_is_not_in_git_and_comes_with_its_licence() -> None:
    assert "duplistat/static/vendor/" in (ROOT / ".gitignore").read_text("utf-8").splitlines()
    fetched = (ROOT / "packaging" / "assets").read_text("utf-8")
    for name in json.loads((ROOT / "package.json").read_text("utf-8"))["dependencies"]:
        assert re.search(rf"^cp node_modules/{name}/LICENSE duplistat/static/vendor/", fetched, re.MULTILINE)


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
