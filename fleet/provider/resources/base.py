"""What every kind of resource has in common: typed inputs, and a world it compares itself with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Generic, TypeVar

from pydantic import ValidationError

from fleet.model.base import Frozen
from fleet.provider.values import Plain, has_unknown
from fleet.wiring.provider import LocalMachine

Inputs = TypeVar("Inputs", bound=Frozen)


class Kind(Generic[Inputs]):
    """One kind of resource. All methods block; the provider calls them off its event loop.

    A resource's recorded state is its inputs plus what `make` returned. `make` serves create and
    update alike: it brings the world to the inputs, adopting what already fits, so that a create
    that was killed and runs again gives the same thing.
    """

    type_name: ClassVar[str]
    inputs: ClassVar[type[Frozen]]
    secret: ClassVar[frozenset[str]] = frozenset()
    replaced_by: ClassVar[frozenset[str]] = frozenset()

    def __init__(self, machine: LocalMachine) -> None:
        self.machine = machine

    def identity(self, wanted: Inputs) -> str:
        """The resource's id, the same for the same inputs."""
        raise NotImplementedError

    def make(self, wanted: Inputs) -> dict[str, object]:
        """Bring it about and return its outputs.

        Raises:
            FleetError: it cannot be brought about.
        """
        raise NotImplementedError

    def look(self, wanted: Inputs) -> dict[str, object] | None:
        """Its outputs as they stand in the world; None where nothing of it is left."""
        raise NotImplementedError

    def expected(self, wanted: Inputs, state: Plain) -> dict[str, object]:
        """The outputs that `look` should give while everything is well."""
        raise NotImplementedError

    def remove(self, wanted: Inputs) -> None:
        """Remove everything of it; nothing left is not an error.

        Raises:
            FleetError: something of it stays.
        """
        raise NotImplementedError

    def parse(self, values: Plain) -> Inputs:
        """The typed inputs among `values`, which may hold outputs too.

        Raises:
            ValidationError: they do not fit.
        """
        known = {k: v for k, v in values.items() if k in self.inputs.model_fields}
        return self.inputs.model_validate(known)  # type: ignore[return-value] # the kind's own type

    def faults(self, values: Plain) -> dict[str, str]:
        """What is wrong with inputs, by property; unknown ones are not judged yet."""
        if has_unknown(values):
            return {}
        try:
            self.inputs.model_validate(dict(values))
        except ValidationError as error:
            return {
                str(e["loc"][0]) if e["loc"] else "": e["msg"]
                for e in error.errors(include_input=False, include_url=False)
            }
        return {}

    def changed_inputs(self, state: Plain, wanted: Plain) -> set[str]:
        """Names of inputs that differ between a recorded state and new inputs."""
        return {k for k in self.inputs.model_fields if state.get(k) != wanted.get(k)}

    def differences(self, state: Plain, wanted: Plain) -> set[str]:
        """Names of outputs that do not stand in the world as they should."""
        if has_unknown(wanted):
            return set()
        parsed = self.parse(wanted)
        seen: Mapping[str, object] = self.look(parsed) or {}
        should = self.expected(parsed, state)
        return {k for k, v in should.items() if seen.get(k) != v}
