"""Which GB/T 28181 ids fit which device, which division and which server: every combination."""

from __future__ import annotations

from pathlib import Path

import pytest

from fleet.inventory import gbid, load
from tests.inventory.cities import (
    DISTRICT,
    FOLDER,
    X,
    compound,
    device,
    devices,
    errors,
    line,
    loaded,
    write,
)

HEAD = "3407050101"
TYPES = ("111", "118", "121", "123", "124", "131", "132", "141", "142", "143", "200", "216")
# device, what else its compound says → the type codes that are taken
ALLOWED: list[tuple[str, str, dict[str, str], set[str]]] = [
    ("a camera", "x-cam-01", {}, {"131", "132", "121"}),
    ("a plate camera", "x-cam-01", {"settings": "{barrier_open_s: 5}"}, {"132", "121"}),
    ("a plate camera by mode", "x-cam-01", {"settings": "{barrier_mode: auto}"}, {"132", "121"}),
    ("a door", "x-door-01", {}, {"142", "143"}),
    ("a recorder", "x-nvr-01", {}, {"118"}),
    ("a pedestrian gate", "x-gate-01", {}, {"142", "124"}),
]


@pytest.mark.parametrize(("what", "name", "more", "taken"), ALLOWED, ids=[a[0] for a in ALLOWED])
def test_the_type_is_the_kinds(
    tmp_path: Path, what: str, name: str, more: dict[str, str], taken: set[str]
) -> None:
    """Digits 11 to 13: each code of annex E on each kind of device."""
    for code in TYPES:
        gb_id = f'"{HEAD}{code}7000777"'
        changed = {name.replace("-", "_"): line(name, gb_id=gb_id, **more)}

        codes = {e.code for e in errors(loaded(tmp_path / code, devices=devices(**changed)))}

        assert codes == (set() if code in taken else {"gb-id-type"}), code


@pytest.mark.parametrize(
    ("kinds", "taken"),
    [
        (["vehicle"], {"141", "123"}),
        (["pedestrian"], {"142", "124"}),
        (["mixed"], {"141", "123", "142", "124"}),
        (["vehicle", "vehicle"], {"141", "123"}),
        (["vehicle", "pedestrian"], {"141", "123", "142", "124"}),
        (["pedestrian", "mixed"], {"141", "123", "142", "124"}),
        ([], {"141", "123", "142", "124"}),
    ],
)
def test_a_gates_type_is_its_entrances(tmp_path: Path, kinds: list[str], taken: set[str]) -> None:
    """What passes through the entrances that it closes decides; undecided, either will do."""
    rows = "".join(
        f"  - {{id: e{n}, name: E, kind: {kind}, gates: [x-gate-01]}}\n"
        for n, kind in enumerate(kinds)
    )
    for code in TYPES:
        gate = line("x-gate-01", gb_id=f'"{HEAD}{code}7000777"', area="road")

        found = loaded(
            tmp_path / code,
            entrances=f"entrances:\n{rows}" if rows else "",
            devices=devices(x_gate_01=gate),
        )

        wanted = set() if code in taken else {"gb-id-type"}
        assert {e.code for e in errors(found)} == wanted, code


@pytest.mark.parametrize("code", TYPES)
def test_a_spare_id_is_a_cameras(tmp_path: Path, code: str) -> None:
    """Channels kept free are cameras that are not there yet."""
    nvr = line("x-nvr-01", spare_ids=f'["{HEAD}{code}7000901"]')

    codes = {e.code for e in errors(loaded(tmp_path, devices=devices(x_nvr_01=nvr)))}

    assert codes == (set() if code in ("131", "132") else {"gb-id-type"})


@pytest.mark.parametrize("code", TYPES)
def test_a_platform_is_type_200(tmp_path: Path, code: str) -> None:
    """The server's own id, and the domain that follows from it."""
    text = DISTRICT.replace("34070500002000000001", f"3407050000{code}0000001")

    found = load(write(tmp_path, {f"{FOLDER}/district.yaml": text}))

    assert {e.code for e in errors(found)} == (set() if code == "200" else {"gb-id-type"})


@pytest.mark.parametrize(
    ("prefix", "fault"),
    [
        ("34070501", None),
        ("34070599", None),
        ("34070500", None),
        ("34070401", "gb-id-division"),
        ("34080501", "gb-id-division"),
        ("34020000", "gb-id-sample"),
        ("34020001", "gb-id-division"),
        ("00000000", "gb-id-division"),
    ],
)
def test_the_division_is_the_districts(tmp_path: Path, prefix: str, fault: str | None) -> None:
    """The first six digits; a vendor's sample is called so, whatever the district."""
    camera = line("x-cam-01", gb_id=f'"{prefix}011327000777"')

    codes = [e.code for e in errors(loaded(tmp_path, devices=devices(x_cam_01=camera)))]

    assert codes == ([fault] if fault else [])


