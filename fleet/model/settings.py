"""The canonical, vendor-neutral settings of each device kind; every field may be left unmanaged.

Field names are the plan's, the journal's and the drivers' names. Secrets are references and
write-only: no device gives them back.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from fleet.model.base import Frozen
from fleet.model.device import DeviceKind
from fleet.model.secret import SecretRef

# One way through a door: one method, or several joined by "+" that are all needed at once.
AuthWay = Annotated[
    str,
    Field(
        pattern=r"^(card|id_card|face|fingerprint|iris|password|qr|plate)(\+(card|id_card|face|fingerprint|iris|password))*$"
    ),
]
Seconds = Annotated[int, Field(ge=0, le=86400 * 7)]
GbId = Annotated[str, Field(pattern=r"^[0-9]{20}$")]
BIOMETRIC = frozenset({"face", "fingerprint", "iris"})


class TimeSettings(Frozen):
    """Clock of an ISAPI device: exactly one time master."""

    time_mode: Literal["ntp", "manual", "platform"] | None = None
    time_zone: str | None = Field(None, description="hours east of UTC, like UTC+08:00")
    ntp_server: str | None = None
    ntp_port: int | None = Field(None, ge=1, le=65535)


class CameraSettings(TimeSettings):
    """A camera over ISAPI; the two barrier fields exist on a plate camera that drives a barrier."""

    channel_name: str | None = Field(None, max_length=32)
    osd_text: str | None = Field(
        None, max_length=32, description="GB/T 28181-2022 OSD: 0-32 characters"
    )
    cloud_enabled: bool | None = None
    barrier_open_s: Annotated[int, Field(ge=1, le=60)] | None = None
    barrier_mode: Literal["auto", "keep_open", "keep_closed"] | None = None
    admin_password: SecretRef | None = None


class DoorSettings(TimeSettings):
    """A door reader at a unit door over ISAPI.

    `auth_ways` lists the ways that open the door, any of them by itself; "face+card" needs both.
    """

    auth_ways: list[AuthWay] | None = None
    open_duration_s: Annotated[int, Field(ge=1, le=255)] | None = None
    admin_password: SecretRef | None = None


class GateSettings(Frozen):
    """A gate controller over SNMPv3 (reference MIB under a private arc)."""

    open_time_s: Annotated[int, Field(ge=1, le=60)] | None = None
    close_delay_s: Annotated[int, Field(ge=0, le=60)] | None = None
    auth_ways: list[AuthWay] | None = None
    forced_open_alarm: bool | None = None
    contact: str | None = Field(None, max_length=255, description="SNMPv2-MIB::sysContact")
    location: str | None = Field(None, max_length=255, description="SNMPv2-MIB::sysLocation")


class RecorderSettings(TimeSettings):
    """A recorder (NVR) over ISAPI with its GB/T 28181 uplink; `gb_*` come from the uplink."""

    cloud_enabled: bool | None = None
    gb_enabled: bool | None = None
    gb_server_id: GbId | None = None
    gb_server_domain: str | None = None
    gb_server_address: str | None = None
    gb_server_port: int | None = Field(None, ge=1, le=65535)
    gb_device_id: GbId | None = None
    gb_expires_s: Seconds | None = None
    gb_keepalive_s: Seconds | None = None
    gb_keepalive_count: int | None = Field(None, ge=1, le=100)
    gb_channel_ids: list[GbId] | None = None
    gb_password: SecretRef | None = None
    admin_password: SecretRef | None = None


_OCTET = r"(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_IP = rf"{_OCTET}(\.{_OCTET}){{3}}"
_PREFIX = rf"{_IP}/(3[0-2]|[12]?[0-9])"
_VLAN = r"(409[0-4]|40[0-8][0-9]|[1-3][0-9]{3}|[1-9][0-9]{0,2})"
_VLANS = rf"{_VLAN}(-{_VLAN})?(,{_VLAN}(-{_VLAN})?)*"
# A port or interface as the device itself writes it: GE1/0/1, 10GE1/0/1, Vlanif100, eth0.
_PORT = r"([0-9]{1,3})?[A-Za-z][A-Za-z0-9._/-]{0,40}"
# No "?": a command line answers it with help. No quotes and no control characters either.
_WORDS = r"[^\s?\"'\\|;`$<>&#!]([^\x00-\x1f\x7f?\"'\\|;`$<>&#!]{0,62}[^\s?\"'\\|;`$<>&#!])?"
_DESC = rf"( desc={_WORDS})?"
_TO_PORT = r"( port [1-9][0-9]{0,4}(-[1-9][0-9]{0,4})?)?"
Vlan = Annotated[str, Field(pattern=rf"^{_VLAN}( {_WORDS})?$", max_length=40)]
AccessPort = Annotated[str, Field(pattern=rf"^{_PORT} vlan={_VLAN}( poe=(on|off))?{_DESC}$")]
UplinkPort = Annotated[str, Field(pattern=rf"^{_PORT} vlans={_VLANS}{_DESC}$")]
InterfaceAddress = Annotated[str, Field(pattern=rf"^{_PORT} {_PREFIX}$")]
StaticRoute = Annotated[str, Field(pattern=rf"^{_PREFIX} via {_IP}$")]
AccessRule = Annotated[
    str,
    Field(pattern=rf"^(permit|deny) (ip|icmp|tcp|udp) (any|{_PREFIX})( to {_PREFIX})?{_TO_PORT}$"),
]
Server = Annotated[str, Field(pattern=rf"^{_IP}$")]


class LinkSettings(Frozen):
    """A switch or edge router over SSH; how its lists are compared is in model/links.py.

    `access_list` holds inbound rules in their order: source, destination network, destination port;
    what no rule permits is denied. It is applied inbound on the interface `access_list_on`.
    """

    sysname: str | None = Field(None, pattern=rf"^{_WORDS}$", max_length=30)
    vlans: list[Vlan] | None = None
    access_ports: list[AccessPort] | None = None
    uplink_ports: list[UplinkPort] | None = None
    lldp_enabled: bool | None = None
    addresses: list[InterfaceAddress] | None = None
    static_routes: list[StaticRoute] | None = None
    access_list: list[AccessRule] | None = None
    access_list_on: str | None = Field(None, pattern=rf"^{_PORT}$", max_length=40)
    ntp_servers: list[Server] | None = None


SETTINGS_OF: dict[DeviceKind, type[Frozen]] = {
    DeviceKind.CAMERA: CameraSettings,
    DeviceKind.DOOR: DoorSettings,
    DeviceKind.GATE: GateSettings,
    DeviceKind.RECORDER: RecorderSettings,
    DeviceKind.SWITCH: LinkSettings,
    DeviceKind.ROUTER: LinkSettings,
}
# The command languages that switches and routers are spoken to in.
LinkPlatform = Literal[
    "huawei_vrpv8", "huawei_vrp", "hp_comware", "ruijie_os", "cisco_ios", "linux"
]
# Fields that no device gives back, whatever its kind or driver.
WRITE_ONLY = frozenset({"admin_password", "gb_password"})
