"""What holds for the outputs of all tools, whole, cut, mixed and hostile."""

import time
from collections.abc import Callable
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from duplistat.core.report import Report
from duplistat.core.status import Status
from duplistat.core.tool_output import Output, Reading, Told
from duplistat.formats.tool_outputs import TOOLS, read_output
from tests.support.outputs import FOLDER, RECEIVED, text

# The same examples on every machine, and nothing left in the checkout.
REPEATABLE = settings(max_examples=60, deadline=None, derandomize=True, database=None)
# Of the other stream of a run.
_OF_ERRORS = ".stderr."
NOT_KNOWN = Told(None, RECEIVED)


@cache
def outputs() -> tuple[str, ...]:
    """Each recorded output that is not too long, with both of its streams."""
    found = []
    for folder in sorted(path for path in FOLDER.iterdir() if path.is_dir() and path.name != "__pycache__"):
        names = sorted(file.name for file in folder.iterdir())
        for name in names:
            stem = name.rpartition(".")[0]
            if _OF_ERRORS in name and any(
                n.rpartition(".")[0] == name.partition(_OF_ERRORS)[0] for n in names
            ):
                continue
            both = [name, *(n for n in names if _OF_ERRORS in n and n.startswith(f"{stem}."))]
            found.append("\n".join(text(folder.name, n) for n in both)[:40_000])
    return tuple(found)


def statuses(reading: Reading) -> dict[tuple[str, str], set[Status]]:
    """How the runs of each job ended, by the operation and the job."""
    found: dict[tuple[str, str], set[Status]] = {}
    for report in reading.reports:
        found.setdefault((report.operation, report.job_name), set()).add(report.status)
    return found


def successes(reading: Reading) -> list[Report]:
    return [report for report in reading.reports if report.status is Status.SUCCESS]


def test_there_are_outputs_of_all_tools() -> None:
    assert len(outputs()) > 60
    known = {read_output(output, NOT_KNOWN).recognised.partition(".")[0] for output in outputs()}
    named = {tool.name for tool in TOOLS}
    # These have no outputs of their own that were recorded, or are known by errors alone.
    assert named - known <= {"docker-volume-backup", "dump", "tar"}


@REPEATABLE
@given(st.data())
def test_what_is_cut_off_makes_no_success(data: st.DataObject) -> None:
    whole = data.draw(st.sampled_from(outputs()))
    begin = data.draw(st.integers(0, len(whole)))
    end = data.draw(st.integers(begin, len(whole)) | st.just(len(whole)))
    before = read_output(whole, NOT_KNOWN)
    for found in successes(read_output(whole[begin:end], NOT_KNOWN)):
        assert successes(before), (found.operation, found.job_name)
        same = statuses(before).get((found.operation, found.job_name))
        assert same is None or Status.SUCCESS in same


@REPEATABLE
@given(st.data())
def test_an_output_whose_lines_are_mixed_with_those_of_another_is_read(data: st.DataObject) -> None:
    first, second = (data.draw(st.sampled_from(outputs())) for _ in range(2))
    one, other = first.splitlines(), second.splitlines()
    mixed: list[str] = []
    turns = data.draw(st.lists(st.booleans(), max_size=80))
    for turn in (*turns, *(True for _ in one), *(False for _ in other)):
        source = one if turn else other
        if source:
            mixed.append(source.pop(0))
    for tool in TOOLS:
        reading = tool.read(Output("\n".join(mixed)), NOT_KNOWN)
        assert reading is None or "." in reading.recognised
    if not any(successes(read_output(output, NOT_KNOWN)) for output in (first, second)):
        assert successes(read_output("\n".join(mixed), NOT_KNOWN)) == []


@REPEATABLE
@given(st.data())
def test_bytes_between_its_lines_do_not_make_a_success_of_a_failure(data: st.DataObject) -> None:
    whole = data.draw(st.sampled_from(outputs()))
    lines = whole.splitlines(keepends=True)
    noise = data.draw(st.lists(st.tuples(st.integers(0, len(lines)), st.binary(max_size=40)), max_size=5))
    for at, raw in noise:
        lines.insert(at, raw.decode("utf-8", errors="replace") + "\n")
    before, after = read_output(whole, NOT_KNOWN), read_output("".join(lines), NOT_KNOWN)
    assert not successes(after) or successes(before)


@REPEATABLE
@given(st.sampled_from(range(-3, 300)), st.data())
def test_an_exit_code_of_a_failure_is_no_success(code: int, data: st.DataObject) -> None:
    whole = data.draw(st.sampled_from(outputs()))
    reading = read_output(whole, Told(code, RECEIVED))
    if code in (0, 9) or len(reading.reports) > 1:
        return
    # rclone's 9 is that there was nothing to do.
    assert successes(reading) == []


# Twenty times as much is taken in; what is not bounded takes long enough with this.
MUCH = 256 * 1024


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(lambda: "[\n" * (MUCH // 2), id="lists"),
        pytest.param(lambda: "{\n" * (MUCH // 2), id="objects"),
        pytest.param(lambda: '{"a":\n' * (MUCH // 6), id="objects within each other"),
        pytest.param(lambda: '{"a":1}\n' * (MUCH // 8), id="small objects"),
        pytest.param(lambda: "[\n" * 900 + "1,\n" * (MUCH // 3), id="lists without an end"),
        pytest.param(lambda: "x" * 5 * MUCH, id="one line"),
        pytest.param(lambda: " " * 5 * MUCH, id="blanks"),
        pytest.param(lambda: "-" * 5 * MUCH, id="one line of dashes"),
        pytest.param(lambda: ("-" * 49 + "\n") * (MUCH // 50), id="dashes"),
        pytest.param(lambda: "Errors 1 (" * (MUCH // 10), id="statistics"),
        pytest.param(lambda: "Backup source directory " * (MUCH // 24), id="sentences"),
        pytest.param(lambda: "VMID Backup of VM 100 100 ok 100 " * (MUCH // 33), id="words of a table"),
        pytest.param(lambda: "vzdump\n" + ("100 " * 200 + "\n") * (MUCH // 801), id="rows of a table"),
        pytest.param(lambda: "Event: Task: " * (MUCH // 13), id="words of an event"),
        pytest.param(lambda: "Snapshotting a@b:c " * (MUCH // 19), id="words of a log"),
    ],
)
def test_much_of_anything_takes_bounded_time(body: Callable[[], str]) -> None:
    output = body()
    for tool in TOOLS:
        begin = time.process_time()
        tool.read(Output(output), NOT_KNOWN)
        # About a second on a slow machine; what is not bounded takes minutes.
        assert time.process_time() - begin < 15, tool.name
