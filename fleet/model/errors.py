r"""The error tree: the class says the exit code, whether to retry, and whether others may go on.

FleetError
├─ UsageError                 64   the command line is wrong
├─ InventoryError              3   carries every diagnostic of the run
├─ PolicyDenied                4   carries the findings that deny
├─ StalePlan                   7   the plan no longer fits; nothing was written
├─ AlteredPlan                 7   the plan file is not what was sealed, or is foreign
├─ LockHeld                    7   somebody else acts on the same compound or stack
├─ UnfinishedRollout           7   an earlier rollout must be resumed or aborted first
├─ ConsentNeeded               8   approval, consent or an answer is missing
├─ SecretError                 9   a secret is missing or a login failed, so nothing can start
├─ EngineError                10   Pulumi or Ansible failed
├─ StoreError                  1   the journal cannot be written or does not verify
├─ DeliveryFailed              5   a message could not be handed over; it is tried again
├─ ForeignFile                 7   a file of health is altered, of nobody known, or was here before
├─ Interrupted               130   stopped by the operator
└─ DeviceError                 5   one device; others go on
   ├─ Unreachable                  no connection, or it broke off; may be tried again
   ├─ TooSlow                      the whole operation ran past its deadline
   ├─ LoginRefused                 the device refused this login (an attempt was spent)
   ├─ LoginBudgetSpent             we refuse to try: the next wrong login could lock the device
   ├─ SchemeMismatch               the device offers another login scheme; no attempt was spent
   ├─ NotActivated                 the device is factory-new
   ├─ WrongIdentity                serial number or engine id is not the pinned one
   ├─ MalformedReply               the answer cannot be understood
   ├─ WriteRefused                 the device refused the value; nothing was kept
   ├─ NotKept                      the device said yes and kept something else
   ├─ StaleDevice                  the live value is not the sealed one; untouched
   ├─ InDoubt                      nobody can tell whether the write arrived; untouched since
   ├─ HostKeyChanged               an SSH host key is not the pinned one; no password was sent
   ├─ HostKeyUnknown               no SSH host key is pinned; no password was sent
   ├─ PathCut                      the change cut our own path; the device took it back itself
   ├─ SessionClosed                the device ended the session amid an answer
   ├─ DeviceAsked                  the device asked a question that nobody expected; unanswered
   ├─ TrialBusy                    somebody else's trial is under way on the device
   └─ TrialLost                    the device had taken the change back before it was confirmed
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from fleet.model.diagnostic import Diagnostic
from fleet.model.exitcodes import ExitCode
from fleet.model.text import Text


class FleetError(Exception):
    """Root of all errors that carry a text for a person; `fix` says what to do about it."""

    exit_code: ClassVar[ExitCode] = ExitCode.INTERNAL
    retryable: ClassVar[bool] = False
    safe_to_continue: ClassVar[bool] = False

    def __init__(self, summary: Text, fix: Text | None = None) -> None:
        super().__init__(summary.en)
        self.summary = summary
        self.fix = fix


class UsageError(FleetError):
    """The command line is wrong."""

    exit_code = ExitCode.USAGE


class InventoryError(FleetError):
    """The inventory cannot be used; every fault of the run is in `diagnostics`."""

    exit_code = ExitCode.INVENTORY

    def __init__(
        self, summary: Text, diagnostics: Sequence[Diagnostic] = (), fix: Text | None = None
    ) -> None:
        super().__init__(summary, fix)
        self.diagnostics = tuple(diagnostics)


class PolicyDenied(FleetError):
    """Rules of severity error were broken; the findings are in `diagnostics`."""

    exit_code = ExitCode.POLICY

    def __init__(self, summary: Text, diagnostics: Sequence[Diagnostic] = ()) -> None:
        super().__init__(summary)
        self.diagnostics = tuple(diagnostics)


class StalePlan(FleetError):
    """What was sealed no longer stands; nothing was written."""

    exit_code = ExitCode.STALE


class AlteredPlan(FleetError):
    """The plan file is not what was sealed, or belongs to another city."""

    exit_code = ExitCode.STALE


class LockHeld(FleetError):
    """Somebody else acts on the same compound or stack; the text names the holder."""

    exit_code = ExitCode.STALE


class UnfinishedRollout(FleetError):
    """An earlier rollout on the same compounds must be resumed or aborted first."""

    exit_code = ExitCode.STALE


class ConsentNeeded(FleetError):
    """An approval, a consent or an answer is missing; nothing was done."""

    exit_code = ExitCode.WAITING


class SecretError(FleetError):
    """A secret is missing, or a login failed, so that nothing could start."""

    exit_code = ExitCode.SECRETS


class EngineError(FleetError):
    """Pulumi or Ansible failed."""

    exit_code = ExitCode.ENGINE


class StoreError(FleetError):
    """The journal cannot be written or does not verify: no audit, no act."""


class DeliveryFailed(FleetError):
    """Nobody said that they have a message; it may have arrived all the same."""

    exit_code = ExitCode.PARTIAL


class ForeignFile(FleetError):
    """A file of health that was altered, that nobody known signed, or that was taken in before.

    Nothing of it was taken in.
    """

    exit_code = ExitCode.STALE


class Interrupted(FleetError):
    """The operator stopped the run."""

    exit_code = ExitCode.INTERRUPTED


class DeviceError(FleetError):
    """One device could not be read or written; the others go on."""

    exit_code = ExitCode.PARTIAL
    safe_to_continue = True
    code: ClassVar[str] = "device"

    def __init__(
        self, device: str, summary: Text, fix: Text | None = None, field: str | None = None
    ) -> None:
        super().__init__(summary, fix)
        self.device = device
        self.field = field


class Unreachable(DeviceError):
    """No connection, or it broke off."""

    retryable = True
    code = "unreachable"


class TooSlow(DeviceError):
    """The whole operation ran past its deadline."""

    retryable = True
    code = "too_slow"


class LoginRefused(DeviceError):
    """The device refused this login; an attempt was spent. `attempts_left` is the device's word."""

    code = "login_refused"

    def __init__(
        self,
        device: str,
        summary: Text,
        fix: Text | None = None,
        attempts_left: int | None = None,
    ) -> None:
        super().__init__(device, summary, fix)
        self.attempts_left = attempts_left


