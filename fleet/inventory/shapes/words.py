"""Forms that several files share: ids, names, addresses, GB/T 28181 ids."""

from __future__ import annotations

from fleet.inventory.types import EnumType, IntType, SecretType, TextType
from fleet.model.text import text

# Compound and device ids go into names of secrets, steps and sockets: ASCII, and never an option.
IDENTIFIER = TextType(
    text(
        "an id: lower-case letters, digits and hyphens, like cuihu-cam-01",
        "编号：小写字母、数字和连字符，如 cuihu-cam-01",
    ),
    r"[a-z0-9]([a-z0-9-]*[a-z0-9])?",
    60,
    example="cuihu-01",
)
# Areas, entrances, segments and groups are only spoken of inside the files: any language.
LABEL = TextType(
    text(
        "an id: letters of any language, digits, hyphens, no spaces, like east-gate or 东门",
        "编号：任意文字的字母、数字和连字符，无空格，如 east-gate 或 东门",
    ),
    r"\w[\w-]*",
    40,
    example="east-gate",
)
NAME = TextType(
    text("a name of 1 to 80 characters", "1 到 80 个字符的名称"), r"\S(.*\S)?", 80, example="东门"
)
FREE_TEXT = TextType(text("a text", "文字"), None, 255, example="线路检修")
DIVISION = TextType(
    text("a division code of 6 digits, like 340705", "6 位行政区划代码，如 340705"),
    r"[0-9]{6}",
    example='"340705"',
)
GB_ID = TextType(
    text("a GB/T 28181 id of 20 digits, in quotes", "20 位国标编码（GB/T 28181），请加引号"),
    r"[0-9]{20}",
    example='"34070501011187000001"',
)
GB_DOMAIN = TextType(
    text(
        "a GB/T 28181 domain: the first 10 digits of the server's id",
        "国标 SIP 域：平台编码的前 10 位",
    ),
    r"[0-9]{10}(\.spvmn\.cn)?",
    example='"3407050101"',
)
ADDRESS = TextType(
    text("an IP address, like 127.34.1.11", "IP 地址，如 127.34.1.11"),
    r"[0-9]{1,3}(\.[0-9]{1,3}){3}|[0-9a-fA-F:]*:[0-9a-fA-F:.]+",
    45,
    example="127.34.1.11",
)
HOST = TextType(
    text("an IP address or a host name", "IP 地址或主机名"),
    r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?|[0-9a-fA-F:]*:[0-9a-fA-F:.]+",
    253,
    example="127.34.1.11",
)
FILE_NAME = TextType(
    text("the name of a file beside city.yaml", "city.yaml 同目录下的文件名"),
    r"[A-Za-z0-9_][A-Za-z0-9_.-]*",
    80,
)
SERIAL = TextType(
    text("the serial number as the device gives it", "设备自报的序列号"), r"[A-Za-z0-9-]+", 64
)
ENGINE_ID = TextType(
    text(
        "an SNMP engine id: 10 to 64 hex digits, in quotes",
        "SNMP 引擎 ID：10 到 64 位十六进制，请加引号",
    ),
    r"([0-9a-fA-F]{2}){5,32}",
)
TIME_ZONE = TextType(
    text("hours east of UTC, like UTC+08:00", "与 UTC 的时差，如 UTC+08:00"),
    r"UTC[+-](0[0-9]|1[0-4]):[0-5][0-9]",
)
PORT = IntType(1, 65535, example=8080)
SECRET = SecretType()

HOST_KEY = TextType(
    text(
        "an SSH host key: a fingerprint SHA256:… or a public key ssh-ed25519 AAAA…",
        "SSH 主机密钥：指纹 SHA256:… 或公钥 ssh-ed25519 AAAA…",
    ),
    r"SHA256:[A-Za-z0-9+/]{43}"
    r"|(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(256|384|521)) [A-Za-z0-9+/]{40,1000}={0,2}( \S+)?",
    1100,
    example="SHA256:oM5bB4Yc8pBbJrlnJ2EEmVt7jHnSN8tsBcSjWbUyOQk",
)
DEVICE_PORT = TextType(
    text(
        "a port as the device itself writes it, like GE1/0/1",
        "设备自身书写的端口名，如 GE1/0/1",
    ),
    r"([0-9]{1,3})?[A-Za-z][A-Za-z0-9._/-]{0,40}",
    44,
    example="GE1/0/1",
)
PLATFORMS = {
    "huawei_vrpv8": text("Huawei VRP8: two stages, trial commit", "华为 VRP8：两阶段、试运行提交"),
    "hp_comware": text("H3C Comware 7: delayed commit", "新华三 Comware 7：延时提交"),
    "linux": text("Linux with iproute2 behind OpenSSH", "Linux（iproute2，经 OpenSSH）"),
    "huawei_vrp": text(
        "Huawei VRP5: experimental; only a restart undoes", "华为 VRP5：试验性；只能靠重启撤销"
    ),
    "ruijie_os": text(
        "Ruijie RGOS: experimental; only a restart undoes", "锐捷 RGOS：试验性；只能靠重启撤销"
    ),
    "cisco_ios": text("Cisco IOS: experimental; revert timer", "思科 IOS：试验性；回退定时器"),
}
PLATFORM = EnumType(PLATFORMS)

KINDS = {
    "camera": text("camera over ISAPI", "摄像机（ISAPI）"),
    "door": text("door reader at a unit door, over ISAPI", "单元门门禁一体机（ISAPI）"),
    "gate": text(
        "gate controller: vehicle barrier or pedestrian gate, over SNMPv3",
        "出入口控制器：车辆道闸或人行闸机（SNMPv3）",
    ),
    "recorder": text("recorder (NVR) with its GB/T 28181 uplink", "录像机（NVR），含国标上联"),
    "switch": text("access switch over SSH, or an unmanaged one", "接入交换机（SSH），或非网管型"),
    "router": text("edge router over SSH", "出口路由器（SSH）"),
}
KIND = EnumType(KINDS)
