"""Digest against somebody else's implementation: Python's own urllib, and the arithmetic by hand.

urllib answers our challenges and we verify; we answer and a calculation of its own, straight from
RFC 7616, 3.4.1, checks.
"""

from __future__ import annotations

import hashlib
import urllib.request
from urllib.request import AbstractDigestAuthHandler, HTTPPasswordMgrWithDefaultRealm, Request

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.protocols.digest import (
    Challenge,
    DigestError,
    authorization,
    authorization_ha1,
    ha1,
    parse_authorization,
    parse_challenges,
    schemes,
    verify,
)

HASHES = {"MD5": hashlib.md5, "SHA-256": hashlib.sha256}


def hashed(algorithm: str, words: str) -> str:
    """One hash in hex."""
    return HASHES[algorithm](words.encode()).hexdigest()


def urllib_answers(header: str, url: str, method: str, user: str, password: str) -> str:
    """What urllib sends back for a challenge."""
    manager = HTTPPasswordMgrWithDefaultRealm()
    manager.add_password(None, url, user, password)
    handler = AbstractDigestAuthHandler(manager)
    words = urllib.request.parse_keqv_list(urllib.request.parse_http_list(header.partition(" ")[2]))
    answer = handler.get_authorization(Request(url, method=method), words)
    assert answer is not None
    return f"Digest {answer}"


@pytest.mark.parametrize("algorithm", ["MD5"])
@pytest.mark.parametrize("qop", ["auth", None])
@pytest.mark.parametrize("opaque", ["5ccc069c403ebaf9f0171e9517f40e41", None])
@pytest.mark.parametrize("method", ["GET", "PUT", "POST", "DELETE"])
@pytest.mark.parametrize("path", ["/ISAPI/System/deviceInfo", "/a?format=json", "/"])
def test_urllib_answers_us(
    algorithm: str, qop: str | None, opaque: str | None, method: str, path: str
) -> None:
    """What Python's client makes of our challenge verifies, and not for another method or key."""
    challenge = Challenge("IP Camera(C1234)", "n0nce", algorithm, qop, opaque)
    header = urllib_answers(
        challenge.header(), f"http://127.0.0.1{path}", method, "admin", "Pass word,1"
    )

    given_ = parse_authorization(header)

    secret = ha1("admin", "IP Camera(C1234)", "Pass word,1", algorithm)
    assert verify(given_, secret, method)
    assert not verify(given_, secret, "HEAD")
    assert not verify(given_, ha1("admin", "IP Camera(C1234)", "other", algorithm), method)
    assert (given_.uri, given_.nc, given_.opaque) == (path, 1 if qop else 0, opaque)


@given(
    algorithm=st.sampled_from(["MD5", "SHA-256"]),
    user=st.text(st.characters(exclude_categories=("Cc", "Cs"), exclude_characters=":")),
    password=st.text(st.characters(exclude_categories=["Cs"])),
    realm=st.text(st.characters(exclude_categories=("Cc", "Cs"))),
    nonce=st.text("abcdef0123456789.", min_size=1),
    counted=st.none() | st.integers(1, 0xFFFFFFFF),
)
def test_our_answer_is_what_the_standard_computes(
    algorithm: str, user: str, password: str, realm: str, nonce: str, counted: int | None
) -> None:
    """RFC 7616, 3.4.1 with qop, RFC 2617, 3.2.2.1 without: computed here once more by hand."""
    challenge = Challenge(realm, nonce, algorithm, None if counted is None else "auth")
    header = authorization(
        challenge,
        username=user,
        password=password,
        method="PUT",
        uri="/x",
        nc=counted or 1,
        cnonce="c0",
    )

    a1 = hashed(algorithm, f"{user}:{realm}:{password}")
    a2 = hashed(algorithm, "PUT:/x")
    middle = nonce if counted is None else f"{nonce}:{counted:08x}:c0:auth"
    assert parse_authorization(header).response == hashed(algorithm, f"{a1}:{middle}:{a2}")


VECTORS = [
    ("MD5", "Mufasa", "testrealm@host.com", "Circle Of Life",
     "939e7578ed9e3c518a452acee763bce9"),
    ("MD5", "Mufasa", "http-auth@example.org", "Circle of Life",
     "3d78807defe7de2157e2b0b6573a855f"),
    ("SHA-256", "Mufasa", "http-auth@example.org", "Circle of Life",
     "7987c64c30e25f1b74be53f966b49b90f2808aa92faf9a00262392d7b4794232"),
]  # fmt: skip


