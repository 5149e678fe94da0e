"""What the fleet may ask on the control socket (docs/reference/registrar.md)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from fleet.services.configfile import CannotRun
from fleet.services.control import Answer, Verb
from fleet.services.registrar.catalogs import CatalogFailed
from fleet.services.registrar.configfile import read_config
from fleet.services.registrar.service import Registrar

QUERY_S, QUERY_MAX_S = 5.0, 60.0


class Verbs:
    """The verbs of one registrar; an answer has `ok`, and `error` where that is false."""

    def __init__(self, registrar: Registrar, config_file: Path) -> None:
        self._registrar = registrar
        self._config_file = config_file

    def table(self) -> Mapping[str, Verb]:
        """The verbs by name."""
        return {
            "status": self.status,
            "registrations": self.registrations,
            "refusals": self.refusals,
            "query_catalog": self.query_catalog,
            "reload": self.reload,
        }

    async def status(self, request: Mapping[str, object]) -> Answer:
        """How the service stands."""
        return {"ok": True, **self._registrar.status()}

    async def registrations(self, request: Mapping[str, object]) -> Answer:
        """Every binding (model/registrar.py: Binding)."""
        views = [view.model_dump(mode="json") for view in self._registrar.views()]
        return {"ok": True, "registrations": views}

    async def refusals(self, request: Mapping[str, object]) -> Answer:
        """What was refused lately (model/registrar.py: Refusal), the newest first."""
        views = [view.model_dump(mode="json") for view in self._registrar.refusals.views()]
        return {"ok": True, "refusals": views}

    async def query_catalog(self, request: Mapping[str, object]) -> Answer:
        """Query the catalog of `gb_id` afresh, within `timeout_s` seconds."""
        timeout_s = request.get("timeout_s", QUERY_S)
        if isinstance(timeout_s, bool) or not isinstance(timeout_s, int | float):
            return {"ok": False, "error": "timeout_s is no number"}
        if not 0 < timeout_s <= QUERY_MAX_S:
            return {"ok": False, "error": f"timeout_s is not within 0 and {QUERY_MAX_S:g} s"}
        try:
            binding = await self._registrar.query_catalog(str(request.get("gb_id")), timeout_s)
        except CatalogFailed as error:
            return {"ok": False, "error": str(error)}
        return {"ok": True, "binding": binding.model_dump(mode="json")}

    async def reload(self, request: Mapping[str, object]) -> Answer:
        """Take up the accounts of the configuration file as it stands now."""
        try:
            config = read_config(self._config_file)
            running = self._registrar.config
            if config.model_copy(update={"accounts": running.accounts}) != running:
                return {"ok": False, "error": "more than the accounts changed: a restart is needed"}
            await self._registrar.use_accounts(config.accounts)
        except (CannotRun, OSError) as error:
            return {"ok": False, "error": str(error)}
        return {"ok": True, "users": len({account.username for account in config.accounts})}
