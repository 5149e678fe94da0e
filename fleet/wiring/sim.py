"""The simulator's composition root: a city's devices as specs, with secrets in derived forms only.

A bootstrap password is resolved here, turned into HA1 or a localized key at once, and goes no
further: not into arguments, environment or files.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_address
from pathlib import Path

from fleet.adapters.processes import LinuxProcesses
from fleet.adapters.secrets.store import open_store
from fleet.model.device import LINK_KINDS, Device, DeviceKind
from fleet.model.errors import SecretError
from fleet.model.fleet import City, Compound
from fleet.model.secret import SecretRef
from fleet.model.text import text
from fleet.ports.process import ProcessId
from fleet.ports.secrets import SecretStore
from fleet.protocols.digest import ha1
from fleet.simulator import spec as shape
from fleet.simulator.errors import SimError
from fleet.simulator.identity import Identity
from fleet.simulator.keys import localized
from fleet.simulator.launch import Progress, Simulators
from fleet.simulator.spec import PLATFORMS, DeviceSpec, ProcessSpec, SnmpKeys
from fleet.wiring.simwords import in_words
from fleet.wiring.state import not_closed, state_folder

# A recorder in its box has this many rows at least.
_CHANNELS_MIN = 8
UPPER_PROCESS = "_upper"


class _Processes:
    """The machine's processes as the launcher asks for them."""

    def __init__(self, processes: LinuxProcesses) -> None:
        self._processes = processes

    def alive(self, process: Identity) -> bool:
        """Whether exactly this process runs."""
        return self._processes.alive(_process_id(process))

    def end(self, process: Identity, grace_s: float) -> bool:
        """TERM, then KILL; whether it is gone."""
        return self._processes.end(_process_id(process), grace_s)


def _process_id(process: Identity) -> ProcessId:
    return ProcessId(pid=process.pid, start=process.start, boot=process.boot, host=process.host)


@contextmanager
def simulators(state_dir: Path) -> Iterator[Simulators]:
    """The simulator processes of a state folder; what goes wrong inside the block gets its words.

    Raises:
        UsageError: an unknown device, field, fault or value.
        EngineError: a process cannot be started, asked or ended, or an address is taken.
        StoreError: the state folder is closed to this user.
    """
    not_closed(state_dir)
    try:
        yield Simulators(state_dir / "sim", _Processes(LinuxProcesses()))
    except SimError as error:
        raise in_words(error) from error


def bring_up(
    city_dir: Path,
    city: City,
    state_dir: Path,
    *,
    lockout_s: float,
    trial_scale: float,
    fresh: bool,
    progress: Progress,
) -> int:
    """Start the simulated devices of a city; returns how many listen.

    A switch's trial of a minute takes `trial_scale` minutes.

    Raises:
        SecretError: a bootstrap secret cannot be had.
        EngineError: a process does not start; the text names a device whose address is taken.
    """
    state_folder(state_dir)
    wanted = specs(city, open_store(city_dir, city, state_dir), lockout_s, trial_scale)
    with simulators(state_dir) as running:
        running.up(wanted, fresh, progress)
    return sum(len(one.devices) for one in wanted)


def specs(
    city: City, secrets: SecretStore, lockout_s: float, trial_scale: float = 1.0
) -> list[ProcessSpec]:
    """One process a compound, and one for the upper platforms that operators named on loopback.

    A switch or router of a platform that nobody simulates is left out.

    Raises:
        SecretError: a bootstrap secret cannot be had.
    """
    made = []
    for compound in city.compounds():
        devices = tuple(
            _link(compound, device, secrets, trial_scale)
            if device.kind in LINK_KINDS
            else _device(compound, device, secrets)
            for device in compound.devices
            if device.kind not in LINK_KINDS or device.platform in PLATFORMS
        )
        if devices:
            made.append(ProcessSpec(compound.id, devices, lockout_s))
    uppers = _uppers(city, secrets)
    if uppers:
        made.append(ProcessSpec(UPPER_PROCESS, uppers, lockout_s))
    return made