@pytest.mark.parametrize(("algorithm", "user", "realm", "password", "key"), VECTORS)
def test_ha1_of_the_standards_examples(
    algorithm: str, user: str, realm: str, password: str, key: str
) -> None:
    """RFC 2617, 3.5 and RFC 7616, 3.9.1: H(A1) as those who implemented them publish it."""
    assert ha1(user, realm, password, algorithm) == key


@pytest.mark.parametrize(
    ("values", "names"),
    [
        ([], []),
        ([""], []),
        (["Basic realm=x"], ["basic"]),
        (['Digest realm="a", nonce="b", Basic realm="c"'], ["digest", "basic"]),
        (["Basic realm=x", "Digest realm=a, nonce=b"], ["basic", "digest"]),
        (["Negotiate", "NTLM", "Bearer realm=x"], ["negotiate", "ntlm", "bearer"]),
    ],
)
def test_the_schemes_on_offer(values: list[str], names: list[str]) -> None:
    """In the server's order, over one header or several."""
    assert schemes(values) == names


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("Digest realm=r, nonce=n", [("r", "n", "MD5", None, None, False)]),
        ('Digest realm="", nonce=n', [("", "n", "MD5", None, None, False)]),
        ("Digest realm=r, nonce=n, algorithm=md5", [("r", "n", "MD5", None, None, False)]),
        ("Digest realm=r, nonce=n, algorithm=sha-256", [("r", "n", "SHA-256", None, None, False)]),
        ('Digest realm=r, nonce=n, algorithm="MD5"', [("r", "n", "MD5", None, None, False)]),
        ('Digest realm=r, nonce=n, qop="auth"', [("r", "n", "MD5", "auth", None, False)]),
        ("Digest realm=r, nonce=n, qop=auth", [("r", "n", "MD5", "auth", None, False)]),
        ('Digest realm=r, nonce=n, qop="AUTH"', [("r", "n", "MD5", "auth", None, False)]),
        ('Digest realm=r, nonce=n, qop="auth,auth-int"', [("r", "n", "MD5", "auth", None, False)]),
        ('Digest realm=r, nonce=n, qop="auth-int , auth"',
         [("r", "n", "MD5", "auth", None, False)]),
        ('Digest realm=r, nonce=n, qop=""', [("r", "n", "MD5", None, None, False)]),
        ('Digest realm=r, nonce=n, qop=","', [("r", "n", "MD5", None, None, False)]),
        ("Digest realm=r, nonce=n, opaque=o", [("r", "n", "MD5", None, "o", False)]),
        ('Digest realm=r, nonce=n, opaque=""', [("r", "n", "MD5", None, "", False)]),
        ("Digest realm=r, nonce=n, stale=true", [("r", "n", "MD5", None, None, True)]),
        ("Digest realm=r, nonce=n, stale=TRUE", [("r", "n", "MD5", None, None, True)]),
        ("Digest realm=r, nonce=n, stale=false", [("r", "n", "MD5", None, None, False)]),
        ("Digest realm=r, nonce=n, stale=1", [("r", "n", "MD5", None, None, False)]),
        ("Digest realm=r, nonce=n, domain=/, charset=UTF-8, userhash=false",
         [("r", "n", "MD5", None, None, False)]),
        ("Digest realm=r, nonce=n, algorithm=MD5-sess", []),
        ("Digest realm=r, nonce=n, algorithm=SHA-256-sess", []),
        ("Digest realm=r, nonce=n, algorithm=SHA-512-256", []),
        ("Digest realm=r, nonce=n, algorithm=token", []),
        ('Digest realm=r, nonce=n, qop="auth-int"', []),
        ("Basic realm=r", []),
        ("Digest realm=r, nonce=n, algorithm=SHA-512-256, Digest realm=r, nonce=m",
         [("r", "m", "MD5", None, None, False)]),
    ],
)  # fmt: skip
def test_a_challenge_in_every_form(value: str, found: list[tuple[object, ...]]) -> None:
    """Realm, nonce, algorithm, qop, opaque, stale; what we cannot answer rightly is left out."""
    assert [
        (c.realm, c.nonce, c.algorithm, c.qop, c.opaque, c.stale) for c in parse_challenges([value])
    ] == found


@pytest.mark.parametrize(
    "value", ["Digest", "Digest realm=r", "Digest nonce=n", 'Digest realm=r, nonce=""']
)
def test_a_challenge_without_realm_or_nonce(value: str) -> None:
    """It cannot be answered and is named as broken."""
    with pytest.raises(DigestError, match="digest challenge without realm or nonce"):
        parse_challenges([value])


WHOLE = {"username": "u", "realm": "r", "nonce": "n", "uri": "/", "response": "0a"}


