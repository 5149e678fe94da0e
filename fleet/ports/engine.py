"""The server engine port: what the fleet needs of Pulumi."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from fleet.model.stack import PlatformSpec, ResourceChange, StackOutputs, StackPreview

OnResource = Callable[[ResourceChange, str], None]  # the change, and "started" | "done" | "failed"


class ServerEngine(Protocol):
    """Plans and applies one district's platform stack. All raise EngineError."""

    def clean(self, spec: PlatformSpec) -> bool:
        """Whether the last `up` had exactly this spec and everything it made still stands.

        Looks natively (files, ports, processes) without starting the engine: takes milliseconds.
        """
        ...

    def preview(self, spec: PlatformSpec) -> StackPreview:
        """What `up` would do, bound to an engine plan file that `up` enforces."""
        ...

    def up(self, preview: StackPreview, on_resource: OnResource | None = None) -> StackOutputs:
        """Do exactly what the preview says; the engine refuses anything else."""
        ...

    def refresh(self, spec: PlatformSpec) -> tuple[ResourceChange, ...]:
        """Look at what stands; returned changes are drift (before = recorded, after = seen)."""
        ...

    def outputs(self, district: str) -> StackOutputs | None:
        """The outputs of the last `up`, without starting the engine; None if there was none."""
        ...

    def recover(self, district: str) -> tuple[str, ...]:
        """After a kill: prove the lock's holder dead, clear it, name what was pending.

        Raises:
            LockHeld: the holder lives.
        """
        ...

    def destroy(self, district: str, on_resource: OnResource | None = None) -> None:
        """End and remove everything of the stack: no process, listener or file is left."""
        ...

    def stop(self) -> None:
        """End a call under way in another thread now.

        SIGINT to the engine, a short grace, then KILL; returns when it and its provider are gone;
        the stopped call raises EngineError. Harmless when nothing runs.
        """
        ...

    def stacks(self) -> tuple[str, ...]:
        """District codes that have a stack in this state folder."""
        ...
