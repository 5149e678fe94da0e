"""The composition root of plans without credentials, and the keys of observations.

Nothing here opens a state folder, a secret store or a connection, except to sign.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from fleet.adapters.atomic import write_private
from fleet.adapters.clock import SystemClock
from fleet.adapters.signing import SCHEME, KeySigner, verify
from fleet.app.compose import Ground
from fleet.drivers.registry import drivers
from fleet.model.errors import AlteredPlan, FleetError
from fleet.model.sight import FleetObservation
from fleet.model.text import text
from fleet.plan.observed import from_bytes, to_bytes, trusted_keys
from fleet.wiring.build import commit_of, load_city
from fleet.wiring.code import code_digest
from fleet.wiring.state import state_folder

ENROLLED = "observers.pub"


def open_ground(city_dir: Path) -> Ground:
    """A city, its drivers' knowledge and the time: all that a plan without credentials needs.

    Raises:
        InventoryError: the city has faults; every one of them is in the error.
    """
    city = load_city(city_dir)
    return Ground(city, drivers(), code_digest(), commit_of(city_dir), SystemClock().now())


def signer(state_dir: Path) -> KeySigner:
    """The signer of this state folder.

    Raises:
        SecretError, StoreError: its key or its folder cannot be used.
    """
    state_folder(state_dir)
    return KeySigner(state_dir / "keys" / "observer-key.pem")


def trusted(city_dir: Path, given: str | None = None) -> dict[str, str]:
    """The public keys that may sign observations: `given` (a key, or a file), else the city's.

    Raises:
        AlteredPlan: there is no such file, or a line of it is no key.
    """
    if given is not None and given.startswith(SCHEME):
        return trusted_keys(given)
    path = Path(given) if given is not None else city_dir / ENROLLED
    try:
        return trusted_keys(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise AlteredPlan(
            text(
                "no key is trusted to sign observations: {f} cannot be read",
                "没有受信任的观测签名密钥：无法读取 {f}",
                f=path,
            ),
            text(
                "enrol one with: fleet observe --enrol, or name one with --observer-key",
                "请登记：fleet observe --enrol，或用 --observer-key 指定",
            ),
        ) from error


def enrol(city_dir: Path, public: str, name: str) -> bool:
    """Add a public key to the city's trusted ones; False if it is there already.

    Raises:
        FleetError: the file cannot be written, or holds something else.
    """
    path = city_dir / ENROLLED
    try:
        words = path.read_text("utf-8") if path.exists() else ""
    except (OSError, UnicodeDecodeError) as error:
        raise FleetError(
            text("cannot read {f}: {e}", "无法读取 {f}：{e}", f=path, e=error)
        ) from error
    if public in trusted_keys(words):
        return False
    try:
        with path.open("a", encoding="utf-8") as file:
            file.write("" if not words or words.endswith("\n") else "\n")
            file.write(f"{public} {name}\n")
    except OSError as error:
        raise _unwritable(path, error) from error
    return True


def read_observation(path: Path, city: str, keys: Collection[str]) -> FleetObservation:
    """Read a signed observation of this city.

    Raises:
        AlteredPlan: it cannot be read, was changed, or is foreign.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise AlteredPlan(
            text("cannot read {f}: {e}", "无法读取 {f}：{e}", f=path, e=error.strerror)
        ) from error
    return from_bytes(raw, city, keys, verify)


def write_observation(path: Path, observation: FleetObservation, by: KeySigner) -> None:
    """Write a signed observation, whole or not at all; 0600, since devices describe themselves.

    Raises:
        FleetError: it cannot be written.
    """
    try:
        write_private(path.absolute(), to_bytes(observation, by))
    except OSError as error:
        raise _unwritable(path, error) from error


def _unwritable(path: Path, error: OSError) -> FleetError:
    return FleetError(text("cannot write {f}: {e}", "无法写入 {f}：{e}", f=path, e=error.strerror))
