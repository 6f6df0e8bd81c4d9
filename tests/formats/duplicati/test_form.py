"""What forms do to a report on its way, and what users add to them."""

import json
from pathlib import Path
from urllib.parse import quote

import pytest

from duplistat.core.errors import Unrecognised
from duplistat.core.report import Report
from duplistat.core.status import Status
from duplistat.formats.duplicati.form import fields_of
from duplistat.formats.recognise import recognise

HERE = Path(__file__).parent
TEXT = quote("Duplicati Backup report for Photos\n\nParsedResult: Success\nExaminedFiles: 5\n", safe="")
JSON = (HERE / "04_backup_success_2.2.0.3_scheduled.json").read_text()


def read(body: str) -> Report:
    found = recognise(body.encode(), content_type="application/x-www-form-urlencoded")
    assert isinstance(found, Report)
    return found


@pytest.mark.parametrize(
    "extra",
    [
        "&machine-name=My%20nas&backup-name=C++",
        "&machine-name%3DMy%20nas%26backup-name%3DC%2B%2B",
        "&machine-name=My nas&backup-name=C++",
        '&{"machine-name":"My nas","backup-name":"C++","n":5}',
        "&%7B%22machine-name%22:%22My%20nas%22,%22backup-name%22:%22C++%22%7D",
        "&%7B%22a%22:%22x=y%26z%22,%22machine-name%22:%22My%20nas%22,%22backup-name%22:%22C++%22%7D",
        "&Machine_Name=My%20nas&backup=C++",
    ],
)
def test_extra_parameters_win_in_every_encoding(extra: str) -> None:
    report = read("message=" + TEXT + extra)
    assert (report.server_name, report.job_name) == ("My nas", "C++")
    assert (report.status, report.files) == (Status.SUCCESS, 5)


@pytest.mark.parametrize("name", ["payload=", "text=", "a.b[c]=", "=", "", "x=1&y="])
def test_a_report_may_stand_in_any_field(name: str) -> None:
    assert read(name + TEXT).job_name == "Photos"


def test_json_in_a_field_is_the_same_report_as_alone() -> None:
    alone = recognise(JSON.encode())
    assert read("message=" + quote(JSON, safe="")) == alone
    assert read("message=" + JSON) == alone
    assert read("message=" + quote(JSON) + "&server=box").server_name == "box"
    assert read("message=" + JSON + "&server=box").server_name == "box"


def test_a_browser_writes_plus_for_a_blank() -> None:
    report = read("message=" + TEXT.replace("%20", "+") + "&server=my+box")
    assert (report.job_name, report.server_name) == ("Photos", "my box")


def test_percent_signs_that_encode_nothing_stay() -> None:
    assert read("message=" + TEXT + "&backup-name=100%&server=50%%25").job_name == "100%"
    assert fields_of("a=%zz%") == [("a", "%zz%")]
    assert fields_of("a=%ff%20") == [("a", "ÿ ")]


def test_a_form_that_was_never_encoded_is_read() -> None:
    report = read("message=Duplicati Backup report for A & B\n\nParsedResult: Error\nExaminedFiles: 5\n")
    assert (report.status, report.files) == (Status.ERROR, 5)


def test_plain_fields_can_be_a_users_template() -> None:
    report = read("job=Photos&result=Failed&machine=nas")
    assert (report.job_name, report.status, report.server_name) == ("Photos", Status.ERROR, "nas")


@pytest.mark.parametrize(
    "body", ["message=hello", "a=b&c=d", "message=", "&&&", "message=%7B%7D", "message=[1]"]
)
def test_a_form_without_a_report_is_not_recognised(body: str) -> None:
    with pytest.raises(Unrecognised):
        recognise(body.encode())


@pytest.mark.parametrize("line_end", ["\r\n", "\n"])
def test_a_form_in_parts_is_one(line_end: str) -> None:
    """As curl sends it with -F."""
    parts = [
        f'Content-Disposition: form-data; name="message"\n\n{JSON}\n',
        'Content-Disposition: form-data; name="server"\n\nbox & co = x\n',
    ]
    body = "".join(f"--------5c4f\n{part}" for part in parts) + "--------5c4f--\n"
    assert read(body.replace("\n", line_end)).server_name == "box & co = x"
    file = f'--XY\nContent-Disposition: form-data; name="f"; filename="r.json"\nContent-Type: x\n\n{JSON}\n--XY--\n'
    assert read(file.replace("\n", line_end)) == recognise(JSON.encode())


def test_only_so_many_fields_are_read() -> None:
    assert len(fields_of("&".join(["a=b"] * 5000))) == 1000
    assert len(fields_of("a=b&" + json.dumps({str(n): "x" for n in range(5000)}))) == 1001
