"""The demo's stage with a fake program: what it shows, and that no failing check goes unnoticed."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

import pytest

from fleet.cli.context import Context
from fleet.cli.demo import stage
from fleet.cli.demo.stage import StepFailed, Story
from fleet.model.text import Lang, text


class Scripted(Story):
    """A story whose program is a shell script; its arguments are the verb's words."""

    script = "exit 0"

    def argv(self, *verb: str) -> list[str]:
        """The script instead of fleet."""
        return ["/bin/sh", "-c", self.script, "sh", *verb]


def story(tmp_path: Path, script: str = "exit 0", lang: Lang = "en") -> Scripted:
    """A story on a city of two files."""
    city = tmp_path / "work" / "tongling"
    (city / "340705-tongguan").mkdir(parents=True)
    (city / "city.yaml").write_text("name: 铜陵\n", "utf-8")
    (city / "340705-tongguan" / "cuihu.yaml").write_text("osd_text: Cuihu\n", "utf-8")
    made = Scripted(Context(lang=lang), city, 10, 137)
    made.script = script
    return made


def test_the_real_program_is_the_one_beside_this_python(tmp_path: Path) -> None:
    """The city, the language, never a question; the verb last."""
    made = Story(Context(lang="zh"), tmp_path, 10, 137)
    program, *args = made.argv("plan", "-o", "x")

    assert Path(program).name == "fleet"
    assert args == [
        "-C", str(tmp_path), "--lang", "zh", "--non-interactive", "plan", "-o", "x",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("lang", "head"), [("en", "\n━━ 3/10  validate \n"), ("zh", "\n━━ 3/10  校验清单 \n")]
)
def test_a_title_names_number_and_step(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], lang: Lang, head: str
) -> None:
    """Without colour where there is no terminal."""
    story(tmp_path, lang=lang).title(3, text("validate", "校验清单"))

    assert capsys.readouterr().out == head


def test_a_run_shows_its_command_and_every_line_indented(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """stdout and stderr in their order; what it said is handed back whole."""
    said = story(tmp_path, 'echo "one $1"; echo two >&2; echo 三').run("plan", "-o", "x")

    assert said == "one plan\ntwo\n三\n"
    assert capsys.readouterr().out == "$ fleet plan -o x\n  one plan\n  two\n  三\n"


@pytest.mark.parametrize(
    ("lang", "more"), [("en", "  … 3 more lines\n"), ("zh", "  … 另有 3 行\n")]
)
def test_a_long_answer_is_cut_on_the_screen_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], lang: Lang, more: str
) -> None:
    """Checks still see all of it."""
    said = story(tmp_path, "for n in 1 2 3 4 5; do echo $n; done", lang).run("status", lines=2)

    assert said == "1\n2\n3\n4\n5\n"
    assert capsys.readouterr().out == f"$ fleet status\n  1\n  2\n{more}"


def test_exactly_as_many_lines_as_are_shown_are_not_cut(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """No "0 more lines"."""
    story(tmp_path, "echo 1; echo 2").run("status", lines=2)

    assert capsys.readouterr().out == "$ fleet status\n  1\n  2\n"


@pytest.mark.parametrize(
    ("code", "want", "words"),
    [
        (1, 0, "fleet plan ended with 1, expected [0]"),
        (0, 2, "fleet plan ended with 0, expected [2]"),
        (7, {0, 2}, "fleet plan ended with 7, expected [0, 2]"),
        (64, (2, 0), "fleet plan ended with 64, expected [0, 2]"),
    ],
)
def test_another_exit_code_fails_the_step(
    tmp_path: Path, code: int, want: int | tuple[int, ...], words: str
) -> None:
    """In both languages, with what it ended with and what was wanted."""
    with pytest.raises(StepFailed, match="fleet plan ended") as failed:
        story(tmp_path, f"exit {code}").run("plan", "--detailed-exitcode", want=want)

    assert failed.value.why.en == words
    assert failed.value.why.zh.startswith(f"fleet plan 退出码为 {code}，应为 [")


@pytest.mark.parametrize(("code", "want"), [(0, 0), (2, 2), (2, {0, 2}), (0, [0, 2]), (6, 6)])
def test_a_wanted_exit_code_goes_on(
    tmp_path: Path, code: int, want: int | set[int] | list[int]
) -> None:
    """One or any of several."""
    assert story(tmp_path, f"exit {code}").run("plan", want=want) == ""


def test_a_program_that_is_killed_fails_the_step(tmp_path: Path) -> None:
    """A signal is no exit code of the contract."""
    with pytest.raises(StepFailed, match="ended with -9"):
        story(tmp_path, "kill -9 $$").run("apply")


@pytest.mark.parametrize(
    ("script", "value"),
    [
        ('echo "{\\"a\\": [1, \\"东\\"]}"', {"a": [1, "东"]}),
        ("echo [] ; echo talk >&2", []),
        ("exit 3", None),
    ],
)
def test_json_is_what_the_program_prints(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], script: str, value: object
) -> None:
    """Nothing is shown; no output is null."""
    assert story(tmp_path, script).json("status") == value
    assert capsys.readouterr().out == ""


