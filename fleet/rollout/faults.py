"""Device errors as values and back, for journals and for answers between processes."""

from __future__ import annotations

from fleet.model.errors import DEVICE_ERRORS, DeviceError, FleetError, LoginRefused
from fleet.model.observation import Fault
from fleet.model.text import Text


def fault_of(error: DeviceError) -> Fault:
    """The value of an error."""
    return Fault(
        code=error.code,
        en=error.summary.en,
        zh=error.summary.zh,
        fix_en=error.fix.en if error.fix else "",
        fix_zh=error.fix.zh if error.fix else "",
        field=error.field,
        attempts_left=error.attempts_left if isinstance(error, LoginRefused) else None,
    )


def error_of(device: str, fault: Fault) -> DeviceError:
    """The error of a value."""
    fix = Text(en=fault.fix_en, zh=fault.fix_zh) if fault.fix_en else None
    summary = Text(en=fault.en, zh=fault.zh)
    if fault.code == LoginRefused.code:
        return LoginRefused(device, summary, fix, attempts_left=fault.attempts_left)
    return DEVICE_ERRORS.get(fault.code, DeviceError)(device, summary, fix, field=fault.field)


def device_error(device: str, error: FleetError) -> DeviceError:
    """Any error as the one of the device that it stops; others go on."""
    if isinstance(error, DeviceError):
        return error
    return DeviceError(device, error.summary, error.fix)


def fault_text(fault: Fault) -> Text:
    """What happened, for a person."""
    return Text(en=fault.en, zh=fault.zh)
