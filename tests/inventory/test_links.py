"""Switches and routers in YAML: what they need, what hangs on them, what contradicts itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from fleet.inventory import Loaded
from fleet.model.device import DeviceKind, Stage
from tests.inventory.cities import (
    CITY,
    LINK_LINES,
    LINK_LOGINS,
    X,
    compound,
    device,
    devices,
    line,
    write,
)

LOGINS = CITY.replace("settings:", LINK_LOGINS + "settings:", 1)
DUMB = (
    "{id: x-sw-09, kind: switch, name: Small switch, managed: false, area: road,"
    " via: x-sw-01, via_port: GE1/0/9}"
)


def city(root: Path, **lines: str) -> Loaded:
    """The small city with a switch and a router, some lines replaced or added."""
    from fleet.inventory import load

    links = {name.replace("-", "_"): text for name, text in LINK_LINES.items()}
    content = compound(devices=devices(**(links | lines)))
    return load(write(root, {"city.yaml": LOGINS, X: content}))


def test_a_switch_and_a_router_as_given(tmp_path: Path) -> None:
    """Goal: platform, host key, driver and stage arrive in the model; nothing is faulty."""
    found = city(tmp_path)

    assert found.diagnostics == ()
    switch, router = device(found, "x-sw-01"), device(found, "x-rt-01")
    assert (switch.kind, switch.driver, switch.stage) == (DeviceKind.SWITCH, "ssh", Stage.LINKS)
    assert (switch.platform, router.platform) == ("huawei_vrpv8", "linux")
    assert switch.host_key == "SHA256:oM5bB4Yc8pBbJrlnJ2EEmVt7jHnSN8tsBcSjWbUyOQk"
    assert (router.kind, router.stage, router.login.user) == (
        DeviceKind.ROUTER,
        Stage.LINKS,
        "fleet",
    )
    assert [t.value for t in found.traces["x-sw-01"]["host_key"]] == [switch.host_key]


def test_what_hangs_on_a_switch(tmp_path: Path) -> None:
    """Goal: directly and through an unmanaged switch's managed neighbour, in the files' order."""
    found = city(
        tmp_path,
        x_cam_01=line("x-cam-01", via="x-sw-01", via_port="GE1/0/1"),
        x_door_01=line("x-door-01", via="x-sw-02", via_port="GE1/0/1"),
        x_sw_02=line("x-sw-01", id="x-sw-02", address="127.0.1.93", via="x-sw-01").replace(
            "SHA256:o", "SHA256:q"
        ),
    )

    assert found.diagnostics == ()
    assert [d.id for d in found.require().behind("x-sw-01")] == ["x-cam-01", "x-door-01", "x-sw-02"]
    assert [d.id for d in found.require().behind("x-sw-02")] == ["x-door-01"]
    assert found.require().behind("x-cam-01") == ()


def test_an_unmanaged_switch_is_no_device(tmp_path: Path) -> None:
    """Goal: what walks over devices cannot reach it; what hangs on it may say so."""
    found = city(tmp_path, x_sw_09=DUMB, x_cam_01=line("x-cam-01", via="x-sw-09"))

    assert found.diagnostics == ()
    (switch,) = found.require().compound("x").unmanaged
    assert (switch.id, switch.name, switch.area) == ("x-sw-09", "Small switch", "road")
    assert "x-sw-09" not in {d.id for d in found.require().devices()}
    assert (switch.via, switch.via_port) == ("x-sw-01", "GE1/0/9")
    assert [d.id for d in found.require().behind("x-sw-09")] == ["x-cam-01"]
    assert [d.id for d in found.require().behind("x-sw-01")] == ["x-cam-01"]


@pytest.mark.parametrize(
    ("lines", "code", "field", "words", "chinese"),
    [
        ({"x_sw_09": DUMB.replace("}", ", address: 127.0.1.99}")},
         "unmanaged-switch", "address", "never asked", "不会被访问"),
        ({"x_sw_09": DUMB.replace("}", ", settings: {sysname: a}}")},
         "unmanaged-switch", "settings", "never asked", "不会被访问"),
        ({"x_sw_01": line("x-sw-01", platform="null")},
         "missing-field", "platform", "platform is missing", "缺少 platform"),
        ({"x_sw_01": "{id: x-sw-01, kind: switch, name: S, platform: linux, port: 22,"
                     " host_key: SHA256:oM5bB4Yc8pBbJrlnJ2EEmVt7jHnSN8tsBcSjWbUyOQk}"},
         "missing-field", "address", "address is missing", "缺少 address"),
        ({"x_sw_01": line("x-sw-01", platform="huawei")},
         "wrong-type", "platform", "platform is huawei", "huawei"),
        ({"x_sw_01": line("x-sw-01", host_key="MD5:00")},
         "wrong-type", "host_key", "host_key is MD5:00", "MD5:00"),
        ({"x_sw_01": line("x-sw-01", gb_id='"34070501011327000009"')},
         "unknown-field", "gb_id", "unknown field gb_id", "未知字段 gb_id"),
        ({"x_cam_01": line("x-cam-01", via="x-sw-1")},
         "no-reference", "via", "x-sw-1, which does not exist", "不存在的 x-sw-1"),
        ({"x_cam_01": line("x-cam-01", via="x-door-01")},
         "no-reference", "via", "x-door-01 is no switch", "x-door-01 不是交换机"),
        ({"x_cam_01": line("x-cam-01", via_port="GE1/0/1")},
         "no-reference", "via_port", "via_port without via", "没有 via"),
        ({"x_cam_01": line("x-cam-01", via="x-sw-01", via_port="GE1/0/1"),
          "x_door_01": line("x-door-01", via="x-sw-01", via_port="GE1/0/1")},
         "duplicate-port", "via_port", "already has x-cam-01 on it", "已接 x-cam-01"),
        ({"x_sw_01": line("x-sw-01", via="x-sw-01")},
         "circle", "via", "hangs on itself", "首尾相接"),
        ({"x_sw_09": DUMB.replace("via: x-sw-01", "via: x-sw-09")},
         "circle", "via", "hangs on itself", "首尾相接"),
    ],
)  # fmt: skip
def test_faults_of_lines(
    tmp_path: Path, lines: dict[str, str], code: str, field: str, words: str, chinese: str
) -> None:
    """Goal: each fault is told once, in both languages, at its own place."""
    found = city(tmp_path, **lines)

    told = [d for d in found.diagnostics if d.code != "unpinned"]
    assert [(d.code, d.field) for d in told] == [(code, field)]
    assert words in told[0].summary.en
    assert chinese in told[0].summary.zh
    assert told[0].position is not None
    assert told[0].position.file == X
    assert told[0].position.line > 1


@pytest.mark.parametrize(
    ("settings", "field", "words", "chinese"),
    [
        ("{vlans: [100 a, 100 b]}", "vlans", "100 is given twice", "100 重复"),
        ("{access_ports: [GE1/0/1 vlan=1], uplink_ports: [GE1/0/1 vlans=2]}",
         "uplink_ports", "an access port and an uplink", "既是接入端口又是上联端口"),
        ("{vlans: [100 a], access_ports: [GE1/0/1 vlan=200]}",
         "access_ports", "in VLAN 200", "VLAN 200"),
        ("{vlans: [100 a], uplink_ports: ['GE1/0/1 vlans=100,300-301']}",
         "uplink_ports", "in VLAN 300", "VLAN 300"),
        ("{uplink_ports: ['GE1/0/1 vlans=1-9']}", "uplink_ports", "device's own", "归设备自身"),
        ("{vlans: ['1']}", "vlans", "device's own", "归设备自身"),
        ("{uplink_ports: [GE1/0/1 vlans=9-2]}", "uplink_ports", "run backwards", "范围颠倒"),
        ("{static_routes: [10.1.0.1/16 via 10.0.0.1]}",
         "static_routes", "10.1.0.1/16 has host bits", "含主机位"),
        ("{access_list: [permit ip 10.1.0.1/16], access_list_on: eth0}",
         "access_list", "has host bits", "含主机位"),
        ("{access_list: [permit icmp any port 5], access_list_on: eth0}",
         "access_list", "only tcp and udp have ports", "只有 tcp 和 udp 有端口"),
        ("{access_list: [permit udp any port 9-5], access_list_on: eth0}",
         "access_list", "no such ports", "端口范围无效"),
        ("{access_list: [permit udp any port 70000], access_list_on: eth0}",
         "access_list", "no such ports", "端口范围无效"),
        ("{access_list: [permit ip any]}", "access_list", "without the other half", "缺另一半"),
        ("{access_list_on: eth0}", "access_list_on", "without the other half", "缺另一半"),
        ("{addresses: [eth0 10.0.0.0/24]}", "addresses", "no address of a host", "不是主机地址"),
        ("{addresses: [eth0 10.0.0.255/24]}", "addresses", "no address of a host", "不是主机地址"),
    ],
)  # fmt: skip
def test_settings_that_contradict_themselves(
    tmp_path: Path, settings: str, field: str, words: str, chinese: str
) -> None:
    """Goal: what each entry's form cannot show is told where the field stands."""
    found = city(tmp_path, x_sw_01=line("x-sw-01", settings=settings))

    (told,) = found.diagnostics
    assert (told.code, told.field, told.device) == ("link", field, "x-sw-01")
    assert words in told.summary.en
    assert chinese in told.summary.zh
    assert told.position is not None
    assert (told.position.file, told.position.line > 1) == (X, True)


def test_settings_that_fit(tmp_path: Path) -> None:
    """Goal: a whole switch as it would be declared has no fault."""
    settings = (
        "{sysname: 翠湖, vlans: [100 cameras, 200 doors], access_ports: "
        "[GE1/0/1 vlan=100 poe=on desc=东门], uplink_ports: ['10GE1/0/1 vlans=100,200'], "
        "lldp_enabled: true, addresses: [Vlanif100 10.34.1.1/24, Vlanif200 10.34.2.0/31], "
        "static_routes: [0.0.0.0/0 via 10.34.1.254], access_list: "
        "[permit udp 10.7.0.0/24 port 5060, permit udp 10.7.0.0/24 port 10000-20000], "
        "access_list_on: Vlanif100, ntp_servers: [10.34.0.1]}"
    )
    found = city(tmp_path, x_sw_01=line("x-sw-01", settings=settings))

    assert found.diagnostics == ()
    assert len(device(found, "x-sw-01").settings) == 10