def test_the_state_folder_of_the_caller_is_not_the_demos(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """$FLEET_STATE would let the demo act on a real city's state."""
    monkeypatch.setenv("FLEET_STATE", "/somewhere")

    assert story(tmp_path, 'echo "<$FLEET_STATE>"').run("doctor") == "<>\n"
    assert story(tmp_path / "b", 'echo "\\"$FLEET_STATE\\""').json("doctor") == ""


@pytest.mark.parametrize(
    ("stats", "writes"),
    [
        ('{"cam": {"reads": 1, "writes": 2}}', {"cam": 2}),
        ('{"cam": {"reads": 1, "writes": 2}, "nvr": {"reads": 0, "writes": 0}}',
         {"cam": 2, "nvr": 0}),
        ('[{"device": "a", "reads": 1, "writes": 3}, {"id": "b", "reads": 1, "writes": 4}]',
         {"a": 3, "b": 4}),
        ('{"process": {"cam": {"reads": 1, "writes": 5}}}', {"cam": 5}),
        ('{"cam": {"writes": 2}}', {}),
        ('{"cam": {"reads": 1, "writes": "2"}}', {}),
        ("[]", {}),
        ("null", {}),
        ("7", {}),
    ],
)  # fmt: skip
def test_writes_are_read_out_of_the_statistics(
    tmp_path: Path, stats: str, writes: dict[str, int]
) -> None:
    """Wherever an object counts reads and writes, under the name it lies."""
    assert story(tmp_path, f"echo '{stats}'").writes() == writes


def test_a_devices_log_is_its_fields_in_order(tmp_path: Path) -> None:
    """Doubles stay: they are what the demo looks for."""
    script = """echo '[{"field": "a"}, {"field": "b"}, {"field": "a"}]'"""

    assert story(tmp_path, script).log("cam") == ["a", "b", "a"]


def test_an_edit_changes_every_file_that_is_meant(tmp_path: Path) -> None:
    """By glob, in UTF-8, and no other file."""
    made = story(tmp_path)
    made.edit(lambda words: words.replace("Cuihu", "翠湖"), "340705-*/*.yaml")

    assert (made.city / "340705-tongguan" / "cuihu.yaml").read_text("utf-8") == "osd_text: 翠湖\n"
    assert (made.city / "city.yaml").read_text("utf-8") == "name: 铜陵\n"


def test_an_edit_that_changes_nothing_fails_the_step(tmp_path: Path) -> None:
    """An example that was reworded must not make a step prove nothing."""
    with pytest.raises(StepFailed, match=r"nothing to edit in city\.yaml") as failed:
        story(tmp_path).edit(lambda words: words.replace("Hefei", ""), "city.yaml")
    assert failed.value.why.zh == "city.yaml 中没有可改之处"


def test_an_edit_of_files_that_are_not_there_fails_the_step(tmp_path: Path) -> None:
    """The same for a file that was renamed: no file edited is nothing proved."""
    with pytest.raises(StepFailed, match="nothing to edit in"):
        story(tmp_path).edit(lambda words: words + "\n", "340705-*/gone.yaml")


VERBS = "stacks recover --yes\nstacks destroy --yes\nsim down\n"


@pytest.mark.parametrize("keep", [False, True])
def test_tearing_down_ends_servers_and_devices(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], keep: bool
) -> None:
    """What a killed engine left first; the folder goes unless it is kept."""
    made = story(tmp_path, f'echo "$*" >> {tmp_path}/calls')

    assert made.tear_down(keep)
    assert (tmp_path / "calls").read_text() == VERBS
    assert made.city.exists() is keep
    assert capsys.readouterr().out == (f"kept: {made.city.parent}\n" if keep else "")


