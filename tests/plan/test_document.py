"""The plan file: Terraform's shape outside, ours inside, and no way to slip anything in."""

from __future__ import annotations

import json
from typing import Any

import pytest

from fleet.model.errors import AlteredPlan
from fleet.model.exitcodes import ExitCode
from fleet.plan.canonical import canonical_bytes
from fleet.plan.document import from_document, to_document
from fleet.plan.seal import sealed
from tests.support.fakes_plans import full_plan


def raw(document: object) -> bytes:
    """A document as a file's bytes."""
    return json.dumps(document, ensure_ascii=False).encode()


def document() -> dict[str, Any]:
    """A fresh document of the full plan."""
    found: dict[str, Any] = json.loads(raw(to_document(full_plan())))
    return found


def test_a_plan_survives_its_file() -> None:
    """Written in any JSON layout and read again it is the same value."""
    plan = full_plan()

    assert from_document(raw(to_document(plan))) == plan
    assert from_document(canonical_bytes(to_document(plan))) == plan
    assert from_document(json.dumps(to_document(plan), indent=4).encode()) == plan


def test_other_tools_find_terraforms_shape() -> None:
    """Actions, before, after, unknown and sensitive stand where OPA and conftest look."""
    found = document()
    by_name = {c["name"]: c["change"] for c in found["resource_changes"]}

    assert (found["format_version"], found["applyable"], found["complete"]) == ("1.2", True, False)
    assert [by_name[n]["actions"] for n in ("create", "replace", "same")] == [
        ["create"], ["delete", "create"], ["no-op"],
    ]  # fmt: skip
    assert by_name["create"]["after_unknown"] == {"key": True}
    camera = by_name["c1-cam-1"]
    assert camera["before"] == {"osd_text": "", "x": ["a"], "y": True}
    assert camera["after"] == {"osd_text": "东门", "x": ["b"], "y": False}
    assert camera["after_sensitive"] == camera["after_unknown"] == {"admin_password": True}


def test_a_plan_file_names_secrets_by_reference_alone() -> None:
    """Reference and versions, and no field where a value could stand."""
    text = raw(document()).decode()

    assert '"name": "device/c1-cam-1/admin", "version": 2' in text
    assert '"after": {"admin_password"' not in text


@pytest.mark.parametrize(
    "content",
    [
        b"", b"{", b"null", b"[]", b'"plan"', b"42", b"{}", b'{"fleet": 1}', b'{"fleet": {}}',
        b'{"fleet": {"plan": []}}', b'{"fleet": {"plan": {"city": "340700"}}}',
        b"\xff\xfe\x00{", b"not json at all", b'{"format_version":"1.2","resource_changes":[]}',
        b"9" * 10_000, b"[" * 100_000, b'{"a":' * 100_000,
        b'{"fleet": {"plan": ' + b"[" * 50_000 + b"]" * 50_000 + b"}}",
    ],
)  # fmt: skip
def test_a_foreign_file_is_refused_as_no_plan_of_ours(content: bytes) -> None:
    """Any bytes: exit 7 with what to do, never another exception."""
    with pytest.raises(AlteredPlan) as caught:
        from_document(content)

    assert caught.value.exit_code is ExitCode.STALE
    assert "not a plan file" in caught.value.summary.en
    assert caught.value.fix is not None


def test_a_file_cut_anywhere_is_refused() -> None:
    """Every prefix of a plan file is a plan file no more."""
    content = raw(document())
    for end in range(0, len(content) - 1, 97):
        with pytest.raises(AlteredPlan):
            from_document(content[:end])


@pytest.mark.parametrize(
    "path",
    [
        ("resource_changes", 0, "change", "actions", 0),
        ("fleet", "fingerprint"),
        ("timestamp",),
        ("fleet", "plan", "works", 0, "target", "address"),
        ("fleet", "plan", "works", 0, "steps", 0, "changes", 0, "after"),
        ("fleet", "plan", "seal", "observed", "c1-cam-1"),
        ("fleet", "plan", "seal", "digest"),
    ],
)
def test_a_changed_value_is_found_wherever_it_stands(path: tuple[str | int, ...]) -> None:
    """In what apply runs, and in what other tools judged: both must be what was sealed."""
    changed = document()
    found: Any = changed
    for key in path[:-1]:
        found = found[key]
    found[path[-1]] = "changed"

    with pytest.raises(AlteredPlan) as caught:
        from_document(raw(changed))

    assert "not what was sealed" in caught.value.summary.en


@pytest.mark.parametrize("place", ["top", "fleet", "plan", "resource"])
def test_something_added_is_found(place: str) -> None:
    """An extra key, or one more resource, is not what was sealed."""
    changed = document()
    if place == "resource":
        changed["resource_changes"].append(changed["resource_changes"][0])
    else:
        spots = {"top": changed, "fleet": changed["fleet"], "plan": changed["fleet"]["plan"]}
        spots[place]["more"] = 1

    with pytest.raises(AlteredPlan):
        from_document(raw(changed))


def test_a_plan_resealed_by_hand_still_shows_another_document() -> None:
    """Exchanging the inner plan for another sealed one is seen by the outer half."""
    other = sealed(full_plan().model_copy(update={"works": ()}))
    changed = document()
    changed["fleet"]["plan"] = other.model_dump(mode="json")

    with pytest.raises(AlteredPlan):
        from_document(raw(changed))


def test_the_commit_may_differ() -> None:
    """Recorded, not sealed: a file whose commit was rewritten still applies."""
    changed = document()
    changed["fleet"]["plan"]["seal"]["commit"] = "0123abc"

    assert from_document(raw(changed)).seal.commit == "0123abc"
