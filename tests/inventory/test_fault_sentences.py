"""The sentence of every finding in both languages, word for word, with what it says to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from fleet.inventory import load
from tests.inventory.cities import (
    CITY,
    DISTRICT,
    FOLDER,
    X,
    at,
    compound,
    devices,
    line,
    only,
    place,
    write,
)

CAM, NVR, GATE, DOOR = "x-cam-01", "x-nvr-01", "x-gate-01", "x-door-01"
D = f"{FOLDER}/district.yaml"
# The line of x-cam-01 is the 14th of the small compound, the recorder the 13th.
EXTRA = "{id: x-cam-02, kind: camera, name: B, address: 127.0.1.12, port: 8080}"


def _x(**sections: str) -> dict[str, str]:
    return {X: compound(**sections)}


def _cam(**fields: str) -> dict[str, str]:
    return _x(devices=devices(x_cam_01=line(CAM, **fields)))


def _nvr(**fields: str) -> dict[str, str]:
    return _x(devices=devices(x_nvr_01=line(NVR, **fields)))


# files changed → file and text where the finding stands, code, field, en, fix en, zh, fix zh
SENTENCES: dict[str, tuple[dict[str, str], tuple[str, ...]]] = {
    "an unknown field that is like a known one": (
        _cam(prot="1"),
        (X, "prot:", "unknown-field", "prot",
         "unknown field prot", "did you mean port?",
         "未知字段 prot", "是否想写 port？"),
    ),
    "an unknown field that is like none": (
        _x(centre="centre: {room: a, zzz: 1}\n"),
        (X, "zzz", "unknown-field", "zzz",
         "unknown field zzz", "known here: room, shifts, staff_per_shift, ups_minutes",
         "未知字段 zzz", "此处可用：room, shifts, staff_per_shift, ups_minutes"),
    ),
    "a missing field of an area": (
        _x(areas="areas: [{id: road, name: Main road}]\n"),
        (X, "{id: road, name", "missing-field", "kind",
         "kind is missing", "add kind: kind of area (clause 11), for example kind: entrance",
         "缺少 kind", "请补充 kind：区域类别，例如 kind: entrance"),
    ),
    "a device without a kind": (
        _x(devices=devices(x_2="{id: x-2, name: A, address: 127.0.1.2, port: 80}")),
        (X, "{id: x-2", "missing-field", "kind",
         "kind is missing",
         "add kind: one of camera, door, gate, recorder, switch, router, for example kind: camera",
         "缺少 kind",
         "请补充 kind：取值：camera, door, gate, recorder, switch, router，例如 kind: camera"),
    ),
    "a text where a number should be": (
        _cam(port="http"),
        (X, "http", "wrong-type", "port",
         "port is http", "give a whole number from 1 to 65535, without quotes",
         "port 的值是http", "应为1 到 65535 的整数，不加引号"),
    ),
    "a number in quotes": (
        _cam(port="'8080'"),
        (X, "'8080'", "wrong-type", "port",
         'port is the text "8080"', "give a whole number from 1 to 65535, without quotes",
         "port 的值是文字“8080”", "应为1 到 65535 的整数，不加引号"),
    ),
    "a length that is no number": (
        _x(perimeter="perimeter: [{id: n, length_m: long}]\n"),
        (X, "long", "wrong-type", "length_m",
         "length_m is long", "give a number from 0 to 100000, without quotes",
         "length_m 的值是long", "应为0 到 100000 的数，不加引号"),
    ),
    "a truth value of another time": (
        _x(settings="settings: {camera: {cloud_enabled: yes}}\n"),
        (X, "yes", "wrong-type", "cloud_enabled",
         "cloud_enabled is yes", "give true or false",
         "cloud_enabled 的值是yes", "应为true 或 false"),
    ),
    "a name that is not in the list": (
        _x(perimeter="perimeter: [{id: n, length_m: 1, physical: wal}]\n"),
        (X, "wal}", "wrong-type", "physical",
         "physical is wal", "give one of wall, fence, building, water; did you mean wall?",
         "physical 的值是wal", "应为下列之一：wall, fence, building, water；是否想写 wall？"),
    ),
    "a list where one value should be": (
        _x(centre="centre: {room: [a]}\n"),
        (X, "[a]", "wrong-type", "room",
         "room is a list", "give a single value", "room 的值是列表", "应为单个值"),
    ),
    "a mapping where a list should be": (
        _x(perimeter="perimeter: {id: n}\n"),
        (X, "{id: n}", "wrong-type", "perimeter",
         "perimeter is a mapping", "give a list", "perimeter 的值是映射", "应为列表"),
    ),
    "a value where a mapping should be": (
        _x(centre="centre: Gatehouse\n"),
        (X, "Gatehouse", "wrong-type", "centre",
         "centre is Gatehouse", "give a mapping (key: value)",
         "centre 的值是Gatehouse", "应为映射（键: 值）"),
    ),
    "an empty member of a list": (
        _x(settings="settings: {door: {auth_ways: [card, ~]}}\n"),
        (X, "~", "wrong-type", "auth_ways",
         "auth_ways is empty", "give a value", "auth_ways 的值是空", "应为一个值"),
    ),
    "a text that is too long": (
        _cam(settings="{osd_text: " + "长" * 33 + "}"),
        (X, "长", "wrong-type", "osd_text",
         "osd_text is " + "长" * 33, "give at most 32 characters",
         "osd_text 的值是" + "长" * 33, "应为最多 32 个字符"),
    ),
    "a reference that is none": (
        _x(settings="settings: {camera: {admin_password: 'secret://vualt/a'}}\n"),
        (X, "'secret://vualt/a'", "wrong-type", "admin_password",
         'admin_password is the text "secret://vualt/a"',
         "give secret://vault/KEY, secret://generated/NAME?version=N or secret://env/NAME; "
         "{device} and {gb_id} may stand in it",
         "admin_password 的值是文字“secret://vualt/a”",
         "应为secret://vault/KEY、secret://generated/NAME?version=N 或 secret://env/NAME，"
         "其中可含 {device} 和 {gb_id}"),
    ),
    "an address that is none": (
        _cam(address="127.0.1.300"),
        (X, "127.0.1.300", "wrong-type", "address",
         "127.0.1.300 is no IP address", "four numbers from 0 to 255, like 127.34.1.11",
         "127.0.1.300 不是 IP 地址", "四个 0 到 255 的数，如 127.34.1.11"),
    ),
    "a second address": (
        _x(devices=devices(x_2=EXTRA.replace("1.12", "1.11"))),
        (X, "127.0.1.11, port: 8080}", "duplicate-address", "address",
         f"address 127.0.1.11:8080 is already given at {X}:14:55", "each must be its own",
         f"地址 127.0.1.11:8080 已在 {X}:14:55 使用", "每个都必须唯一"),
    ),
    "a second device of one id": (
        _x(devices=devices(x_2=EXTRA.replace("x-cam-02", CAM))),
        (X, "x-cam-01, kind: camera, name: B", "duplicate-id", "id",
         f"device id x-cam-01 is already given at {X}:14:10", "each must be its own",
         f"设备编号 x-cam-01 已在 {X}:14:10 使用", "每个都必须唯一"),
    ),
    "a second spare id": (
        _nvr(spare_ids='["34070501011327000901", "34070501011327000901"]'),
        (X, '"34070501011327000901"]', "duplicate-id", "spare_ids",
         f"GB/T 28181 id 34070501011327000901 is already given at {X}:13:162",
         "each must be its own",
         f"国标编码 34070501011327000901 已在 {X}:13:162 使用", "每个都必须唯一"),
    ),
    "a second segment": (
        _x(perimeter="perimeter: [{id: n, length_m: 1}, {id: n, length_m: 2}]\n"),
        (X, "{id: n, length_m: 2}", "duplicate-id", "id",
         f"segment n is already given at {X}:5:13", "each must be its own",
         f"周界段 n 已在 {X}:5:13 使用", "每个都必须唯一"),
    ),
    "a reference like a known name": (
        _cam(area="raod"),
        (X, "raod", "no-reference", "area",
         "area refers to raod, which does not exist", "did you mean road?",
         "area 引用了不存在的 raod", "是否想写 road？"),
    ),
    "a reference like none": (
        _cam(area="zzzzz"),
        (X, "zzzzz", "no-reference", "area",
         "area refers to zzzzz, which does not exist", "known: road, east, u1",
         "area 引用了不存在的 zzzzz", "已有：road, east, u1"),
    ),
    "a reference where there is nothing yet": (
        _cam(group="g"),
        (X, "g}", "no-reference", "group",
         "group refers to g, which does not exist", "there is none yet: add it",
         "group 引用了不存在的 g", "目前没有可引用的对象，请先添加"),
    ),
    "a recorder that closes no entrance": (
        _x(entrances="entrances: [{id: east, name: E, kind: pedestrian, gates: [x-nvr-01]}]\n"),
        (X, "x-nvr-01]", "no-reference", "gates",
         "gates: x-nvr-01 is a recorder, which closes nothing here",
         "name a gate, a door reader, or a camera with barrier settings",
         "gates：x-nvr-01 是 recorder，不能用于此处",
         "请填写闸机、门禁，或带道闸设置的车牌相机"),
    ),
    "a channel without an id": (
        _cam(gb_id="null"),
        (X, "x-cam-01]", "no-reference", "channels",
         "camera x-cam-01 has no gb_id", "give it one: a channel is reported by its id",
         "摄像机 x-cam-01 没有 gb_id", "请补充：通道按国标编码上报"),
    ),
    "a reference that needs an id": (
        _x(settings="settings: {door: {admin_password: 'secret://vault/{gb_id}'}}\n",
           devices=devices(x_door_01=line(DOOR, gb_id="null"))),
        (X, "'secret://vault/{gb_id}'", "no-reference", "admin_password",
         "secret://vault/{gb_id} needs the device's gb_id",
         "give x-door-01 a gb_id, or use {device}",
         "secret://vault/{gb_id} 需要设备的 gb_id",
         "请为 x-door-01 填写 gb_id，或改用 {device}"),
    ),
    "a sample id": (
        _cam(gb_id='"34020000001320000001"'),
        (X, '"34020000001320000001"', "gb-id-sample", "gb_id",
         "34020000001320000001 is a sample id from a vendor's manual",
         "use an id of your own division",
         "34020000001320000001 是厂商手册中的示例编码", "请使用本辖区的编码"),
    ),
    "an id of another division": (
        _cam(gb_id='"34071101011327000001"'),
        (X, '"34071101011327000001"', "gb-id-division", "gb_id",
         "34071101011327000001 does not begin with 340705",
         "the first digits are the division's code: 340705",
         "34071101011327000001 不以 340705 开头", "前几位应为行政区划代码：340705"),
    ),
    "an id of another type": (
        _cam(gb_id='"34070501011187000011"'),
        (X, '"34070501011187000011"', "gb-id-type", "gb_id",
         "digits 11-13 of 34070501011187000011 are 118; here 131, 132, 121",
         "the type code must be the device's kind: 131, 132, 121",
         "34070501011187000011 的第 11-13 位是 118，此处应为 131, 132, 121",
         "类型码须与设备类型一致：131, 132, 121"),
    ),
    "an id of no industry": (
        _cam(gb_id='"34070501121327000001"'),
        (X, '"34070501121327000001"', "gb-id-industry", "gb_id",
         "digits 9-10 of 34070501121327000001 are 12, no industry of annex E",
         "a residential community is 01",
         "34070501121327000001 的第 9-10 位是 12，不是附录 E 的行业编码", "社区、楼宇为 01"),
    ),
    "old without a plan": (
        _x(compound="compound: {id: x, name: X, category: old, built_year: 2003}\n"),
        (X, "old", "category", "category",
         "old, but built in 2003, renovation plan: false",
         "old means built by the end of 2000 and in the plan; else it is existing",
         "类别为 old，但建成于 2003 年，改造计划：false",
         "old 指 2000 年底前建成并纳入改造计划，否则为 existing"),
    ),
    "a platform's address that is not its own": (
        _x(uplink="uplink: {source: platform, server_address: 127.0.0.9}\n"),
        (X, "127.0.0.9", "no-reference", "uplink.server_address",
         "127.0.0.9 is no address of the district's platform",
         "one of 127.0.0.1, 127.0.0.2",
         "127.0.0.9 不是区县平台的地址", "可用：127.0.0.1, 127.0.0.2"),
    ),
    "a district without a platform": (
        {D: DISTRICT[: DISTRICT.index("platform:")]},
        (X, "{source: platform}", "no-reference", "uplink.source",
         "the district declares no platform",
         "add platform: to district.yaml, or source: operator here",
         "区县没有声明平台", "请在 district.yaml 添加 platform:，或此处用 source: operator"),
    ),
    "a platform without an address": (
        {D: DISTRICT.replace("[127.0.0.1, 127.0.0.2]", "[]")},
        (D, "[]", "missing-field", "addresses",
         "the registrar has no address to bind",
         "give at least one, like [10.1.2.3]",
         "注册服务没有可监听的地址", "请至少给出一个，例如 [10.1.2.3]"),
    ),
    "a domain that is not the server's": (
        {D: DISTRICT.replace('domain: "3407050000"', 'domain: "3407110000"')},
        (D, '"3407110000"', "gb-domain", "server_domain",
         "domain 3407110000 is not the first 10 digits of 34070500002000000001",
         "give 3407050000",
         "域 3407110000 不是 34070500002000000001 的前 10 位", "应为 3407050000"),
    ),
    "a folder that says another code": (
        {D: DISTRICT.replace('code: "340705"', 'code: "340722"')
            .replace("340705000", "340722000").replace("3407050000", "3407220000"),
         X: compound(uplink="", devices="devices: []\n", entrances="", unit_doors="")},
        (D, '"340722"', "folder", "district.code",
         f"code 340722 stands in a folder named {FOLDER}",
         "rename the folder, or correct the code",
         f"代码 340722 与目录名 {FOLDER} 不一致", "请改目录名或更正代码"),
    ),
    "a canary that is no compound": (
        {"city.yaml": CITY + "rollout: {canary: cuihu}\n"},
        ("city.yaml", "cuihu", "no-reference", "canary",
         "canary refers to cuihu, which does not exist", "known: x",
         "canary 引用了不存在的 cuihu", "已有：x"),
    ),
    "a login that misses": (
        {"city.yaml": CITY.replace("{user: fleet, auth", "{auth")},
        (X, "{id: x-gate-01", "no-login", "login.user",
         "no login for it: user is missing",
         "give logins.gate.user in city.yaml, its district, compound or group, "
         "or login.user here",
         "没有登录方式：缺少 user",
         "请在 city.yaml、区县、小区或分组给出 logins.gate.user，或在此处给出 login.user"),
    ),
    "a window that is no time": (
        {D: DISTRICT + "report: {windows: [{from: 2026-02-30 10:00, to: 2026-03-01 10:00,"
            " reason: r}]}\n"},
        (D, "2026-02-30 10:00", "window", "report.windows",
         "2026-02-30 10:00 is not on the calendar", "write it like 2026-11-20 22:30",
         "2026-02-30 10:00 不是有效的时间", "请写成 2026-11-20 22:30"),
    ),
    "a window that ends first": (
        {D: DISTRICT + "report: {windows: [{from: 2026-03-01 10:00, to: 2026-03-01 09:59,"
            " reason: r}]}\n"},
        (D, "2026-03-01 09:59", "window", "report.windows.to",
         "the window ends before it begins", "give a later end",
         "时段的结束早于开始", "请填写更晚的结束时间"),
    ),
    "a window for nobody": (
        {D: DISTRICT + "report: {windows: [{from: 2026-03-01 10:00, to: 2026-03-01 11:00,"
            " reason: r, compounds: [y]}]}\n"},
        (D, "y]", "no-reference", "report.windows.compounds",
         "report.windows.compounds refers to y, which does not exist", "known: x",
         "report.windows.compounds 引用了不存在的 y", "已有：x"),
    ),
    "a key given twice": (
        _x(centre="centre: {room: A, room: B}\n"),
        (X, "room: B", "duplicate-key", "room",
         "room is already given in line 11", "keep one of the two",
         "room 已在第 11 行出现", "请只保留一个"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", SENTENCES)
def test_the_sentence_of_a_finding(tmp_path: Path, name: str) -> None:
    """File, place, code, field, and all four sentences of a fault that stands alone."""
    files, (file, needle, code, field, en, fix_en, zh, fix_zh) = SENTENCES[name]

    finding = only(load(write(tmp_path, files)))

    assert (finding.code, finding.field) == (code, field)
    assert finding.position is not None
    assert finding.position.file == file
    content = (tmp_path / file).read_text(encoding="utf-8")
    spots = [place(content, needle, n + 1) for n in range(content.count(needle))]
    assert at(finding) in spots
    assert (finding.summary.en, finding.fix.en) == (en, fix_en)
    assert (finding.summary.zh, finding.fix.zh) == (zh, fix_zh)
