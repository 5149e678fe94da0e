"""The scanner that other tests rely on finds what it says it finds."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.canary import forms, scan

SECRET = 'Gate#2024 é"\\x'


@pytest.mark.parametrize(
    "written",
    [
        SECRET.encode(),
        SECRET.encode().hex().encode(),
        SECRET.encode().hex().upper().encode(),
        quote(SECRET, safe="").encode(),
        json.dumps({"k": SECRET}).encode(),
        json.dumps({"k": SECRET}, ensure_ascii=False).encode(),
        base64.b64encode(SECRET.encode()),
        base64.b64encode(b"1" + SECRET.encode() + b"22"),
        base64.b64encode(b"12" + SECRET.encode()),
        base64.urlsafe_b64encode(b"a" + SECRET.encode()),
        SECRET.encode("utf-16-le"),
    ],
)
def test_each_form_is_found(tmp_path: Path, written: bytes) -> None:
    """Goal: in a file below the folder, in the middle of other bytes, in every form."""
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "f").write_bytes(b"\0before " + written + b" after\xff")
    hits = scan([tmp_path], {"gate": SECRET})
    assert hits
    assert all("gate" in hit and SECRET not in hit for hit in hits)


def test_a_name_counts_and_clean_files_do_not(tmp_path: Path) -> None:
    """Goal: a secret as a file name is found; its neighbours are not accused."""
    (tmp_path / "clean").write_text("nothing here")
    assert scan([tmp_path], {"x": "hunter2hunter"}) == []
    (tmp_path / "hunter2hunter").write_text("")
    places = {hit.split(":")[0] for hit in scan([tmp_path], {"x": "hunter2hunter"})}
    assert places == {str(tmp_path / "hunter2hunter")}


@given(before=st.binary(max_size=9), secret=st.text("aB3#é", min_size=8, max_size=24))
def test_base64_is_found_at_every_alignment(before: bytes, secret: str) -> None:
    """Property: whatever stands before and after, one of the base64 forms is in the encoding."""
    encoded = base64.b64encode(before + secret.encode() + b"!tail")
    wanted = {name: form for name, form in forms(secret).items() if name.startswith("base64+")}
    assert any(form in encoded for form in wanted.values())
