"""Every sentence of every rule, in both languages, and what each category makes of it."""

from __future__ import annotations

import pytest

from fleet.model.compound import Area, AreaKind, Centre, Entrance, Segment, UnitDoor
from fleet.model.device import DeviceKind
from fleet.model.diagnostic import Diagnostic, Position, Severity
from fleet.model.fleet import Compound
from fleet.model.suspect import Suspect
from fleet.policy import judge, judge_suspects
from tests.policy.sites import (
    CAMERA,
    COMPOUND,
    DOOR,
    GATE,
    RECORDER,
    SITE,
    at,
    city_of,
    device,
    with_devices,
    with_site,
)

CATEGORIES = ("new", "existing", "old")
PLAN = ("put it into the remediation plan", "列入逐步完善计划")
FITS = (
    "as circumstances allow, else waive it with a reason",
    "结合实际建设，确有困难的说明理由",
)
LIFT = Area(id="lift", kind=AreaKind.ELEVATOR, name="Lift", position=at(4))
BARE = Segment(id="south", length_m=9, position=at(6))
OPEN = Entrance(id="west", name="West", kind="vehicle", position=at(8))
NO_READER = UnitDoor(id="u2", name="Unit 2", building="2", position=at(10))
LOST = NO_READER.model_copy(update={"reader": "none"})
ONLY_FACE = DOOR.model_copy(update={"settings": {"auth_ways": ["face", "face+card"]}})
# name → the compound's change, rule, line, device, field, en, zh, fix en, fix zh
MUST: dict[str, tuple[dict[str, object], tuple[str, int, str | None, str, str, str, str]]] = {
    "no perimeter": (
        {"perimeter": ()},
        ("PERIMETER-06", 1, None, "no perimeter is declared", "没有声明周界",
         "list its segments under perimeter:", "请在 perimeter: 下逐段列出"),
    ),
    "a bare segment": (
        {"perimeter": (*SITE.perimeter, BARE)},
        ("PERIMETER-06", 6, "perimeter",
         "segment south has neither physical nor electronic protection",
         "周界段 south 既无实体防护也无电子防护",
         "build electronic protection there and declare it", "应建设电子防护并在此声明"),
    ),
    "no entrance": (
        {"entrances": ()},
        ("ENTRANCE-08", 1, None, "no entrance is declared", "没有声明出入口",
         "list them under entrances:", "请在 entrances: 下列出"),
    ),
    "an open entrance": (
        {"entrances": (*SITE.entrances, OPEN)},
        ("ENTRANCE-08", 8, "gates", "entrance west has no gate or barrier",
         "出入口 west 没有闸机或道闸",
         "name in gates: the controller, reader or barrier camera that closes it",
         "请在 gates: 中填写控制该出入口的设备"),
    ),
    "no area": (
        {"areas": ()},
        ("AREA-11", 1, None, "no area is declared, not even a main road",
         "没有声明任何区域（至少应有主干道）",
         "list the areas that exist under areas:", "请在 areas: 下列出现有区域"),
    ),
    "an area nobody sees": (
        {"areas": (*SITE.areas, LIFT)},
        ("AREA-11", 4, "areas", "area lift has no camera", "区域 lift 没有摄像机",
         "add a camera with area: lift", "请添加 area: lift 的摄像机"),
    ),
    "no unit door": (
        {"unit_doors": ()},
        ("UNITDOOR-13", 1, None, "no unit door is declared", "没有声明单元门",
         "list them under unit_doors:", "请在 unit_doors: 下列出"),
    ),
    "a unit door without a reader": (
        {"unit_doors": (*SITE.unit_doors, NO_READER)},
        ("UNITDOOR-13", 10, "reader", "unit door u2 has no reader", "单元门 u2 没有门禁",
         "name its door reader in reader:", "请在 reader: 中填写门禁设备"),
    ),
    "a unit door whose reader is not there": (
        {"unit_doors": (*SITE.unit_doors, LOST)},
        ("UNITDOOR-13", 10, "reader", "unit door u2 has no reader", "单元门 u2 没有门禁",
         "name its door reader in reader:", "请在 reader: 中填写门禁设备"),
    ),
    "no centre": (
        {"centre": None},
        ("CENTRE-15", 1, None, "no monitoring centre is declared", "没有声明监控中心",
         "add centre: with room, shifts and staff_per_shift",
         "请添加 centre:，填写房间、班次和人数"),
    ),
    "a centre without shifts": (
        {"centre": Centre(room="A", shifts=0, staff_per_shift=2, position=at(11))},
        ("CENTRE-15", 11, "centre", "nobody is on duty in the monitoring centre",
         "监控中心没有人员值班",
         "give shifts and staff_per_shift; no names",
         "请填写 shifts 和 staff_per_shift（不写姓名）"),
    ),
    "a centre without staff": (
        {"centre": Centre(room="A", shifts=3, staff_per_shift=0, position=at(11))},
        ("CENTRE-15", 11, "centre", "nobody is on duty in the monitoring centre",
         "监控中心没有人员值班",
         "give shifts and staff_per_shift; no names",
         "请填写 shifts 和 staff_per_shift（不写姓名）"),
    ),
}  # fmt: skip
OWNERS = {
    "PERIMETER-06": ("housing", "6-7"),
    "ENTRANCE-08": ("housing", "8"),
    "SEPARATION-09": ("housing", "9"),
    "AREA-11": ("police", "11"),
    "UNITDOOR-13": ("housing", "13"),
    "BIOMETRIC-14": ("police", "14"),
    "CENTRE-15": ("civil_affairs", "15"),
    "UPLINK-16": ("police", "16"),
    "SECRET-18": ("police", "18"),
    "RESIDENT-18": ("police", "18"),
}


