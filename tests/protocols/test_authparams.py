"""The grammar of authentication headers case by case: what is read, what is refused and why."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.protocols.authparams import (
    CHALLENGES_MAX,
    PARAMS_MAX,
    TEXT_MAX,
    AuthSyntaxError,
    parse_list,
    quote,
)

READ: list[tuple[str, list[tuple[str, dict[str, str]]]]] = [
    ("", []),
    (" ", []),
    (" , ,\t", []),
    ("Digest", [("digest", {})]),
    ("Digest,", [("digest", {})]),
    (",Digest", [("digest", {})]),
    ("Digest, Basic", [("digest", {}), ("basic", {})]),
    ("DIGEST a=b", [("digest", {"a": "b"})]),
    ("Digest A=b", [("digest", {"a": "b"})]),
    ("Digest a=B", [("digest", {"a": "B"})]),
    ("Digest\ta=b", [("digest", {"a": "b"})]),
    ("Digest  a = b", [("digest", {"a": "b"})]),
    ('Digest a\t=\t"b"', [("digest", {"a": "b"})]),
    ("Digest a=b,c=d", [("digest", {"a": "b", "c": "d"})]),
    ("Digest a=b , c=d", [("digest", {"a": "b", "c": "d"})]),
    ("Digest a=b,,c=d", [("digest", {"a": "b", "c": "d"})]),
    ("Digest a=b, ,\t, c=d,", [("digest", {"a": "b", "c": "d"})]),
    ('Digest a=""', [("digest", {"a": ""})]),
    ('Digest a=" b "', [("digest", {"a": " b "})]),
    ('Digest a="b,c"', [("digest", {"a": "b,c"})]),
    ('Digest a="b=c"', [("digest", {"a": "b=c"})]),
    ('Digest a="Basic realm=x"', [("digest", {"a": "Basic realm=x"})]),
    (r'Digest a="\""', [("digest", {"a": '"'})]),
    (r'Digest a="\\"', [("digest", {"a": "\\"})]),
    (r'Digest a="\\\""', [("digest", {"a": '\\"'})]),
    (r'Digest a="\b"', [("digest", {"a": "b"})]),
    (r'Digest a="C:\\x", b=c', [("digest", {"a": "C:\\x", "b": "c"})]),
    ('Digest a="门口"', [("digest", {"a": "门口"})]),
    ('Digest a="IP Camera(C1234)"', [("digest", {"a": "IP Camera(C1234)"})]),
    ("Digest a=IP(C1234)", [("digest", {"a": "IP(C1234)"})]),
    ("Digest uri=/ISAPI/System?x=1&y=2", [("digest", {"uri": "/ISAPI/System?x=1&y=2"})]),
    ("Digest uri=sip:3407@x:5060;a=b", [("digest", {"uri": "sip:3407@x:5060;a=b"})]),
    ("Digest a==", [("digest", {})]),
    ("Basic Zm9vOmJhcg==", [("basic", {})]),
    ("Basic Zm9vOmJhcg==, Digest a=b", [("basic", {}), ("digest", {"a": "b"})]),
    ("Negotiate", [("negotiate", {})]),
    ("Negotiate a/b+c~d-e_f.g, X", [("negotiate", {}), ("x", {})]),
    ('Digest a=b, Basic realm="x"', [("digest", {"a": "b"}), ("basic", {"realm": "x"})]),
    ('Basic realm="x", Digest a=b', [("basic", {"realm": "x"}), ("digest", {"a": "b"})]),
    ("A a=1,B a=2,A a=3", [("a", {"a": "1"}), ("b", {"a": "2"}), ("a", {"a": "3"})]),
    ("!#$%&'*+-.^_`|~0 a=b", [("!#$%&'*+-.^_`|~0", {"a": "b"})]),
    ("Digest !#$%&'*+-.^_`|~0=b", [("digest", {"!#$%&'*+-.^_`|~0": "b"})]),
]


@pytest.mark.parametrize(("value", "found"), READ)
def test_what_a_header_says(value: str, found: list[tuple[str, dict[str, str]]]) -> None:
    """RFC 9110, 11.2-11.4: schemes in order; names in lower case, values as they are meant."""
    assert [(scheme.name, dict(scheme.params)) for scheme in parse_list(value)] == found


REFUSED = [
    ("=", "no scheme at 0"),
    ('"Digest"', "no scheme at 0"),
    ("(Digest) a=b", "no scheme at 0"),
    ("门 a=b", "no scheme at 0"),
    ("Digest/a=b", "no space after the scheme"),
    ("Digest=b", "no space after the scheme"),
    ('Digest"a"', "no space after the scheme"),
    ('Digest "a"', "neither parameter nor scheme"),
    ("Digest =b", "neither parameter nor scheme"),
    ('Digest a="b', "neither parameter nor scheme|no scheme|no space"),
    ('Digest a="b"c', "neither parameter nor scheme|no scheme|no space"),
    ('Digest a="b\\"', "neither parameter nor scheme|no scheme|no space"),
    ('Digest x=y, a="b', "no space after the scheme"),
    ("Digest a=b, a=c", "parameter a twice"),
    ("Digest a=b, A=c", "parameter a twice"),
    ('Digest realm="x", nonce="1", realm="x"', "parameter realm twice"),
    ("Digest a=\x00", "control characters"),
    ("Digest a=b\r\nX: y", "control characters"),
    ("Digest a=\x7f", "control characters"),
    ("Digest\x0ba=b", "control characters"),
    ("x" * (TEXT_MAX + 1), f"longer than {TEXT_MAX} characters"),
    (",".join(["A"] * (CHALLENGES_MAX + 1)), f"more than {CHALLENGES_MAX} challenges"),
    ("A " + ",".join(f"p{n}=1" for n in range(PARAMS_MAX + 1)), f"more than {PARAMS_MAX} param"),
]


@pytest.mark.parametrize(("value", "why"), REFUSED)
def test_what_a_header_must_not_say(value: str, why: str) -> None:
    """Rubbish, doubles, control characters and floods are refused in words of their own."""
    with pytest.raises(AuthSyntaxError, match=why):
        parse_list(value)


@pytest.mark.parametrize(
    "value",
    [
        "x" * TEXT_MAX,
        ",".join(["A"] * CHALLENGES_MAX),
        "A " + ",".join(f"p{n}=1" for n in range(PARAMS_MAX)),
    ],
)
def test_the_limits_themselves_are_allowed(value: str) -> None:
    """Exactly as much as is allowed."""
    assert parse_list(value)


@pytest.mark.parametrize(
    ("value", "quoted"),
    [
        ("", '""'),
        ("a", '"a"'),
        ('a"b', r'"a\"b"'),
        ("a\\b", r'"a\\b"'),
        ('\\"', r'"\\\""'),
        ("a, b=c", '"a, b=c"'),
        ("门口机", '"门口机"'),
        ("a\tb", '"a\tb"'),
    ],
)
def test_quoting(value: str, quoted: str) -> None:
    """RFC 9110, 5.6.4: only quote and backslash are escaped."""
    assert quote(value) == quoted


@pytest.mark.parametrize("control", [c for c in map(chr, [*range(32), 127]) if c != "\t"])
def test_a_control_character_is_neither_quoted_nor_read(control: str) -> None:
    """Each of them alone: no header can be broken in two."""
    with pytest.raises(AuthSyntaxError, match="control characters cannot be quoted"):
        quote(f"a{control}b")
    with pytest.raises(AuthSyntaxError, match="control characters"):
        parse_list(f'Digest a="{control}"')


TOKENS = st.text("!#$%&'*+-.^_`|~" + string.ascii_letters + string.digits, min_size=1, max_size=9)
TEXTS = st.text(st.characters(exclude_categories=("Cc", "Cs")), max_size=40)


@given(st.dictionaries(TOKENS.map(str.lower), TEXTS, min_size=1, max_size=8), TOKENS)
def test_whatever_is_quoted_is_read_back(params: dict[str, str], name: str) -> None:
    """Any names and any printable values survive the wire, commas and quotes included."""
    value = f"{name} " + ", ".join(f"{k}={quote(v)}" for k, v in params.items())

    (scheme,) = parse_list(value)

    assert (scheme.name, scheme.params) == (name.lower(), params)


@given(st.lists(st.tuples(TOKENS, TEXTS), min_size=1, max_size=CHALLENGES_MAX))
def test_several_challenges_do_not_run_into_one_another(pairs: list[tuple[str, str]]) -> None:
    """The comma between challenges is not taken for one between parameters."""
    value = ", ".join(f"{name} realm={quote(text)}" for name, text in pairs)

    assert [(s.name, s.params["realm"]) for s in parse_list(value)] == [
        (name.lower(), text) for name, text in pairs
    ]


@pytest.mark.parametrize("piece", ['a="', "a=b,", ",", "A ", '\\"', "a=", "= "])
def test_long_rubbish_is_judged_at_once(piece: str) -> None:
    """No pattern runs away on what a hostile peer repeats; the verdict is one of two."""
    value = "Digest " + piece * (TEXT_MAX // len(piece) - 4)
    try:
        found = len(parse_list(value))
    except AuthSyntaxError:
        found = 0
    assert found <= CHALLENGES_MAX