@pytest.mark.parametrize("industry", range(100))
def test_industries_of_annex_e(industry: int) -> None:
    """00 to 08, 11, 40 to 59 and 90 to 99; nothing else is an industry."""
    listed = industry <= 8 or industry == 11 or 40 <= industry <= 59 or industry >= 90

    found = [c for c, _, _ in gbid.faults(f"34070501{industry:02}1327000001", "340705", ["132"])]

    assert found == ([] if listed else ["gb-id-industry"])


@pytest.mark.parametrize(
    ("division", "good", "bad"),
    [
        ("340705", "34070501", "34070601"),
        ("340700", "34079901", "34080101"),
        ("340000", "34999901", "35070101"),
        ("000000", "00999901", "01000001"),
    ],
)
def test_trailing_zero_pairs_stand_for_any_division_below(
    division: str, good: str, bad: str
) -> None:
    """A city's code takes its districts, a province's its cities."""
    tail = "011327000001"

    assert [c for c, _, _ in gbid.faults(good + tail, division, ["132"])] == []
    assert [c for c, _, _ in gbid.faults(bad + tail, division, ["132"])] == ["gb-id-division"]


@pytest.mark.parametrize(
    "value", ["", "1", "3" * 19, "3" * 21, "x" * 20, "３" * 20, " " * 20, "3" * 19 + "\n", "+" * 20]
)
def test_what_cannot_be_cut(value: str) -> None:
    """Exactly twenty ASCII digits have parts."""
    with pytest.raises(ValueError, match="20 digits"):
        gbid.parse(value)


def test_the_parts_of_an_id() -> None:
    """8 + 2 + 3 + 1 + 6 digits, as annex E has them."""
    found = gbid.parse("12345678901234567890")

    assert (found.centre, found.industry, found.type, found.network, found.serial) == (
        "12345678", "90", "123", "4", "567890",
    )  # fmt: skip


OPERATOR = (
    "uplink: {{source: operator, server_id: '{id}', server_domain: '{domain}',"
    " server_address: 127.0.0.9, server_port: 5060, password: 'secret://vault/police'}}\n"
)


@pytest.mark.parametrize(
    ("server", "domain", "codes"),
    [
        ("34070000002000000001", "3407000000", []),
        ("34070500002000000001", "3407050000", []),
        ("34079900002000000001", "3407990000", []),
        ("34070000002000000001", "3407000000.spvmn.cn", []),
        ("34080000002000000001", "3408000000", ["gb-id-division"]),
        ("34070000001180000001", "3407000000", ["gb-id-type"]),
        ("34070000002000000001", "3407050000", ["gb-domain"]),
        ("34020000002000000001", "3402000000", ["gb-id-sample"]),
        ("34080000001180000001", "3407000000", ["gb-domain", "gb-id-division", "gb-id-type"]),
    ],
)
def test_an_operators_server(tmp_path: Path, server: str, domain: str, codes: list[str]) -> None:
    """The county's or the city's platform: its prefix, its type and its domain."""
    found = loaded(tmp_path, uplink=OPERATOR.format(id=server, domain=domain))

    assert sorted(e.code for e in errors(found)) == codes


TIMERS = [
    ("expires_s", "gb_expires_s", 3600, 604800, 86400),
    ("keepalive_s", "gb_keepalive_s", 5, 3600, 60),
    ("keepalive_count", "gb_keepalive_count", 1, 100, 3),
]


@pytest.mark.parametrize("source", ["platform", "operator"])
@pytest.mark.parametrize(("given", "field", "low", "high", "default"), TIMERS)
def test_timers_of_an_uplink(
    tmp_path: Path, source: str, given: str, field: str, low: int, high: int, default: int
) -> None:
    """Each bound arrives at the recorder, its neighbour is refused, and the default is kept."""
    head = (
        "uplink: {source: platform}\n"
        if source == "platform"
        else OPERATOR.format(id="34070000002000000001", domain="3407000000")
    )
    for value in (low, high, None):
        text = head if value is None else head.replace("}\n", f", {given}: {value}}}\n")
        found = loaded(tmp_path / str(value), uplink=text)
        assert device(found, "x-nvr-01").settings[field] == (value or default)
    for value in (low - 1, high + 1):
        found = loaded(tmp_path / str(value), uplink=head.replace("}\n", f", {given}: {value}}}\n"))
        assert [(e.code, e.field) for e in errors(found)] == [("wrong-type", given)]


def test_one_id_on_two_compounds(tmp_path: Path) -> None:
    """Ids are the city's, not a compound's: the second file is the fault."""
    other = compound().replace("x-", "y-").replace("id: x,", "id: y,")
    other = other.replace("127.0.1", "127.0.2").replace("serial: ", "serial: Y")
    other = other.replace("80007ed90501", "80007ed90502")

    found = load(write(tmp_path, {f"{FOLDER}/y.yaml": other}))

    assert {(e.code, e.position.file if e.position else "") for e in errors(found)} == {
        ("duplicate-id", f"{FOLDER}/y.yaml")
    }
    assert {e.field for e in errors(found)} == {"gb_id", "spare_ids"}
    assert X in errors(found)[0].summary.en