def answer(**changes: str | None) -> str:
    """An Authorization value with parameters changed or, by None, left out."""
    params = {k: v for k, v in {**WHOLE, **changes}.items() if v is not None}
    return "Digest " + ", ".join(f'{k}="{v}"' for k, v in params.items())


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ("", "not one digest answer"),
        ("Basic Zm9v", "not one digest answer"),
        (f"{answer()}, Basic realm=x", "not one digest answer"),
        (answer(username=None), "without username"),
        (answer(realm=None), "without realm"),
        (answer(nonce=None), "without nonce"),
        (answer(uri=None), "without uri"),
        (answer(response=None), "without response"),
        ("Digest", "without username, realm, nonce, uri, response"),
        (answer(algorithm="MD5-sess"), "in an algorithm that was not offered"),
        (answer(algorithm="SHA-512-256"), "in an algorithm that was not offered"),
        (answer(response=""), "not hexadecimal"),
        (answer(response="0x1"), "not hexadecimal"),
        (answer(response="ａ"), "not hexadecimal"),
        (answer(qop="auth-int", nc="00000001", cnonce="c"), "a qop that was not offered"),
        (answer(qop="auth,auth-int", nc="00000001", cnonce="c"), "a qop that was not offered"),
        (answer(qop="", nc="00000001", cnonce="c"), "a qop that was not offered"),
        (answer(qop="auth"), "qop without a nonce count"),
        (answer(qop="auth", nc="00000001"), "qop without a nonce count"),
        (answer(qop="auth", nc="00000001", cnonce=""), "qop without a nonce count"),
        (answer(qop="auth", cnonce="c"), "qop without a nonce count"),
        (answer(qop="auth", nc="1", cnonce="c"), "qop without a nonce count"),
        (answer(qop="auth", nc="000000001", cnonce="c"), "qop without a nonce count"),
        (answer(qop="auth", nc="0000000g", cnonce="c"), "qop without a nonce count"),
        (answer(qop="auth", nc="-0000001", cnonce="c"), "qop without a nonce count"),
    ],
)
def test_an_answer_that_is_none(value: str, why: str) -> None:
    """Each missing or odd part is named, and nothing of the answer is repeated."""
    with pytest.raises(DigestError, match=why):
        parse_authorization(value)


@pytest.mark.parametrize(
    ("changes", "seen"),
    [
        ({}, ("MD5", None, 0, None)),
        ({"algorithm": "sha-256"}, ("SHA-256", None, 0, None)),
        ({"qop": "AUTH", "nc": "0000000A", "cnonce": "c"}, ("MD5", "auth", 10, "c")),
        ({"qop": "auth", "nc": "ffffffff", "cnonce": "c"}, ("MD5", "auth", 0xFFFFFFFF, "c")),
        ({"qop": "auth", "nc": "00000000", "cnonce": "c"}, ("MD5", "auth", 0, "c")),
        ({"nc": "rubbish without qop"}, ("MD5", None, 0, None)),
        ({"cnonce": "c"}, ("MD5", None, 0, "c")),
    ],
)
def test_an_answer_in_every_form(changes: dict[str, str], seen: tuple[object, ...]) -> None:
    """Algorithm, qop, count and cnonce; without qop the count means nothing."""
    found = parse_authorization(answer(**changes))

    assert (found.algorithm, found.qop, found.nc, found.cnonce) == seen


@pytest.mark.parametrize("nc", [0, -1, 0x100000000])
def test_a_count_outside_its_eight_digits_is_not_sent(nc: int) -> None:
    """From HA1 as from the password."""
    with pytest.raises(DigestError, match="the nonce count runs from 1 to ffffffff"):
        authorization_ha1(
            Challenge("r", "n", qop="auth"), username="u", secret="0", method="GET", uri="/", nc=nc
        )


def test_a_colon_in_a_user_name_is_refused_before_anything_is_hashed() -> None:
    """`a:b` with realm `c` would hash like `a` with realm `b:c` (RFC 7616, 3.4.4)."""
    with pytest.raises(DigestError, match="a user name in digest cannot hold a colon"):
        ha1("a:b", "c", "d")


@pytest.mark.parametrize("case", [str.lower, str.upper])
def test_hexadecimal_digits_are_the_same_in_either_case(case: object) -> None:
    """Devices write the response in capitals; the secret too may come so."""
    challenge = Challenge("r", "n")
    header = authorization(challenge, username="u", password="p", method="GET", uri="/")
    response = parse_authorization(header).response
    turned = header.replace(response, case(response))  # type: ignore[operator]  # str.lower, upper

    assert verify(parse_authorization(turned), case(ha1("u", "r", "p")), "GET")  # type: ignore[operator]  # the same
