"""Digest: the RFCs' own examples, both ends against each other, and what devices send."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.protocols.digest import (
    ALGORITHMS,
    Challenge,
    Credentials,
    DigestError,
    authorization,
    authorization_ha1,
    ha1,
    parse_authorization,
    parse_challenges,
    schemes,
    verify,
)

# What a header may carry: no control characters; quotes and backslashes on purpose.
HEADER_TEXT = st.text(
    st.characters(min_codepoint=0x20, max_codepoint=0x2FFF, exclude_characters="\x7f"),
    max_size=40,
)
NONEMPTY = HEADER_TEXT.filter(bool)
USERS = HEADER_TEXT.filter(lambda name: ":" not in name)
CHALLENGES = st.builds(
    Challenge,
    realm=HEADER_TEXT,
    nonce=NONEMPTY,
    algorithm=st.sampled_from(ALGORITHMS),
    qop=st.sampled_from([None, "auth"]),
    opaque=st.none() | HEADER_TEXT,
    stale=st.booleans(),
)


def made(
    challenge: Challenge, *, username: str, secret: str, method: str, uri: str, **k: str
) -> Credentials:
    """The answer to a challenge, as a server reads it."""
    return parse_authorization(
        authorization_ha1(
            challenge,
            username=username,
            secret=secret,
            method=method,
            uri=uri,
            cnonce=k.get("cnonce"),
        )
    )


def test_rfc2617_example() -> None:
    """RFC 2617, 3.5: MD5, qop auth, the published response."""
    challenge = Challenge(
        realm="testrealm@host.com",
        nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093",
        opaque="5ccc069c403ebaf9f0171e9517f40e41",
        qop="auth",
    )

    header = authorization(
        challenge,
        username="Mufasa",
        password="Circle Of Life",
        method="GET",
        uri="/dir/index.html",
        cnonce="0a4f113b",
    )

    assert 'response="6629fae49393a05397450978507c4ef1"' in header
    assert "nc=00000001" in header


@pytest.mark.parametrize(
    ("algorithm", "response"),
    [
        ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
        ("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
    ],
)
def test_rfc7616_example(algorithm: str, response: str) -> None:
    """RFC 7616, 3.9.1: the published responses for both algorithms."""
    challenge = Challenge(
        realm="http-auth@example.org",
        nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
        algorithm=algorithm,
        opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS",
        qop="auth",
    )

    answer = made(
        challenge,
        username="Mufasa",
        secret=ha1("Mufasa", challenge.realm, "Circle of Life", algorithm),
        method="GET",
        uri="/dir/index.html",
        cnonce="f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
    )

    assert response == answer.response


def test_rfc7616_both_challenges_in_two_headers_keep_the_servers_order() -> None:
    """RFC 7616, 3.9.1 offers SHA-256 before MD5: the client takes the first that it knows."""
    tail = 'realm="r", qop="auth, auth-int", nonce="n", opaque="o"'

    found = parse_challenges([f"Digest {tail}, algorithm=SHA-256", f"Digest {tail}, algorithm=MD5"])

    assert [c.algorithm for c in found] == ["SHA-256", "MD5"]
    assert found[0].qop == "auth"


def test_legacy_form_without_qop() -> None:
    """RFC 2069's form: no qop, no count, no cnonce in the answer; it verifies all the same."""
    (challenge,) = parse_challenges(['Digest realm="3407050000", nonce="abc"'])

    header = authorization(
        challenge, username="u", password="p", method="REGISTER", uri="sip:x@y", nc=7
    )
    answer = parse_authorization(header)

    assert challenge.qop is None
    assert "qop" not in header
    assert "nc=" not in header
    assert "cnonce" not in header
    assert verify(answer, secret=ha1("u", "3407050000", "p"), method="REGISTER")


def test_several_schemes_in_one_header() -> None:
    """A comma separates challenges as well as parameters; other schemes are passed over."""
    value = 'Basic realm="a, b", Negotiate, Bearer abc==, DIGEST Realm="x",nonce=n1 , stale=TRUE,'

    (challenge,) = parse_challenges([value])

    assert Challenge(realm="x", nonce="n1", stale=True) == challenge
    assert schemes([value]) == ["basic", "negotiate", "bearer", "digest"]


@pytest.mark.parametrize(
    "value",
    [
        'Basic realm="x"',
        "Negotiate",
        'Digest realm="x", nonce="n", algorithm=MD5-sess',
        'Digest realm="x", nonce="n", algorithm=SM3',
        'Digest realm="x", nonce="n", qop="auth-int"',
        "",
    ],
)
def test_what_we_cannot_answer_is_left_out(value: str) -> None:
    """No digest that we speak: an empty result, so that the caller tells a scheme mismatch."""
    assert parse_challenges([value]) == ()


@pytest.mark.parametrize(
    "value",
    [
        "Digest",
        'Digest realm="x"',
        'Digest nonce="n"',
        'Digest realm="x", nonce=""',
        'Digest realm="x", realm="y", nonce="n"',
        'Digest realm="x, nonce="n"',
        'Digest realm="x',
        'Digest realm="x"; nonce="n"',
        "\x00",
        '=, "',
        'Digest realm="x\r\nEvil: 1", nonce="n"',
        "Digest " + "a" * 9000,
        "Digest " + ", ".join(f"p{n}=1" for n in range(40)),
        ", ".join(["Basic"] * 20),
    ],
)
def test_malformed_challenges_are_named_as_such(value: str) -> None:
    """Bad grammar raises our own error and no other."""
    with pytest.raises(DigestError):
        parse_challenges([value])


