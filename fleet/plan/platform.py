"""What a district's platform stack must hold, derived from the inventory alone.

Addresses, ports and SIP ids are allocated by the inventory, so they are exact in the plan; only
secrets are unknown until the stack is up (design decision 8).
"""

from __future__ import annotations

from fleet.model.device import DeviceKind
from fleet.model.fleet import Compound, District
from fleet.model.secret import SecretRef
from fleet.model.stack import CredentialSpec, PlatformSpec


def platform_spec(district: District) -> PlatformSpec | None:
    """The inputs of the district's stack; None where it has no servers of its own.

    Every version up to the wanted one is kept: a new version never destroys an old one before all
    devices have proven the new (design decision 9).
    """
    if district.platform is None:
        return None
    wanted: dict[str, CredentialSpec] = {}
    for compound in district.compounds:
        for ref, username, purpose in _generated(compound):
            for version in range(1, ref.version + 1):
                spec = CredentialSpec(
                    name=ref.name,
                    version=version,
                    purpose="sip" if purpose == "sip" else "device",
                    username=username,
                )
                wanted[f"{ref.name}@{version}"] = spec
    return PlatformSpec(
        district=district.code,
        name=district.name,
        server_id=district.platform.server_id,
        server_domain=district.platform.server_domain,
        addresses=district.platform.addresses,
        port=district.platform.port,
        credentials=tuple(wanted[k] for k in sorted(wanted)),
        collector=district.platform.collector,
    )


def needs_stack(compound: Compound) -> bool:
    """Whether a compound's plan depends on its district's stack.

    It does when it registers at the district's own platform or uses a generated secret; a compound
    whose uplink and secrets the operator gives needs no stack and no engine.
    """
    on_platform = compound.uplink is not None and compound.uplink.source == "platform"
    return on_platform or any(True for _ in _generated(compound))


def _generated(compound: Compound) -> list[tuple[SecretRef, str, str]]:
    """Every generated secret of a compound's devices: reference, user name, purpose."""
    found = []
    for device in compound.devices:
        for field, ref in device.secrets.items():
            if ref.source != "generated":
                continue
            if field == "gb_password" and device.kind is DeviceKind.RECORDER:
                found.append((ref, str(device.settings.get("gb_device_id") or device.gb_id), "sip"))
            else:
                found.append((ref, device.login.user, "device"))
    return found