class LoginBudgetSpent(DeviceError):
    """We refuse to try: one wrong login per device and 30 minutes, over restarts."""

    code = "login_budget"


class SchemeMismatch(DeviceError):
    """The device offers another login scheme than digest; no attempt was spent."""

    code = "scheme_mismatch"


class NotActivated(DeviceError):
    """The device is factory-new and has no password yet."""

    code = "not_activated"


class WrongIdentity(DeviceError):
    """Serial number or engine id is not the pinned one; nothing was sent to it."""

    code = "wrong_identity"


class MalformedReply(DeviceError):
    """The answer is not what the protocol allows, or is past a limit."""

    code = "malformed_reply"


class WriteRefused(DeviceError):
    """The device refused the value; it kept what it had."""

    code = "write_refused"


class NotKept(DeviceError):
    """The device said yes and reads back something else."""

    code = "not_kept"


class StaleDevice(DeviceError):
    """The live value is not the sealed one; the device was not touched."""

    code = "stale"


class InDoubt(DeviceError):
    """Nobody can tell whether the write arrived; the device was not touched since."""

    code = "in_doubt"


class HostKeyChanged(DeviceError):
    """The SSH host key is not the pinned one; both are SHA256 fingerprints."""

    code = "host_key_changed"

    def __init__(
        self,
        device: str,
        summary: Text,
        fix: Text | None = None,
        field: str | None = None,
        pinned: str = "",
        seen: str = "",
    ) -> None:
        super().__init__(device, summary, fix, field)
        self.pinned = pinned
        self.seen = seen


class HostKeyUnknown(DeviceError):
    """No SSH host key is pinned; `seen` is the fingerprint of the one that was shown."""

    code = "host_key_unknown"

    def __init__(
        self,
        device: str,
        summary: Text,
        fix: Text | None = None,
        field: str | None = None,
        seen: str = "",
    ) -> None:
        super().__init__(device, summary, fix, field)
        self.seen = seen


class PathCut(DeviceError):
    """The change cut our own path to the device, which took it back by itself."""

    code = "path_cut"


class SessionClosed(DeviceError):
    """The device ended the session amid an answer; what it did until then must be looked at."""

    code = "session_closed"


class DeviceAsked(DeviceError):
    """The device asked a question that nobody expected; it got no answer."""

    code = "device_asked"


class TrialBusy(DeviceError):
    """Somebody else's trial is under way on the device; nothing was changed."""

    code = "trial_busy"


class TrialLost(DeviceError):
    """The device had taken the change back before it was confirmed."""

    code = "trial_lost"


DEVICE_ERRORS: dict[str, type[DeviceError]] = {
    cls.code: cls
    for cls in (
        Unreachable,
        TooSlow,
        LoginRefused,
        LoginBudgetSpent,
        SchemeMismatch,
        NotActivated,
        WrongIdentity,
        MalformedReply,
        WriteRefused,
        NotKept,
        StaleDevice,
        InDoubt,
        HostKeyChanged,
        HostKeyUnknown,
        PathCut,
        SessionClosed,
        DeviceAsked,
        TrialBusy,
        TrialLost,
    )
}