def test_a_verb_that_fails_while_tearing_down_is_run_again_and_the_others_too(
    tmp_path: Path,
) -> None:
    """Seen in a busy run: one failed, the folder was removed, the servers stayed for ever."""
    made = story(tmp_path, f'echo "$*" >> {tmp_path}/calls; exit 7')

    assert made.tear_down(kept=False)
    assert (tmp_path / "calls").read_text() == VERBS * 2
    assert not made.city.exists()


def test_what_no_verb_ends_is_ended_by_the_folder_that_it_names(tmp_path: Path) -> None:
    """A simulator or a supervisord whose records are gone still names its folder."""
    made = story(tmp_path)
    with subprocess.Popen(
        ["/bin/sh", "-c", "read word", str(made.city / ".fleet" / "sim")], stdin=subprocess.PIPE
    ) as stray:
        assert made.tear_down(kept=False)
        assert stray.wait(timeout=20) == -signal.SIGTERM


def test_what_cannot_be_ended_keeps_its_folder_and_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the folder nobody could end it any more."""
    made = story(tmp_path, "echo 'pid 7 does not end' >&2; exit 10", "zh")
    monkeypatch.setattr(stage, "naming", lambda _city: [object()])

    assert not made.tear_down(kept=False)
    assert made.city.exists()
    said = capsys.readouterr().out
    assert "未能全部结束：pid 7 does not end" in said
    assert f"fleet -C {made.city} sim down" in said


def test_a_verb_started_to_be_killed_does_not_outlive_the_demo(tmp_path: Path) -> None:
    """Ctrl-C between its start and its kill left an apply running, in a session of its own."""
    made = story(tmp_path, "sleep 60; :")
    process = made.start("apply", "--yes")
    made.script = "exit 0"

    assert made.tear_down(kept=False)
    assert process.returncode == -signal.SIGKILL


def test_no_signal_cuts_tearing_down_short(tmp_path: Path) -> None:
    """A second Ctrl-C is what people give; the handlers are theirs again afterwards."""
    made = story(tmp_path, f'echo "$*" >> {tmp_path}/calls; kill -INT $PPID; kill -TERM $PPID')
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)

    assert made.tear_down(kept=False)
    assert (tmp_path / "calls").read_text() == VERBS
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before


def test_a_verb_that_hangs_is_ended_and_fails_the_step(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its output is read line by line, which alone would wait for ever."""
    monkeypatch.setattr(stage, "COMMAND_S", 0.2)
    with pytest.raises(StepFailed, match=r"fleet apply was not done after 0\.2 s"):
        story(tmp_path, "exec sleep 60").run("apply")


def test_an_interrupted_verb_is_ended_with_its_step(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C, or TERM to the demo alone: its verb must not go on behind its back."""
    file = tmp_path / "pid"

    def interrupted(line: str) -> None:
        if "ready" in line:
            raise KeyboardInterrupt

    monkeypatch.setattr(stage.click, "echo", interrupted)
    with pytest.raises(KeyboardInterrupt):
        story(tmp_path, f"echo $$ > {file}; echo ready; exec sleep 60").run("apply")

    with pytest.raises(ProcessLookupError):
        os.kill(int(file.read_text()), 0)


def test_a_started_verb_runs_in_a_session_of_its_own(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """So that it and all of its children can be killed at once."""
    made = story(tmp_path, 'test "$(cut -d" " -f6 /proc/$$/stat)" = $$ || exit 9')
    with made.start("apply", "--yes") as process:
        assert process.wait(timeout=20) == 0
    assert capsys.readouterr().out == "$ fleet apply --yes &\n"
