"""Configuration: the file, the environment, and one clear line for what is wrong."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from duplistat.config import SECTIONS, Config, ConfigError, load
from duplistat.jobs.sender import AT_ONCE

ROOT = Path(__file__).parent.parent
EXAMPLE = ROOT / "config.example.toml"
ALL_KEYS = [(section, key) for section, model in SECTIONS.items() for key in model.model_fields]


def in_file(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "duplistat.toml"
    path.write_text(text)
    return path


def refused(tmp_path: Path, text: str = "", environment: dict[str, str] | None = None) -> str:
    """The line that says what is wrong."""
    with pytest.raises(ConfigError) as error:
        load(in_file(tmp_path, text), environment or {})
    line = str(error.value).replace(str(tmp_path), "")
    assert "\n" not in line
    return line


def test_without_anything_there_are_defaults(tmp_path: Path) -> None:
    config = load(None, {}, data=tmp_path)
    assert (config.server.host, config.server.port) == ("127.0.0.1", 9666)
    assert config.database_url == f"sqlite:///{tmp_path}/duplistat.db"
    assert (config.overdue.grace_seconds, config.intake.max_body_bytes) == (7200, 16777216)
    assert config.api.require_key is False


def test_a_file_sets_values(tmp_path: Path) -> None:
    config = load(in_file(tmp_path, "[server]\nport = 80\ntrusted_proxies = ['10.0.0.0/8']"), {})
    assert (config.server.port, config.server.trusted_proxies) == (80, ("10.0.0.0/8",))


def test_the_environment_goes_before_the_file_and_the_command_line_before_both(tmp_path: Path) -> None:
    file = in_file(tmp_path, "[server]\nport = 1\nhost = '::'\nthreads = 7")
    environment = {"DUPLISTAT_SERVER_PORT": "2", "DUPLISTAT_SERVER_HOST": "h"}
    config = load(file, environment, {"server": {"port": 3}})
    assert (config.server.port, config.server.host, config.server.threads) == (3, "h", 7)


@pytest.mark.parametrize("word", ["true", "1", "yes", "on", "True"])
def test_a_switch_can_be_set_in_words(word: str) -> None:
    assert load(None, {"DUPLISTAT_API_REQUIRE_KEY": word}).api.require_key is True


@pytest.mark.parametrize(
    ("text", "networks"),
    [("10.0.0.0/8", ("10.0.0.0/8",)), ("10.0.0.1, ::1 ,", ("10.0.0.1", "::1")), ("", ())],
)
def test_a_list_in_the_environment_has_commas(text: str, networks: tuple[str, ...]) -> None:
    assert load(None, {"DUPLISTAT_SERVER_TRUSTED_PROXIES": text}).server.trusted_proxies == networks


def test_a_value_can_be_in_a_file_of_its_own(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("postgresql://u:p@h/d\n")
    config = load(None, {"DUPLISTAT_DATABASE_URL_FILE": str(secret)})
    assert config.database_url == "postgresql://u:p@h/d"


def test_a_file_of_a_value_that_is_not_there_is_named(tmp_path: Path) -> None:
    line = refused(tmp_path, environment={"DUPLISTAT_DATABASE_URL_FILE": "/nowhere"})
    assert line.startswith("DUPLISTAT_DATABASE_URL_FILE: /nowhere cannot be read")


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("[sever]\nport = 1", ["/duplistat.toml: unknown section [sever]", "server"]),
        ("[server]\nprot = 1", ["/duplistat.toml: unknown key [server] prot", "port"]),
        ("[server]\nport = 0", ["/duplistat.toml: [server] port = 0:"]),
        ("[server]\nport = 'x'", ["/duplistat.toml: [server] port = 'x':"]),
        ("[server]\ntrusted_proxies = ['10.0.0.0/99']", ["[server] trusted_proxies = '10.0.0.0/99'"]),
        ("[server]\ntrusted_proxies = '10.0.0.0/8'", ["[server] trusted_proxies = '10.0.0.0/8'"]),
        ("[server]\ntimezone = 'Mars/Olympus'", ["'Mars/Olympus' is not a time zone such as Europe/Berlin"]),
        ("[server]\npublic_url = 'example.org'", ["[server] public_url = 'example.org'"]),
        ("[overdue]\ngrace_seconds = -1", ["[overdue] grace_seconds = -1"]),
        ("[log]\nlevel = 'loud'", ["[log] level = 'loud'"]),
        ("[api]\nrequire_key = 'perhaps'", ["[api] require_key = 'perhaps'"]),
        ("server = 1", ["[server] must be a section, not a value"]),
        ("[server\nport = 1", ["/duplistat.toml: is not valid TOML"]),
    ],
)
def test_what_is_wrong_in_a_file_is_one_line_that_names_it(
    tmp_path: Path, text: str, parts: list[str]
) -> None:
    line = refused(tmp_path, text)
    assert [part for part in parts if part not in line] == []


@pytest.mark.parametrize(
    ("name", "value", "start"),
    [
        ("DUPLISTAT_SERVER_PROT", "1", "DUPLISTAT_SERVER_PROT: there is no such setting"),
        ("DUPLISTAT_SEVER_PORT", "1", "DUPLISTAT_SEVER_PORT: there is no such setting"),
        ("DUPLISTAT_SERVER", "1", "DUPLISTAT_SERVER: there is no such setting"),
        ("DUPLISTAT_SERVER_PORT", "x", "DUPLISTAT_SERVER_PORT: [server] port = 'x':"),
        ("DUPLISTAT_SERVER_PORT", "", "DUPLISTAT_SERVER_PORT: [server] port = '':"),
        ("DUPLISTAT_DATABASE_URL", "mysql://h/d", "DUPLISTAT_DATABASE_URL: [database] url"),
    ],
)
def test_what_is_wrong_in_the_environment_is_one_line_that_names_it(
    tmp_path: Path, name: str, value: str, start: str
) -> None:
    assert refused(tmp_path, environment={name: value}).startswith(start)


@pytest.mark.parametrize("password", ["hunter2", "hunter2/x", "a@hunter2"])
def test_a_password_in_a_wrong_address_is_not_shown(tmp_path: Path, password: str) -> None:
    line = refused(tmp_path, environment={"DUPLISTAT_DATABASE_URL": "mysql://me:" + password + "@h/d"})
    assert "hunter2" not in line


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nothing\.toml: cannot be read"):
        load(tmp_path / "nothing.toml", {})


def test_other_variables_are_none_of_ours() -> None:
    assert load(None, {"PATH": "/bin", "DUPLISTATUS_X": "1", "DUPLISTAT_CONFIG": "x"}) == Config()


def test_each_key_knows_where_it_was_set(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text('[retention]\nruns_days = 7\nevents_days = 8\n[[locations]]\nid = 1\nname = "x"\n')
    environment = {"DUPLISTAT_RETENTION_EVENTS_DAYS": "9", "DUPLISTAT_SERVER_PORT": "81"}
    config = load(file, environment, {"server": {"port": 82}})
    assert (config.source("retention", "runs_days"), config.source("locations")) == (str(file), str(file))
    assert config.source("retention", "events_days") == "DUPLISTAT_RETENTION_EVENTS_DAYS"
    assert (config.source("server", "port"), config.server.port) == ("command line", 82)
    assert config.source("retention", "audit_days") == Config().source("locations") == ""


def test_a_configuration_cannot_be_changed() -> None:
    from pydantic import ValidationError

    with pytest.raises(ValidationError):
        setattr(Config().server, "port", 1)  # noqa: B010  # mypy knows it too


@pytest.mark.parametrize(("section", "key"), ALL_KEYS)
def test_every_key_says_what_it_is(section: str, key: str) -> None:
    assert len(SECTIONS[section].model_fields[key].description or "") > 10


@pytest.mark.parametrize(("section", "key"), ALL_KEYS)
def test_every_key_can_be_set_in_the_environment(section: str, key: str) -> None:
    default = getattr(getattr(Config(), section), key)
    if isinstance(default, tuple):
        text = ",".join(default)
    else:
        text = str(default).lower() if isinstance(default, bool) else str(default)
    config = load(None, {f"DUPLISTAT_{section}_{key}".upper(): text})
    assert getattr(getattr(config, section), key) == default


def example() -> dict[str, Any]:
    """The example with its comments taken for settings: `# key = value` counts."""
    lines = [line.strip() for line in EXAMPLE.read_text("utf-8").splitlines()]
    bare = [line.lstrip("# ") if "=" in line or line.lstrip("# ").startswith("[") else "" for line in lines]
    kept = []
    for line in bare:
        try:
            tomllib.loads(line)
        except tomllib.TOMLDecodeError:
            continue
        kept.append(line)
    return tomllib.loads("\n".join(kept))


@pytest.mark.parametrize(("section", "key"), ALL_KEYS)
def test_the_example_has_every_key_with_its_default(section: str, key: str) -> None:
    default = getattr(getattr(Config(), section), key)
    told = example()[section][key]
    assert (tuple(told) if isinstance(told, list) else told) == default


def test_the_example_can_be_used_as_it_is() -> None:
    assert load(EXAMPLE, {}).model_dump() == Config().model_dump()


def test_the_example_has_no_key_that_does_not_exist() -> None:
    assert {(section, key) for section, keys in example().items() for key in keys} == set(ALL_KEYS)


def test_two_servers_of_four_cores_fit_into_the_usual_connections_of_postgresql() -> None:
    config = Config()
    own = 4 * config.database.pool + 4 + (AT_ONCE + 2) * config.alerts.send_workers
    # Of 100, three are kept for administrators.
    assert 2 * own <= 97
    assert f"4 × {config.database.pool} + 4 + 10 = {own}" in (ROOT / "docs/deployment.md").read_text("utf-8")
