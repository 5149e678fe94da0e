"""What each canonical setting means, for editors and `fleet explain`."""

from __future__ import annotations

from collections.abc import Mapping

from fleet.model.text import Text, text

_GB_ID = text("20 digits, in quotes", "20 位数字，请加引号")

MEANING: Mapping[str, Text] = {
    "time_mode": text("the one master of the device's clock", "设备时钟的唯一来源"),
    "time_zone": text("time zone, like UTC+08:00", "时区，如 UTC+08:00"),
    "ntp_server": text("address of the NTP server", "NTP 服务器地址"),
    "ntp_port": text("port of the NTP server, usually 123", "NTP 端口，通常 123"),
    "channel_name": text(
        "name of the video channel, up to 32 characters", "通道名称，不超过 32 字"
    ),
    "osd_text": text(
        "text on the picture, up to 32 characters; the police check it against the catalog name",
        "画面叠加文字，不超过 32 字；公安按目录名称核对",
    ),
    "cloud_enabled": text(
        "vendor cloud (EZVIZ, P2P); false keeps it off", "厂商云（萤石/P2P），false 为关闭"
    ),
    "barrier_open_s": text(
        "seconds the barrier that this plate camera drives stays open",
        "车牌相机所控道闸的开启时间（秒）",
    ),
    "barrier_mode": text("how the driven barrier behaves", "所控道闸的工作方式"),
    "admin_password": text(
        "administrator's password, by reference; written last", "管理员口令（引用），最后写入"
    ),
    "auth_ways": text(
        "ways to pass, each enough by itself; a+b needs both. Biometrics never as the only way",
        "认证方式，任一即可通过；a+b 表示两者都要。不得只有人脸等生物识别方式",
    ),
    "open_duration_s": text("seconds the door stays unlocked", "开门保持时间（秒）"),
    "open_time_s": text("seconds the gate stays open", "闸门开启时间（秒）"),
    "close_delay_s": text("seconds before the gate closes", "关闸延时（秒）"),
    "forced_open_alarm": text("alarm when the gate is forced open", "强行开闸报警"),
    "contact": text(
        "sysContact: who looks after it; a role, not a person",
        "sysContact：维护责任岗位（不写个人）",
    ),
    "location": text("sysLocation: where it stands", "sysLocation：安装位置"),
    "gb_enabled": text("GB/T 28181 uplink on or off", "是否启用国标上联"),
    "gb_server_id": text("id of the upper platform (20 digits)", "上级平台编码（20 位）"),
    "gb_server_domain": text("SIP domain of the upper platform", "上级平台 SIP 域"),
    "gb_server_address": text("address of the upper platform", "上级平台地址"),
    "gb_server_port": text("SIP port of the upper platform", "上级平台 SIP 端口"),
    "gb_device_id": text("the recorder's own id (20 digits)", "录像机自身编码（20 位）"),
    "gb_expires_s": text(
        "seconds a registration lasts, at least 3600", "注册有效期（秒），不小于 3600"
    ),
    "gb_keepalive_s": text("seconds between keepalives", "心跳间隔（秒）"),
    "gb_keepalive_count": text("missed keepalives until offline", "心跳超时次数"),
    "gb_channel_ids": text("ids of the channels in their order", "各通道编码，按顺序"),
    "gb_password": text("SIP password, by reference", "SIP 口令（引用）"),
    "sysname": text("the device's own name", "设备名称（sysname）"),
    "vlans": text(
        "VLANs that must exist; others are left alone", "必须存在的 VLAN；其他 VLAN 不受影响"
    ),
    "access_ports": text(
        "ports that a device hangs on; ports not named are left alone",
        "接入端口；未列出的端口不受影响",
    ),
    "uplink_ports": text(
        "trunk ports and the VLANs they carry; ports not named are left alone",
        "上联（trunk）端口及其放行的 VLAN；未列出的端口不受影响",
    ),
    "lldp_enabled": text("LLDP on the whole device", "是否全局启用 LLDP"),
    "addresses": text(
        "addresses of interfaces; interfaces not named are left alone",
        "接口地址；未列出的接口不受影响",
    ),
    "static_routes": text(
        "static routes; prefixes not named are left alone", "静态路由；未列出的网段不受影响"
    ),
    "access_list": text(
        "inbound rules in their order, managed whole; what none permits is denied",
        "入方向规则，按顺序、整体管理；未放行的一律拒绝",
    ),
    "access_list_on": text("the interface it is applied on", "应用访问控制列表的接口"),
    "ntp_servers": text("NTP servers, managed whole", "NTP 服务器，整体管理"),
}
# Explanations of the names that a setting may have; "" is the form of a text with a pattern.
VALUES: Mapping[str, Mapping[str, Text]] = {
    "time_mode": {
        "ntp": text("from an NTP server", "由 NTP 服务器校时"),
        "manual": text("set by hand", "手动"),
        "platform": text("from the upper platform at registration", "由上级平台注册时校时"),
    },
    "barrier_mode": {
        "auto": text("opens for known plates", "识别后自动开闸"),
        "keep_open": text("stays open", "常开"),
        "keep_closed": text("stays closed", "常闭"),
    },
    "auth_ways": {
        "": text(
            "card, id_card, face, fingerprint, iris, password, qr, plate, or several joined by +",
            "card、id_card、face、fingerprint、iris、password、qr、plate，或用 + 组合",
        )
    },
    "gb_server_id": {"": _GB_ID},
    "gb_device_id": {"": _GB_ID},
    "gb_channel_ids": {"": _GB_ID},
    "sysname": {"": text("a name without quotes, ? and ;", "名称，不含引号、? 和 ;")},
    "vlans": {
        "": text('a VLAN and its name, like "100 cameras"', 'VLAN 编号和名称，如 "100 cameras"')
    },
    "access_ports": {
        "": text(
            'a port, its VLAN, PoE and description, like "GE1/0/1 vlan=100 poe=on desc=East gate"',
            '端口、VLAN、PoE 和描述，如 "GE1/0/1 vlan=100 poe=on desc=东门枪机"',
        )
    },
    "uplink_ports": {
        "": text(
            'a port, its VLANs and description, like "XGE1/0/1 vlans=100,200 desc=To the router"',
            '端口、VLAN 和描述，如 "XGE1/0/1 vlans=100,200 desc=至路由器"',
        )
    },
    "addresses": {
        "": text(
            'an interface and its address, like "Vlanif100 10.34.1.1/24"',
            '接口和地址，如 "Vlanif100 10.34.1.1/24"',
        )
    },
    "static_routes": {
        "": text(
            'a prefix and its next hop, like "0.0.0.0/0 via 10.34.0.1"',
            '网段和下一跳，如 "0.0.0.0/0 via 10.34.0.1"',
        )
    },
    "access_list": {
        "": text(
            'a rule, like "permit udp 10.7.0.0/24 port 5060"',
            '一条规则，如 "permit udp 10.7.0.0/24 port 5060"',
        )
    },
    "access_list_on": {
        "": text("an interface as the device writes it", "设备自身书写的接口名，如 Vlanif100")
    },
    "ntp_servers": {"": text("an IP address", "IP 地址")},
}
