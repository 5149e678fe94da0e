"""The server engine over Pulumi's Automation API: one inline program, one stack a district."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from pulumi.automation import LocalWorkspace, OutputMap, Stack
from pulumi.automation.errors import CommandError
from pydantic import ValidationError

from fleet.adapters.filelock import locked
from fleet.adapters.keys import StateKeys
from fleet.adapters.processes import LinuxProcesses
from fleet.adapters.pulumi.call import MARK, CallBook, OwnCommand, engine_environment
from fleet.adapters.pulumi.events import Gathering
from fleet.adapters.pulumi.look import services_of, stands
from fleet.adapters.pulumi.places import Places, changed_at, stack_name
from fleet.adapters.pulumi.reasons import reason
from fleet.adapters.pulumi.records import read_record, record_of, spec_digest, write_record
from fleet.adapters.pulumi.recovery import fence, recover_locked, recover_stack
from fleet.adapters.pulumi.underway import CallsUnderWay, UnderWay, was_stopped
from fleet.adapters.supervision import Supervisor, revive
from fleet.bootstrap.engine import Engine, locate
from fleet.model.errors import AlteredPlan, EngineError, FleetError, LockHeld
from fleet.model.stack import PlatformSpec, ResourceChange, StackOutputs, StackPreview
from fleet.model.text import text
from fleet.ports.engine import OnResource

# When an engine dies, grpc's server threads print tracebacks of its loss; our error says it once.
logging.getLogger("grpc").addHandler(logging.NullHandler())
logging.getLogger("grpc").propagate = False

Program = Callable[[Mapping[str, object]], None]
_PLANS_KEPT = 10
# Two plans of one district may be made at once; the second waits for the first.
_CALL_WAIT_S = 120.0
_ONLY_LOOKS = ("preview", "refresh")


class PulumiEngine:
    """Implements `fleet.ports.engine.ServerEngine` for one state folder.

    Calls block for seconds and may come from any thread, two stacks at once too.
    """

    def __init__(
        self,
        state_dir: Path,
        city_dir: Path,
        program: Program,
        find: Callable[[], Engine | None] = locate,
        processes: LinuxProcesses | None = None,
    ) -> None:
        self._places = Places(state_dir)
        self._city_dir = city_dir.absolute()
        self._keys = StateKeys(state_dir)
        self._program = program
        self._find = find
        self._processes = processes or LinuxProcesses()
        self._supervisor = Supervisor(state_dir, self._processes)
        self._under_way = CallsUnderWay()

    def clean(self, spec: PlatformSpec) -> bool:
        """Whether the last `up` had exactly this spec and everything it made still stands."""
        return stands(self._places, spec, self._supervisor)

    def preview(self, spec: PlatformSpec) -> StackPreview:
        """What `up` would do, bound to an engine plan file that `up` enforces.

        Raises:
            EngineError: there is no engine, or it failed.
            LockHeld: another process is calling the engine for this stack.
        """
        events = Gathering()
        with self._calling(spec, "preview") as stack:
            saved = self._places.plans / f"{spec.stack}.new.json"
            stack.preview(plan=str(saved), on_event=events, color="never")
            preview = StackPreview(stack=spec.stack, spec=spec, changes=events.changes())
            if not preview.dirty:
                saved.unlink()
                self._mend_record(spec, stack)
                return preview
        digest = hashlib.sha256(saved.read_bytes()).hexdigest()
        kept = self._places.plans / f"{spec.stack}.{digest[:16]}.json"
        saved.replace(kept)
        self._drop_old_plans(spec.stack)
        return preview.model_copy(
            update={
                "plan_file": str(kept.relative_to(self._places.state)),
                "plan_sha256": digest,
            }
        )

    def up(self, preview: StackPreview, on_resource: OnResource | None = None) -> StackOutputs:
        """Do exactly what the preview says; the engine refuses anything else.

        Raises:
            AlteredPlan: the plan file is gone or not the one that was previewed.
            StalePlan: what stands is not what was previewed; the engine stopped where it saw that.
            LockHeld: the stack is locked by another process, or by one that was killed.
            EngineError: there is no engine, or it failed.
        """
        spec = preview.spec
        plan = self._plan_file(preview)
        with self._calling(spec, "up") as stack:
            result = stack.up(
                plan=plan,
                expect_no_changes=None if plan else True,
                on_event=Gathering(on_resource),
                show_secrets=False,
                color="never",
            )
            return self._record(spec, result.outputs)

    def refresh(self, spec: PlatformSpec) -> tuple[ResourceChange, ...]:
        """Look at what stands; returned changes are drift (before = recorded, after = seen).

        The record itself is not changed, so drift is seen until `up` mends it. Afterwards a killed
        supervisord is started again.

        Raises:
            EngineError: there is no engine, or it failed.
            LockHeld: another process is calling the engine for this stack.
        """
        if read_record(self._places, spec.district) is None:
            return tuple(c for c in self.preview(spec).changes if c.action != "same")
        events = Gathering(look=True)
        with self._calling(spec, "refresh") as stack:
            stack.preview_refresh(on_event=events, color="never")
        drift = tuple(c for c in events.changes() if c.action != "same")
        try:
            revive(self._supervisor, services_of(self._supervisor, spec.district))
        except EngineError:
            # What keeps it down is for `up` to tell; that it is down is already in the answer.
            if not drift:
                raise
        return drift

    def outputs(self, district: str) -> StackOutputs | None:
        """The outputs of the last `up`, without starting the engine; None if there was none."""
        record = read_record(self._places, district)
        return None if record is None else record.outputs

    def recover(self, district: str) -> tuple[str, ...]:
        """After a kill: prove the lock's holder dead, clear it, name what was pending.

        Raises:
            LockHeld: the holder lives.
            EngineError: something that outlived its caller does not end.
        """
        return recover_stack(self._places, stack_name(district), self._processes)

    def destroy(self, district: str, on_resource: OnResource | None = None) -> None:
        """End and remove everything of the stack: no process, listener or file is left.

        Raises:
            EngineError: there is no engine, it failed, or a port stays bound.
            LockHeld: the stack is locked by another process, or by one that was killed.
        """
        name = stack_name(district)
        if self._places.checkpoint(name).exists():
            with self._calling_stack(name, "destroy", _no_program) as stack:
                stack.destroy(
                    on_event=Gathering(on_resource), run_program=False, show_secrets=False
                )
                stack.workspace.remove_stack(name)
        self._places.up_record(district).unlink(missing_ok=True)
        # What a killed `up` made and never recorded is unknown to the engine, not to us.
        for service in services_of(self._supervisor, district):
            service.remove()
        self._places.forget(name)

    def stop(self) -> None:
        """End a call under way in another thread now; harmless when nothing runs.

        SIGINT to the engine, a short grace in which it records what it did, then KILL. Returns when
        engine and provider are gone and the other thread's call has raised EngineError. A killed
        engine leaves its lock: `recover` proves it dead and says what was pending.

        Raises:
            EngineError: the call does not end.
        """
        self._under_way.stop()

    def stacks(self) -> tuple[str, ...]:
        """District codes that have a stack in this state folder."""
        return self._places.districts()

    @contextmanager
    def _calling(self, spec: PlatformSpec, verb: str) -> Iterator[Stack]:
        values = spec.model_dump(mode="json")
        with self._calling_stack(spec.stack, verb, lambda: self._program(values)) as stack:
            yield stack

    @contextmanager
    def _calling_stack(self, name: str, verb: str, program: Callable[[], None]) -> Iterator[Stack]:
        engine = self._engine()
        # Both keys before the first stack: a key that is missing beside one is never made anew.
        passphrase = self._keys.engine_passphrase_file()
        self._keys.city_key()
        self._places.prepare(name)
        book = CallBook(self._places, name, self._processes)
        environment = engine_environment(self._places, self._city_dir, passphrase, engine.path)
        with self._under_way.calling(name) as call:
            try:
                with self._only_caller(name, call), self._recorded(book, name, verb) as mark:
                    marked = {**environment, MARK: mark}
                    workspace = LocalWorkspace(
                        work_dir=str(self._places.work(name)),
                        pulumi_home=str(self._places.home),
                        program=program,
                        secrets_provider="passphrase",
                        pulumi_command=OwnCommand(engine.path, engine.version, marked, book, call),
                    )
                    if self._places.checkpoint(name).exists():
                        yield Stack.select(name, workspace)
                    else:
                        yield Stack.create(name, workspace)
            except CommandError as error:
                if call.stopped.is_set():
                    raise was_stopped(name) from error
                raise reason(str(error), name) from error
            finally:
                self._places.prune_logs()

    def _engine(self) -> Engine:
        engine = self._find()
        if engine is None:
            raise EngineError(
                text("the Pulumi engine is not installed", "未安装 Pulumi 引擎"),
                text("run: make setup", "请运行：make setup"),
            )
        return engine

    @contextmanager
    def _only_caller(self, name: str, call: UnderWay) -> Iterator[None]:
        """Hold the stack's call lock, waiting for another call to end."""
        try:
            with locked(self._places.call_lock(name), _CALL_WAIT_S, call.stopped.is_set):
                yield
        except TimeoutError as error:
            if call.stopped.is_set():
                raise was_stopped(name) from error
            raise LockHeld(
                text(
                    "another process is calling the engine for {s}",
                    "其他进程正在为 {s} 调用引擎",
                    s=name,
                ),
                text("wait until it ends", "请等待其结束"),
            ) from error

    @contextmanager
    def _recorded(self, book: CallBook, name: str, verb: str) -> Iterator[str]:
        """Record the call while it lasts, and see that nothing of it goes on afterwards."""
        self._settle_killed(book, name)
        with book.calling(verb) as mark:
            try:
                yield mark
            except BaseException:
                # An engine that was killed leaves its provider, an interrupted caller its engine.
                call = book.standing()
                if call is not None:
                    fence(call, self._processes)
                raise

    def _settle_killed(self, book: CallBook, name: str) -> None:
        """See to the record of a call that was killed; without one there is nothing to do.

        Raises:
            LockHeld: it may have changed something, so a person must see what was pending.
        """
        call = book.standing()
        if call is None:
            return
        if call.verb in _ONLY_LOOKS:
            # It changed nothing, so there is nothing to ask: end what is left of it and go on.
            recover_locked(self._places, name, self._processes)
            return
        raise LockHeld(
            text(
                "{s}: an earlier call ({v}) was killed before it ended",
                "{s}：此前的调用（{v}）被中途杀死",
                s=name,
                v=call.verb,
            ),
            text("run: fleet stacks recover", "请运行：fleet stacks recover"),
        )

    def _record(self, spec: PlatformSpec, outputs: OutputMap) -> StackOutputs:
        exported = outputs.get("platform")
        try:
            record = record_of(spec, exported.value if exported else {})
        except ValidationError as error:
            raise _unfit_outputs(spec.stack) from error
        write_record(self._places, spec.district, record)
        return record.outputs

    def _mend_record(self, spec: PlatformSpec, stack: Stack) -> None:
        """Write the record anew where nothing is to be done and it does not say so.

        An `up` that was killed after its last resource, or a spec that differs in nothing that
        matters, would otherwise be planned again and again.
        """
        record = read_record(self._places, spec.district)
        if record is None or record.spec != spec_digest(spec):
            self._record(spec, stack.outputs())

    def _plan_file(self, preview: StackPreview) -> str | None:
        if preview.plan_file is None:
            return None
        path = self._places.state / preview.plan_file
        try:
            found = hashlib.sha256(path.read_bytes()).hexdigest()
        except OSError:
            found = ""
        if found != preview.plan_sha256:
            raise AlteredPlan(
                text(
                    "the engine's plan file {p} is gone or was altered",
                    "引擎计划文件 {p} 已丢失或被改动",
                    p=preview.plan_file,
                ),
                text("plan again: fleet plan", "请重新制定计划：fleet plan"),
            )
        return str(path)

    def _drop_old_plans(self, stack: str) -> None:
        plans = sorted(self._places.plans.glob(f"{stack}.*.json"), key=changed_at)
        for path in plans[:-_PLANS_KEPT]:
            path.unlink(missing_ok=True)


def _no_program() -> None:
    """What `destroy` runs instead of the program: it needs none."""


def _unfit_outputs(stack: str) -> FleetError:
    return EngineError(
        text(
            "{s} came up, but its outputs are not those of this version",
            "{s} 已启动，但其输出与本版本不符",
            s=stack,
        ),
        text("plan and apply again", "请重新计划并执行"),
    )