@pytest.mark.parametrize(
    "value",
    [
        "Basic dTpw",
        'Digest username="u", realm="r", nonce="n", uri="x"',
        'Digest username="u", realm="r", nonce="n", uri="x", response="zz"',
        'Digest username="u", realm="r", nonce="n", uri="x", response="00", algorithm=SM3',
        'Digest username="u", realm="r", nonce="n", uri="x", response="00", qop=auth-int',
        'Digest username="u", realm="r", nonce="n", uri="x", response="00", qop=auth',
        'Digest username="u", realm="r", nonce="n", uri="x", response="0", qop=auth,nc=1,cnonce=c',
        'Digest username="u", realm="r", nonce="n", uri="x", response="00", qop=auth, nc=00000001',
        "",
    ],
)
def test_malformed_answers_are_refused(value: str) -> None:
    """An answer that lacks what its form needs is refused before any hash is compared."""
    with pytest.raises(DigestError):
        parse_authorization(value)


def test_a_quoted_algorithm_and_qop_are_read() -> None:
    """Seen on recorders: algorithm="MD5" and qop="auth" in quotes, an upper-case response."""
    challenge = Challenge(realm="r", nonce="n", qop="auth")
    good = made(
        challenge, username="u", secret=ha1("u", "r", "p"), method="GET", uri="/", cnonce="c"
    )
    value = (
        f'Digest username="u",realm="r",nonce="n",uri="/",response="{good.response.upper()}",'
        'algorithm="MD5",qop="auth",nc=00000001,cnonce="c"'
    )

    assert good == parse_authorization(value)


@pytest.mark.parametrize("nc", [0, -1, 2**32])
def test_a_count_that_does_not_fit_is_an_error(nc: int) -> None:
    """The count has 8 hex digits and starts at 1; wrapping it would be a replay."""
    with pytest.raises(DigestError):
        authorization(
            Challenge(realm="r", nonce="n", qop="auth"),
            username="u",
            password="p",
            method="GET",
            uri="/",
            nc=nc,
        )


def test_nothing_secret_can_break_out_of_the_header() -> None:
    """A line break in a user name would be a second header: refused; a colon would be ambiguous."""
    for name in ("a\r\nX: y", "a:b", "a\x00"):
        with pytest.raises(DigestError):
            authorization(
                Challenge(realm="r", nonce="n", qop="auth"),
                username=name,
                password="p",
                method="GET",
                uri="/",
            )


def test_unknown_algorithm_is_an_error_on_our_own_side() -> None:
    """HA1 in an algorithm that we do not have is our caller's mistake, and named."""
    with pytest.raises(DigestError):
        ha1("u", "r", "p", "SM3")


def test_a_random_cnonce_is_fresh_each_time() -> None:
    """Without a given cnonce two answers differ."""
    challenge = Challenge(realm="r", nonce="n", qop="auth")
    key = ha1("u", "r", "p")

    answers = {
        made(challenge, username="u", secret=key, method="GET", uri="/").cnonce for _ in range(4)
    }

    assert len(answers) == 4


def test_the_response_is_not_in_a_repr() -> None:
    """A response can be attacked off line; a log line of the value does not carry it."""
    answer = made(
        Challenge(realm="r", nonce="n", qop="auth"),
        username="u",
        secret="00",
        method="GET",
        uri="/",
    )

    assert answer.response not in repr(answer)


@given(CHALLENGES)
def test_challenge_survives_the_wire(challenge: Challenge) -> None:
    """Built and parsed, a challenge is the same, whatever is in its strings."""
    assert (challenge,) == parse_challenges([challenge.header()])


@given(
    challenge=CHALLENGES,
    username=USERS,
    password=st.text(max_size=30),
    uri=HEADER_TEXT,
    nc=st.integers(1, 0xFFFFFFFF),
    cnonce=NONEMPTY,
)
def test_build_parse_verify(
    challenge: Challenge, username: str, password: str, uri: str, nc: int, cnonce: str
) -> None:
    """Both ends agree; another password, method or count does not verify."""
    header = authorization(
        challenge,
        username=username,
        password=password,
        method="PUT",
        uri=uri,
        nc=nc,
        cnonce=cnonce,
    )
    answer = parse_authorization(header)
    key = ha1(username, challenge.realm, password, challenge.algorithm)
    other = ha1(username, challenge.realm, password + "x", challenge.algorithm)

    assert header == answer.header()
    assert (nc if challenge.qop else 0) == answer.nc
    assert verify(answer, secret=key, method="PUT")
    assert verify(answer, secret=key.upper(), method="PUT")
    assert not verify(answer, secret=other, method="PUT")
    assert not verify(answer, secret=key, method="GET")


@given(st.text(max_size=200) | st.from_regex(r'Digest ([a-z]+="?[^"]*"?,? ?){0,8}', fullmatch=True))
def test_hostile_text_raises_nothing_else(value: str) -> None:
    """Whatever arrives: a value or DigestError."""
    for parse in (lambda v: parse_challenges([v]), parse_authorization):
        try:
            parse(value)
        except DigestError as error:
            assert str(error)
