"""References to secrets are plain values; secrets themselves never show, copy or travel."""

from __future__ import annotations

import copy
import json
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from fleet.model.secret import Secret, SecretRef


@pytest.mark.parametrize(
    ("uri", "source", "name", "version"),
    [
        ("secret://vault/device/c1-cam-1/admin", "vault", "device/c1-cam-1/admin", 1),
        ("secret://generated/sip/34070500001180000001?version=3", "generated",
         "sip/34070500001180000001", 3),
        ("secret://env/FLEET_BOOT", "env", "FLEET_BOOT", 1),
        ("secret://vault/a.b_c-d", "vault", "a.b_c-d", 1),
    ],
)  # fmt: skip
def test_a_reference_is_read_and_written(uri: str, source: str, name: str, version: int) -> None:
    """Source, name and version; its text is what stands in YAML."""
    ref = SecretRef.parse(uri)

    assert (ref.source, ref.name, ref.version) == (source, name, version)
    assert str(ref) == uri
    assert SecretRef.parse(str(ref)) == ref


@pytest.mark.parametrize(
    "uri",
    [
        "", "hunter2", "https://vault/x", "secret:vault/x", "secret://", "secret://vault",
        "secret://vault/", "secret://keychain/x", "secret://vault/x?version=0",
        "secret://vault/x?version=-1", "secret://vault/x?version=1.5", "secret://vault/x?v=1",
        "secret://vault/x?version=1&more=2", "secret://vault/../x", "secret://vault/a//b",
        "secret://vault/a b", "secret://vault/口令", "secret://vault/-x", "secret://VAULT /x",
    ],
)  # fmt: skip
def test_what_is_no_reference_is_refused(uri: str) -> None:
    """Plain text, other schemes, unknown sources, names with spaces or ways out of a folder."""
    with pytest.raises(ValueError, match=r"."):
        SecretRef.parse(uri)


@given(st.text(max_size=60))
def test_any_text_is_a_reference_or_a_value_error(uri: str) -> None:
    """Never another exception, and what is accepted says itself again."""
    try:
        ref = SecretRef.parse("secret://" + uri)
    except ValueError:
        return

    assert SecretRef.parse(str(ref)) == ref


def test_a_reference_with_a_bad_name_cannot_be_built() -> None:
    """The model checks names wherever they come from."""
    with pytest.raises(ValidationError):
        SecretRef(source="vault", name="../etc/passwd")


def test_a_secret_never_shows_itself() -> None:
    """Neither as text, nor in a format, nor in a container, nor in an exception."""
    secret = Secret("hunter2-Canary")
    shown = [
        repr(secret),
        str(secret),
        f"{secret}",
        f"{secret!r:>40}",
        repr([secret]),
        repr({1: secret}),
    ]
    shown.append(repr(ValueError(secret)))

    assert not any("hunter2" in s for s in shown)
    assert secret.reveal() == "hunter2-Canary"


def test_a_secret_is_never_serialised() -> None:
    """Neither pickled nor copied by pickling, nor written as JSON."""
    secret = Secret("hunter2")
    for way in (pickle.dumps, copy.copy, copy.deepcopy, json.dumps):
        with pytest.raises(TypeError):
            way(secret)


def test_secrets_compare_by_value() -> None:
    """Equal values are equal; nothing else is."""
    assert Secret("a") == Secret("a")
    assert Secret("a") != Secret("b")
    assert Secret("a") != "a"
    assert len({Secret("a"), Secret("a"), Secret("b")}) == 2