def _device(compound: Compound, device: Device, secrets: SecretStore) -> DeviceSpec:
    kind: shape.Kind = _KINDS[device.kind]
    serial = device.serial or shape.serial_of(device.id)
    user = device.login.user
    keys: SnmpKeys | None = None
    other: SnmpKeys | None = None
    http_secret = ""
    if device.kind is DeviceKind.GATE:
        engine_id = device.engine_id or shape.engine_id_of(device.id)
        keys = _keys(device, engine_id, secrets)
        other = _keys(device, shape.other_engine_id(engine_id), secrets)
    else:
        password = _revealed(device, device.login.password, "password", secrets)
        http_secret = ha1(user, shape.realm_of(kind, device.id), password)
    return DeviceSpec(
        id=device.id,
        kind=kind,
        address=device.address,
        port=device.port,
        serial=serial,
        personality=shape.personality_of(device.id),
        name=device.name,
        user=user,
        ha1=http_secret,
        keys=keys,
        other_keys=other,
        barrier=bool({"barrier_open_s", "barrier_mode"} & set(device.settings)),
        channels=_channels(compound, device),
        gb_id=device.gb_id or "",
    )


def _link(
    compound: Compound, device: Device, secrets: SecretStore, trial_scale: float
) -> DeviceSpec:
    """A switch or router, with what the inventory says hangs on its ports."""
    password = _revealed(device, device.login.password, "password", secrets)
    return DeviceSpec(
        id=device.id,
        kind=_KINDS[device.kind],
        address=device.address,
        port=device.port,
        serial=device.serial or shape.serial_of(device.id),
        personality=shape.personality_of(device.id),
        name=device.name,
        user=device.login.user,
        platform=device.platform or "",
        login=shape.login_of(device.id, password),
        behind=tuple(
            (one.via_port, one.id)
            for one in compound.devices
            if one.via == device.id and one.via_port
        ),
        trial_scale=trial_scale,
        snmp_port=device.snmp_port or 0,
        snmp_user=device.login.user,
        keys=_keys(device, device.engine_id or shape.engine_id_of(device.id), secrets)
        if device.snmp_port
        else None,
    )


_KINDS: dict[DeviceKind, shape.Kind] = {
    DeviceKind.CAMERA: "camera",
    DeviceKind.DOOR: "door",
    DeviceKind.GATE: "gate",
    DeviceKind.RECORDER: "recorder",
    DeviceKind.SWITCH: "switch",
    DeviceKind.ROUTER: "router",
}


def _channels(compound: Compound, device: Device) -> int:
    if device.kind is not DeviceKind.RECORDER:
        return 0
    wanted = [
        len(r.channel_ids) + len(r.spare_ids) for r in compound.recorders if r.device == device.id
    ]
    return max(_CHANNELS_MIN, *wanted) if wanted else _CHANNELS_MIN


def _keys(device: Device, engine_id: str, secrets: SecretStore) -> SnmpKeys:
    auth = _revealed(device, device.login.auth, "auth", secrets)
    priv = _revealed(device, device.login.priv, "priv", secrets)
    return SnmpKeys(engine_id, localized(auth, engine_id), localized(priv, engine_id))


def _revealed(device: Device, ref: SecretRef | None, what: str, secrets: SecretStore) -> str:
    if ref is None:
        raise SecretError(
            text(
                "{d}: the login has no {w}, so that no device can be simulated with it",
                "{d}：登录信息缺少 {w}，无法据此模拟设备",
                d=device.id,
                w=what,
            )
        )
    return secrets.resolve(ref).reveal()


def _uppers(city: City, secrets: SecretStore) -> tuple[DeviceSpec, ...]:
    """Upper platforms by address: what operators named, with an account for each recorder."""
    found: dict[tuple[str, int, str], dict[str, str]] = {}
    for compound in city.compounds():
        uplink = compound.uplink
        if uplink is None or uplink.source != "operator" or uplink.password is None:
            continue
        if not _is_loopback(uplink.server_address):
            continue
        where = (uplink.server_address, uplink.server_port, uplink.server_domain)
        accounts = found.setdefault(where, {})
        for device in compound.devices:
            if device.kind is DeviceKind.RECORDER and device.gb_id:
                ref = device.secrets.get("gb_password", uplink.password)
                password = secrets.resolve(ref).reveal()
                accounts[device.gb_id] = ha1(device.gb_id, uplink.server_domain, password)
    return tuple(
        DeviceSpec(
            id=f"upper-{address}-{port}",
            kind="upper",
            address=address,
            port=port,
            serial="",
            personality="a",
            domain=domain,
            accounts=accounts,
        )
        for (address, port, domain), accounts in found.items()
    )


def _is_loopback(address: str) -> bool:
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False