def only(compound: Compound) -> Diagnostic:
    """The one finding about a compound that breaks one rule once."""
    found = judge(city_of(compound))
    assert len(found) == 1, [f"{f.code} {f.summary}" for f in found]
    assert (found[0].owner, found[0].clause) == OWNERS[found[0].code]
    return found[0]


def _fix(category: str, en: str, zh: str) -> tuple[str, str]:
    """What to do, with the room that the notice leaves to the category."""
    more = {"existing": PLAN, "old": FITS}.get(category)
    return (en, zh) if more is None else (f"{en}; {more[0]}", f"{zh}；{more[1]}")


def test_the_compound_keeps_every_rule() -> None:
    """What the tests change is clean before they change it, in each category."""
    for category in CATEGORIES:
        assert judge(city_of(with_site(category))) == ()


@pytest.mark.parametrize("category", CATEGORIES)
@pytest.mark.parametrize("name", MUST)
def test_what_must_be(name: str, category: str) -> None:
    """An error when new, else a warning with the plan or the circumstances; at its place."""
    changes, (rule, line, field, en, zh, fix_en, fix_zh) = MUST[name]

    finding = only(with_site(category, **changes))

    assert (finding.code, finding.position, finding.field) == (rule, at(line), field)
    assert finding.severity is (Severity.ERROR if category == "new" else Severity.WARNING)
    assert (finding.summary.en, finding.summary.zh) == (en, zh)
    assert (finding.fix.en, finding.fix.zh) == _fix(category, fix_en, fix_zh)
    assert (finding.compound, finding.device) == ("x", None)


@pytest.mark.parametrize("category", CATEGORIES)
def test_no_uplink(category: str) -> None:
    """Clause 16 in each category."""
    finding = only(with_site(category).model_copy(update={"uplink": None}))

    assert (finding.code, finding.position) == ("UPLINK-16", at(1))
    assert finding.severity is (Severity.ERROR if category == "new" else Severity.WARNING)
    assert (finding.summary.en, finding.summary.zh) == ("no uplink is declared", "没有声明上联")
    assert (finding.fix.en, finding.fix.zh) == _fix(
        category,
        "add uplink: with source: platform or operator",
        "请添加 uplink:，source 为 platform 或 operator",
    )


