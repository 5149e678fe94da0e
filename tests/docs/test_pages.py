"""The pages' own language: what is a command, what it must say, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs.pages import Block, Command, PageError, Typed, blocks, elsewhere, missing
from tests.docs.shell import Shell, plain


def only(words: str) -> Block:
    """The one block of a page."""
    (block,) = blocks("page.md", words)
    return block


def test_a_console_has_commands_and_what_they_say() -> None:
    """Goal: prompt, output, exit code and place are told apart."""
    block = only("# Page\n\n```console\n$ one --a\nsays this\n\n$ two # exit 3\n```\n")

    assert block.commands == [
        Command("page.md", 4, "one --a", 0, ["says this"]),
        Command("page.md", 7, "two", 3),
    ]
    assert block.commands[1].place == "page.md:7"


def test_every_line_of_sh_is_a_command() -> None:
    """Goal: a comment behind a command may say more than its exit code."""
    block = only("```sh\n# a word\none   # why\n\ntwo  # exit 2: differs\nthree \\\n  four\n```\n")

    assert [(c.text, c.code) for c in block.commands] == [
        ("one   # why", 0),
        ("two", 2),
        ("three \\\n  four", 0),
    ]


def test_a_file_is_written_as_it_stands() -> None:
    """Goal: a here-document keeps its lines, whatever they look like."""
    block = only("```sh\ncat > a <<'EOF'\n$ x # exit 9\n\n# y\nEOF\nls\n```\n")

    assert [c.text for c in block.commands] == ["cat > a <<'EOF'\n$ x # exit 9\n\n# y\nEOF", "ls"]
    assert block.commands[0].code == 0


def test_marks_belong_to_their_block_and_what_stands_in_to_the_rest() -> None:
    """Goal: an address is replaced from its mark on; keys and preparations only here."""
    page = (
        "<!-- run: with `192.0.2.1` => `127.0.0.1` -->\n<!-- run: first touch 'a  b' -->\n"
        '<!-- run: when "[y/N]" type "y\\n" -->\n```sh\none\n```\n```sh\ntwo\n```\n'
    )

    first, second = blocks("page.md", page)

    assert first.first == ["touch 'a  b'"]
    assert first.typed == [Typed("[y/N]", "y\n")]
    assert (second.first, second.typed) == ([], [])
    assert first.instead == second.instead == {"192.0.2.1": "127.0.0.1"}


@pytest.mark.parametrize(
    "page",
    [
        "```text\n$ fleet plan\n```\n",
        "```\nfleet plan\n```\n",
        "```yaml\nmake test\n```\n",
        "<!-- run: perhaps -->\n```sh\none\n```\n",
        "<!-- run: first one -->\n```text\nwords\n```\n",
        "```sh\none\n```\n<!-- run: first one -->\n",
        "```console\nwords before\n$ one\n```\n",
        "```sh\n# nothing\n```\n",
        "```sh\ncat <<'EOF'\nnever ends\n```\n",
        "```console\n$ one \\\n```\n",
    ],
)
def test_nothing_is_silently_left_out(page: str) -> None:
    """Goal: a command that would not be run, and a mark that would do nothing, are refused."""
    with pytest.raises(PageError):
        list(blocks("page.md", page))


@pytest.mark.parametrize(
    ("says", "output", "lacks"),
    [
        (["a b"], "x\n  a    b\n", None),
        (["a … d"], "a b c d\n", None),
        (["…d"], "a b c d\n", None),
        (["a …", "…", "z"], "a 1\nm\nz\n", None),
        (["a"], "ab\n", "a"),
        (["b", "a"], "a\nb\n", "a"),
        (["a…c"], "a b\n", "a…c"),
        (["(x) [y]"], "(x) [y]\n", None),
        (["a", "a"], "a\n", "a"),
    ],
)
def test_output_has_the_lines_in_order(says: list[str], output: str, lacks: str | None) -> None:
    """Goal: blanks do not count, order does, and a line counts once."""
    assert missing(Command("p", 1, "x", 0, says), output) == lacks


def test_a_block_run_elsewhere_names_a_file_that_holds_it(tmp_path: Path) -> None:
    """Goal: a promise that somebody else runs it can be broken, and then it is told."""
    (tmp_path / "there.py").write_text("it runs make demo\n")
    block = only('<!-- run: elsewhere there.py "make demo" -->\n```sh\nmake demo\n```\n')

    assert elsewhere(block, tmp_path) is None
    (tmp_path / "there.py").write_text("nothing\n")
    assert elsewhere(block, tmp_path) == "page.md:3: there.py does not hold 'make demo'"
    (tmp_path / "there.py").unlink()
    assert elsewhere(block, tmp_path) == "page.md:3: there is no there.py"
    assert elsewhere(Block([]), tmp_path) is None


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    """A shell in a folder of its own."""
    (tmp_path / "here").mkdir()
    return Shell(tmp_path / "here", tmp_path / "state", {"PATH": "/usr/bin:/bin"})


def test_a_shell_keeps_folder_and_variables(shell: Shell, tmp_path: Path) -> None:
    """Goal: commands of a page build on each other, as in a reader's shell."""
    assert shell.run("F='a  b'; mkdir sub; cd sub").code == 0
    ended = shell.run('pwd; echo "$F"')
    assert ended.said == f"{tmp_path}/here/sub\na  b\n"
    assert shell.run("false").code == 1
    assert shell.run("exec sh -c 'exit 7'").code == 7
    assert shell.run('echo "$F"').said == "a  b\n"


def test_both_streams_are_heard_and_nothing_is_asked(shell: Shell) -> None:
    """Goal: without a rule there is no terminal, so a question would fail the page."""
    ended = shell.run("echo out; echo err >&2; test -t 0 || echo none; read -r x || echo end")
    assert ended.said == "out\nerr\nnone\nend\n"


def test_keys_are_typed_when_the_words_come(shell: Shell) -> None:
    """Goal: a question is answered on a real terminal, once, with what the page says."""
    ended = shell.run(
        "test -t 0 && printf 'sure? '; read -r a; echo \"said $a\"; printf 'sure? '; exit 4",
        [Typed("sure?", "yes\n")],
    )
    assert ended.code == 4
    assert "said yes" in ended.said


def test_an_interrupt_can_be_typed(shell: Shell) -> None:
    """Goal: what runs until Ctrl-C is ended as a person would."""
    ended = shell.run("(trap 'exit 130' INT; echo ready; while :; do sleep 0.05; done)", [
        Typed("ready", "\x03")
    ])  # fmt: skip
    assert ended.code == 130


def test_controls_of_a_terminal_are_not_words() -> None:
    """Goal: colours and redrawn lines do not hide what is said."""
    assert plain(b"\x1b[1ma\x1b[0m\r\nb\x1b]0;title\x07c\rd") == "a\nbc\nd"
