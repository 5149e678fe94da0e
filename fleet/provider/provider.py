"""The provider: routes the engine's calls to the kinds of resource and speaks plain errors.

`diff` looks at the world too, so that a plan shows a server that somebody removed, and `up` mends
it, without a refresh in between. Calls block and are made on threads.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from typing import Any, TypeVar

from pulumi.provider.experimental import provider as sdk

from fleet.model.errors import FleetError
from fleet.model.language import language_of
from fleet.provider.resources.authority import AuthorityKind
from fleet.provider.resources.base import Kind
from fleet.provider.resources.certificate import CertificateKind
from fleet.provider.resources.collector import CollectorKind
from fleet.provider.resources.credential import CredentialKind
from fleet.provider.resources.registrar import RegistrarKind
from fleet.provider.values import plain, properties
from fleet.wiring.provider import LocalMachine

_Result = TypeVar("_Result")
KINDS: tuple[type[Kind[Any]], ...] = (
    AuthorityKind,
    CertificateKind,
    CredentialKind,
    RegistrarKind,
    CollectorKind,
)


class Refused(Exception):
    """What the engine prints: our error's text and its cure, with no traceback."""


class FleetProvider(sdk.Provider):
    """`pulumi-resource-fleet` over one machine."""

    def __init__(self, machine: LocalMachine) -> None:
        self._kinds = {kind.type_name: kind(machine) for kind in KINDS}

    async def configure(self, request: sdk.ConfigureRequest) -> sdk.ConfigureResponse:
        """Say what we support: secrets yes; no previews, so outputs stay true unknowns there."""
        return sdk.ConfigureResponse(accept_secrets=True, accept_outputs=False)

    async def check(self, request: sdk.CheckRequest) -> sdk.CheckResponse:
        """Judge the inputs."""
        faults = self._kind(request.type).faults(plain(request.new_inputs))
        return sdk.CheckResponse(
            inputs=request.new_inputs,
            failures=[sdk.CheckFailure(prop, why) for prop, why in sorted(faults.items())],
        )

    async def diff(self, request: sdk.DiffRequest) -> sdk.DiffResponse:
        """Compare inputs with the record, and the record with the world."""
        kind = self._kind(request.type)
        state, wanted = plain(request.old_state), plain(request.new_inputs)
        changed = kind.changed_inputs(state, wanted)
        # Changed inputs are shown by themselves: what the world lacks by them is their consequence.
        stray = set() if changed else await _blocking(lambda: kind.differences(state, wanted))
        replaces = sorted(changed & kind.replaced_by)
        detailed = {
            name: sdk.PropertyDiff(
                sdk.PropertyDiffKind.UPDATE_REPLACE
                if name in replaces
                else sdk.PropertyDiffKind.UPDATE,
                input_diff=name in changed,
            )
            for name in sorted(changed | stray)
        }
        return sdk.DiffResponse(
            changes=bool(detailed),
            replaces=replaces,
            diffs=sorted(detailed),
            detailed_diff=detailed,
            # The new one would find the old one's ports and files taken.
            delete_before_replace=True,
        )

    async def create(self, request: sdk.CreateRequest) -> sdk.CreateResponse:
        """Make it, or adopt what a killed create left."""
        kind, values = self._kind(request.type), plain(request.properties)
        wanted = kind.parse(values)
        made = await _blocking(lambda: kind.make(wanted))
        return sdk.CreateResponse(
            kind.identity(wanted), properties({**values, **made}, kind.secret)
        )

    async def read(self, request: sdk.ReadRequest) -> sdk.ReadResponse:
        """What stands; no id where nothing of it is left."""
        kind, state = self._kind(request.type), plain(request.properties)
        wanted = kind.parse(state)
        seen = await _blocking(lambda: kind.look(wanted))
        if seen is None:
            return sdk.ReadResponse(resource_id="")
        return sdk.ReadResponse(
            request.resource_id, properties({**state, **seen}, kind.secret), request.inputs
        )

    async def update(self, request: sdk.UpdateRequest) -> sdk.UpdateResponse:
        """Bring it to the new inputs."""
        kind, values = self._kind(request.type), plain(request.news)
        wanted = kind.parse(values)
        made = await _blocking(lambda: kind.make(wanted))
        return sdk.UpdateResponse(properties({**values, **made}, kind.secret))

    async def delete(self, request: sdk.DeleteRequest) -> None:
        """Remove it."""
        kind = self._kind(request.type)
        wanted = kind.parse(plain(request.properties))
        await _blocking(lambda: kind.remove(wanted))

    async def cancel(self) -> None:
        """Nothing to stop: every call is short and safe to repeat."""

    def _kind(self, token: str) -> Kind[Any]:
        try:
            return self._kinds[token]
        except KeyError:
            raise Refused(f"the fleet provider has no resource {token}") from None


async def _blocking(call: Callable[[], _Result]) -> _Result:
    try:
        return await asyncio.to_thread(call)
    except FleetError as error:
        lang = language_of(os.environ)
        fix = f" ({error.fix.render(lang)})" if error.fix else ""
        # One line: the engine shows its readers no more than the first.
        raise Refused(" ".join(f"{error.summary.render(lang)}{fix}".split())) from error