@pytest.mark.parametrize("category", CATEGORIES)
def test_no_recorder(category: str) -> None:
    """Nobody registers above: one finding, not one for each camera."""
    compound = with_devices(CAMERA, DOOR, GATE, category=category, recorders=())

    finding = only(compound)

    assert (finding.code, finding.position) == ("UPLINK-16", at(1))
    assert finding.summary.en == "no recorder registers with the upper platform"
    assert finding.summary.zh == "没有录像机接入上级平台"
    assert (finding.fix.en, finding.fix.zh) == _fix(
        category,
        "add a device of kind recorder with its channels",
        "请添加 recorder 设备及其通道",
    )


@pytest.mark.parametrize("category", CATEGORIES)
def test_a_camera_on_no_channel(category: str) -> None:
    """A warning in each category, and nothing about plans: it is one line of YAML."""
    other = device("cam-2", DeviceKind.CAMERA, 24)

    finding = only(with_devices(*COMPOUND.devices, other, category=category))

    assert (finding.code, finding.severity) == ("UPLINK-16", Severity.WARNING)
    assert (finding.device, finding.position) == ("cam-2", at(24))
    assert finding.summary.en == "it is on no recorder's channel, so the platform cannot see it"
    assert finding.summary.zh == "未接入任何录像机通道，上级平台看不到"
    assert finding.fix.en == "add cam-2 to a recorder's channels"
    assert finding.fix.zh == "请将 cam-2 加入录像机的 channels"


@pytest.mark.parametrize("category", CATEGORIES)
def test_people_and_vehicles_together(category: str) -> None:
    """争取: a warning everywhere, without a plan."""
    mixed = SITE.entrances[0].model_copy(update={"kind": "mixed"})

    finding = only(with_site(category, entrances=(mixed,)))

    assert (finding.code, finding.severity) == ("SEPARATION-09", Severity.WARNING)
    assert (finding.position, finding.field) == (at(7), "kind")
    assert finding.summary.en == "entrance east is used by people and vehicles together"
    assert finding.summary.zh == "出入口 east 人车混行"
    assert finding.fix.en == "give people a way of their own where there is room"
    assert finding.fix.zh == "有条件的，请设置独立人行通道"


@pytest.mark.parametrize("category", CATEGORIES)
def test_only_biometrics(category: str) -> None:
    """不应强制: an error in each category."""
    finding = only(with_devices(CAMERA, ONLY_FACE, GATE, RECORDER, category=category))

    assert (finding.code, finding.severity) == ("BIOMETRIC-14", Severity.ERROR)
    assert (finding.device, finding.field) == ("door", "auth_ways")
    assert finding.summary.en == "only biometrics open it: face, face+card"
    assert finding.summary.zh == "只能用生物识别通过：face, face+card"
    assert finding.fix.zh == "须提供刷卡、身份证或密码等独立方式，例如 [card, face]"


@pytest.mark.parametrize(
    ("ways", "forced"),
    [
        (["card"], False),
        (["card", "face"], False),
        (["face", "card"], False),
        (["password"], False),
        (["qr"], False),
        (["id_card", "fingerprint"], False),
        (["card+password"], False),
        (["face+card", "password"], False),
        (["face"], True),
        (["fingerprint"], True),
        (["iris"], True),
        (["face", "fingerprint", "iris"], True),
        (["face+card"], True),
        (["card+face"], True),
        (["face+password", "fingerprint+card"], True),
    ],
)
@pytest.mark.parametrize("kind", [DeviceKind.DOOR, DeviceKind.GATE])
def test_who_is_forced(kind: DeviceKind, ways: list[str], forced: bool) -> None:
    """One way without biometrics is enough, in any place of the list; face+card is none."""
    changed = (DOOR if kind is DeviceKind.DOOR else GATE).model_copy(
        update={"settings": {"auth_ways": ways}}
    )
    others = [d for d in COMPOUND.devices if d.id != changed.id]

    found = judge(city_of(with_devices(*others, changed)))

    assert [f.code for f in found] == (["BIOMETRIC-14"] if forced else [])


