"""Plans, observations and stacks over JSON: what is read back is what was written, any of it."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from fleet.model.change import DeviceWork, Fidelity, FieldChange, Step, Target
from fleet.model.device import Device, DeviceKind, Login, Stage
from fleet.model.diagnostic import Diagnostic, Position, Severity
from fleet.model.fleet import RolloutLimits, Uplink
from fleet.model.observation import DeviceObservation, Fault, Identity, Reading, Registration
from fleet.model.plan import Plan, Seal, Wave
from fleet.model.registrar import Account, Binding, RegistrarConfig
from fleet.model.secret import SecretRef
from fleet.model.stack import (
    CredentialSpec,
    PlatformSpec,
    ResourceChange,
    StackOutputs,
    StackPreview,
)
from fleet.model.text import Text

WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=8)
SOME = st.none() | WORDS
NUMBERS = st.integers(-(2**53), 2**53)
VALUES = st.none() | st.booleans() | NUMBERS | WORDS | st.lists(WORDS, max_size=3)
REFS = st.builds(
    SecretRef,
    source=st.sampled_from(["vault", "generated", "env"]),
    name=st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,6}", fullmatch=True),
    version=st.integers(1, 9999),
)
TEXTS = st.builds(Text, en=WORDS, zh=WORDS)
PLACES = st.builds(Position, file=WORDS, line=st.integers(1, 10**6), column=st.integers(1, 10**6))
CHANGES = st.builds(
    FieldChange,
    field=WORDS,
    before=VALUES,
    after=VALUES,
    fidelity=st.sampled_from(Fidelity),
    secret=st.none() | REFS,
    before_version=st.none() | st.integers(1, 99),
)
STEPS = st.builds(
    Step, id=WORDS, device=WORDS, resource=WORDS, changes=st.lists(CHANGES, max_size=3).map(tuple)
)
TARGETS = st.builds(
    Target,
    device=WORDS,
    kind=st.sampled_from(DeviceKind),
    driver=WORDS,
    address=WORDS,
    port=st.integers(1, 65535),
    serial=SOME,
    engine_id=SOME,
)
LOGINS = st.builds(
    Login,
    user=WORDS,
    password=st.none() | REFS,
    auth=st.none() | REFS,
    priv=st.none() | REFS,
)
WORKS = st.builds(
    DeviceWork,
    target=TARGETS,
    compound=WORDS,
    stage=st.sampled_from(Stage),
    login=LOGINS,
    steps=st.lists(STEPS, max_size=2).map(tuple),
)
FAULTS = st.builds(
    Fault,
    code=WORDS,
    en=WORDS,
    zh=WORDS,
    fix_en=WORDS,
    fix_zh=WORDS,
    field=SOME,
    attempts_left=st.none() | st.integers(0, 9),
)
READINGS = st.builds(
    Reading,
    identity=st.builds(Identity, serial=SOME, engine_id=SOME, model=SOME, firmware=SOME),
    fields=st.dictionaries(WORDS, VALUES, max_size=4),
    reboot_pending=st.lists(WORDS, max_size=2).map(tuple),
    registered=st.none() | st.booleans(),
)
SPECS = st.builds(
    PlatformSpec,
    district=WORDS,
    name=WORDS,
    server_id=WORDS,
    server_domain=WORDS,
    addresses=st.lists(WORDS, max_size=2).map(tuple),
    port=st.integers(1, 65535),
    credentials=st.lists(
        st.builds(
            CredentialSpec,
            name=WORDS,
            version=st.integers(1, 99),
            purpose=st.sampled_from(["sip", "device"]),
            username=WORDS,
        ),
        max_size=2,
    ).map(tuple),
)
PLAIN = st.dictionaries(WORDS, VALUES, max_size=3)
RESOURCES = st.builds(
    ResourceChange,
    urn=WORDS,
    type=WORDS,
    name=WORDS,
    action=st.sampled_from(["create", "update", "replace", "delete", "same"]),
    before=PLAIN,
    after=PLAIN,
    unknown=st.lists(WORDS, max_size=2).map(tuple),
)
PREVIEWS = st.builds(
    StackPreview,
    stack=WORDS,
    spec=SPECS,
    changes=st.lists(RESOURCES, max_size=2).map(tuple),
    plan_file=SOME,
    plan_sha256=SOME,
)
PLANS = st.builds(
    Plan,
    city=WORDS,
    created_at=WORDS,
    targets=st.lists(WORDS, max_size=2).map(tuple),
    limits=st.builds(
        RolloutLimits,
        canary=SOME,
        wave_size=st.integers(1, 99),
        tolerated_failures=st.integers(0, 99),
        in_flight=st.none() | st.integers(1, 99),
    ),
    stacks=st.lists(PREVIEWS, max_size=2).map(tuple),
    waves=st.lists(
        st.builds(Wave, number=st.integers(1, 9), compounds=st.lists(WORDS, max_size=2).map(tuple)),
        max_size=2,
    ).map(tuple),
    works=st.lists(WORKS, max_size=2).map(tuple),
    faults=st.dictionaries(WORDS, FAULTS, max_size=2),
    notes=st.lists(TEXTS, max_size=2).map(tuple),
    seal=st.builds(
        Seal,
        inventory=st.dictionaries(WORDS, WORDS, max_size=2),
        code=WORDS,
        observed=st.dictionaries(WORDS, WORDS, max_size=2),
        digest=WORDS,
        commit=SOME,
    ),
)
ANY: st.SearchStrategy[BaseModel] = st.one_of(
    PLANS,
    WORKS,
    PREVIEWS,
    st.builds(
        DeviceObservation, device=WORDS, reading=st.none() | READINGS, fault=st.none() | FAULTS
    ),
    st.builds(
        Registration,
        gb_id=WORDS,
        source=st.sampled_from(["registrar", "recorder"]),
        registered=st.none() | st.booleans(),
        keepalive_age_s=st.none() | st.floats(0, 10**9),
        credential_version=st.none() | st.integers(1, 9),
        catalog=st.none() | st.lists(WORDS, max_size=2).map(tuple),
    ),
    st.builds(
        StackOutputs,
        stack=WORDS,
        server_id=WORDS,
        server_domain=WORDS,
        addresses=st.lists(WORDS, max_size=2).map(tuple),
        port=st.integers(1, 65535),
        ca_fingerprint=WORDS,
        credentials=st.dictionaries(WORDS, st.lists(st.integers(1, 9)).map(tuple), max_size=2),
        fingerprints=st.dictionaries(WORDS, WORDS, max_size=2),
    ),
    st.builds(
        Binding,
        gb_id=WORDS,
        registered=st.booleans(),
        contact=WORDS,
        expires_in_s=st.floats(-(10**6), 10**6),
        keepalive_age_s=st.none() | st.floats(0, 10**6),
        credential_version=st.integers(1, 9),
        catalog=st.none() | st.lists(WORDS, max_size=2).map(tuple),
        catalog_age_s=st.none() | st.floats(0, 10**6),
    ),
    st.builds(
        RegistrarConfig,
        server_id=WORDS,
        server_domain=WORDS,
        addresses=st.lists(WORDS, max_size=2).map(tuple),
        port=st.integers(1, 65535),
        bindings_file=WORDS,
        control_socket=WORDS,
        accounts=st.lists(
            st.builds(Account, username=WORDS, version=st.integers(1, 9), ha1=WORDS), max_size=2
        ).map(tuple),
    ),
    st.builds(
        Diagnostic,
        code=WORDS,
        severity=st.sampled_from(Severity),
        summary=TEXTS,
        fix=TEXTS,
        position=st.none() | PLACES,
        compound=SOME,
        device=SOME,
        field=SOME,
        clause=SOME,
        owner=SOME,
    ),
)


@settings(max_examples=150, deadline=None)
@given(value=ANY)
def test_any_value_survives_json(value: BaseModel) -> None:
    """By pydantic's own writer and by the standard library's: equal, field by field and by type."""
    kind = type(value)

    assert kind.model_validate_json(value.model_dump_json()) == value
    again = kind.model_validate(json.loads(json.dumps(value.model_dump(mode="json"))))
    assert again == value
    assert again.model_dump_json() == value.model_dump_json()


@settings(max_examples=60, deadline=None)
@given(change=CHANGES)
def test_a_value_is_never_taken_for_its_neighbour(change: FieldChange) -> None:
    """True is not 1 and "1" is not 1, on both sides of a change, also after JSON."""
    again = FieldChange.model_validate_json(change.model_dump_json())

    assert type(again.before) is type(change.before)
    assert type(again.after) is type(change.after)
    assert repr(again) == repr(change)
    assert again.write_only is change.write_only


@settings(max_examples=60, deadline=None)
@given(plan=PLANS)
def test_what_a_plan_says_of_itself(plan: Plan) -> None:
    """Empty means no work and clean stacks; each work stands in exactly its wave and stage."""
    assert plan.empty is (not plan.works and not any(s.dirty for s in plan.stacks))
    for wave in plan.waves:
        for stage in Stage:
            for work in plan.work_in(wave, stage):
                assert work in plan.works
                assert work.stage is stage
                assert work.compound in wave.compounds


@settings(max_examples=60, deadline=None)
@given(step=STEPS)
def test_a_steps_changes_are_one_or_the_other(step: Step) -> None:
    """Readable and write-only together are all of them, and no change is both."""
    assert len(step.readable) + len(step.write_only) == len(step.changes)
    assert set(map(id, step.readable)).isdisjoint(map(id, step.write_only))


@pytest.mark.parametrize(
    ("kind", "given"),
    [
        (Target, {"device": "d", "kind": "camera", "driver": "x", "address": "a"}),
        (Target, {"device": "d", "kind": "lamp", "driver": "x", "address": "a", "port": 1}),
        (Step, {"id": "a", "device": "d", "resource": "r", "changes": None}),
        (Wave, {"number": "one", "compounds": []}),
        (Uplink, {"source": "police", "server_id": "1", "server_domain": "2",
                  "server_address": "a", "server_port": 1}),
        (CredentialSpec, {"name": "a", "purpose": "ssh", "username": "u"}),
        (ResourceChange, {"urn": "u", "type": "t", "name": "n", "action": "maybe"}),
        (Registration, {"gb_id": "1", "source": "upper"}),
        (Fault, {"code": "x", "en": "a"}),
        (Diagnostic, {"code": "x", "severity": "fatal", "summary": {"en": "", "zh": ""},
                      "fix": {"en": "", "zh": ""}}),
        (Text, {"en": "only"}),
        (Text, {"en": "a", "zh": "b", "fr": "c"}),
        (Position, {"file": "f", "line": "x"}),
        (Account, {"username": "u", "version": 1}),
    ],
)  # fmt: skip
def test_what_is_no_value(kind: type[BaseModel], given: dict[str, object]) -> None:
    """A missing, misspelt or foreign part is an error, never a default."""
    with pytest.raises(ValidationError):
        kind.model_validate(given)


@pytest.mark.parametrize("port", [1, 65535])
def test_a_device_with_everything_survives_json(port: int) -> None:
    """Settings of every type, references, origins."""
    place = Position(file="东门.yaml", line=3, column=9)
    device = Device(
        id="x-cam-01",
        kind=DeviceKind.CAMERA,
        driver="isapi",
        compound="x",
        name="东门",
        address="127.0.0.1",
        port=port,
        gb_id="34070501011327000001",
        area="east",
        serial="S",
        login=Login(user="admin", password=SecretRef(source="env", name="A")),
        settings={"a": True, "b": 1, "c": "1", "d": ["1"], "e": "", "f": []},
        secrets={"admin_password": SecretRef(source="vault", name="a/b", version=2)},
        origins={"a": (place, Position(file="city.yaml"))},
        position=place,
    )

    again = Device.model_validate_json(device.model_dump_json())

    assert again == device
    assert {n: type(v) for n, v in again.settings.items()} == {
        "a": bool, "b": int, "c": str, "d": list, "e": str, "f": list,
    }  # fmt: skip
    assert again.stage is Stage.CAMERAS
