"""What may stand inside a vault, and that no value of it reaches an error."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from fleet.adapters.secrets.vault_content import BadContent, flatten

NAMES = st.text("abcdefghij-_.0123456789", min_size=1, max_size=8)
TREES = st.recursive(
    st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=12),
    lambda inner: st.dictionaries(NAMES, inner, min_size=1, max_size=4),
    max_leaves=12,
)


def test_nested_keys_are_joined() -> None:
    """Goal: the reference secret://vault/device/gate-1/auth finds its place."""
    plain = b"device:\n  gate-1: {auth: a1, priv: p1}\nupper: u\n"
    assert flatten(plain) == {"device/gate-1/auth": "a1", "device/gate-1/priv": "p1", "upper": "u"}


def test_several_documents_are_one_mapping() -> None:
    """Goal: `ansible-vault edit` of a file with document marks loses nothing."""
    assert flatten(b"a: 1\n---\nb: 2\n") == {"a": "1", "b": "2"}


@pytest.mark.parametrize("written", ["no", "0123", "1e3", "2024-01-01", "~", "0x1F", "123456"])
def test_a_value_stays_as_it_was_written(written: str) -> None:
    """Goal: a password of digits or a YAML word is no number, date, boolean or null."""
    assert flatten(f"k: {written}\n".encode()) == {"k": written}


@pytest.mark.parametrize(
    "plain",
    [
        b"- s3cret-a\n",
        b"s3cret-a\n",
        b"k: [s3cret-a]\n",
        b"k: s3cret-a\nk: s3cret-b\n",
        b"k: &x s3cret-a\nj: *x\n",
        b"k: &x {s3cret-a: 1}\nj: *x\n",
        b"? [s3cret-a]\n: 1\n",
        b"k: 's3cret-a\n",
        b"k: s3cret-a\n\tj: 1\n",
        b"k: s3cret-a\n  j: 2\n",
        b"\xff\xfes3cret-a",
        b"k: s3cret-a\x00\n",
        b"a: " * 1 + b"{a: " * 40 + b"s3cret-a" + b"}" * 40,
    ],
)
def test_bad_content_is_refused_without_quoting_it(plain: bytes) -> None:
    """Goal: whatever is wrong, the error says where and shows nothing of the plain text."""
    with pytest.raises(BadContent) as caught:
        flatten(plain)
    told = caught.value.why.en + caught.value.why.zh + str(caught.value)
    assert "s3cret" not in told
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


@given(tree=st.dictionaries(NAMES, TREES, max_size=4))
def test_every_leaf_is_found_under_its_path(tree: dict[str, object]) -> None:
    """Property: what YAML wrote comes back, leaf by leaf, whatever the texts are."""
    wanted: dict[str, str] = {}

    def walk(node: object, key: str) -> None:
        if isinstance(node, dict):
            for name, value in node.items():
                walk(value, f"{key}/{name}" if key else str(name))
        else:
            wanted[key] = str(node)

    walk(tree, "")
    assert flatten(yaml.safe_dump(tree, default_style='"').encode()) == wanted