@pytest.mark.parametrize("category", CATEGORIES)
@pytest.mark.parametrize(
    ("settings", "mild", "en", "zh"),
    [
        ({}, True, "unit door u1: its ways of authentication are not declared",
         "单元门 u1：未声明认证方式"),
        ({"auth_ways": []}, False, "unit door u1: nothing opens it", "单元门 u1：没有任何认证方式"),
    ],
)  # fmt: skip
def test_ways_through_a_unit_door(
    category: str, settings: dict[str, list[str]], mild: bool, en: str, zh: str
) -> None:
    """Undeclared is mild, declared empty is not."""
    reader = DOOR.model_copy(update={"settings": settings})

    finding = only(with_devices(CAMERA, reader, GATE, RECORDER, category=category))

    hard = category == "new" and not mild
    assert finding.severity is (Severity.ERROR if hard else Severity.WARNING)
    assert (finding.code, finding.device, finding.field) == ("UNITDOOR-13", "door", "auth_ways")
    assert (finding.summary.en, finding.summary.zh) == (en, zh)
    fix = ("set auth_ways, for instance [card, face]", "请设置 auth_ways，例如 [card, face]")
    assert (finding.fix.en, finding.fix.zh) == (fix if mild else _fix(category, *fix))


@pytest.mark.parametrize("category", CATEGORIES)
@pytest.mark.parametrize("number", [0, 1, 3])
def test_a_password_that_nobody_manages(category: str, number: int) -> None:
    """A warning in each category, at the device; a gate has no such password."""
    devices = list(COMPOUND.devices)
    devices[number] = devices[number].model_copy(update={"secrets": {}})

    finding = only(with_devices(*devices, category=category))

    assert (finding.code, finding.severity) == ("SECRET-18", Severity.WARNING)
    assert (finding.device, finding.field) == (devices[number].id, "admin_password")
    assert finding.summary.zh == "admin_password 未托管：初始口令一直有效"
    assert finding.fix.en == "set admin_password: secret://generated/device/{device}/admin"


SUSPECTS = [
    ("plaintext", "SECRET-18", "pw is given in clear", "pw 以明文给出"),
    ("default_password", "SECRET-18", "pw is a well-known default password, in clear",
     "pw 是众所周知的默认口令且为明文"),
    ("url_login", "SECRET-18", "an address holds a user name and a password",
     "地址中含有用户名和口令"),
    ("private_key", "SECRET-18", "a private key", "含有私钥"),
    ("open_vault", "SECRET-18", "the vault is not encrypted", "保险库文件未加密"),
    ("id_card", "RESIDENT-18", "a resident identity number", "含有居民身份证号码"),
    ("mobile", "RESIDENT-18", "a mobile phone number", "含有手机号码"),
    ("resident_key", "RESIDENT-18", "a field for data of persons", "含有个人信息字段"),
]  # fmt: skip


@pytest.mark.parametrize("category", CATEGORIES)
@pytest.mark.parametrize(("what", "rule", "en", "zh"), SUSPECTS)
def test_what_no_file_may_hold(category: str, what: str, rule: str, en: str, zh: str) -> None:
    """保障: an error in each category and in files above it, by one rule alone."""
    place = Position(file="x.yaml", line=7, column=3)
    suspect = Suspect.model_validate(
        {"what": what, "position": place, "key": "pw", "compound": "x", "device": "cam"}
    )
    city = city_of(with_site(category)).model_copy(update={"suspects": (suspect,)})

    (finding,) = judge(city)
    (alone,) = judge_suspects([suspect])

    assert finding == alone
    assert (finding.code, finding.severity) == (rule, Severity.ERROR)
    assert (finding.position, finding.field, finding.device) == (place, "pw", "cam")
    assert (finding.summary.en, finding.summary.zh) == (en, zh)
    assert (finding.owner, finding.clause) == OWNERS[rule]
