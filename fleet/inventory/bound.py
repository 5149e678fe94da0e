"""A mapping of a file after its values have been checked: typed access, and the place of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from fleet.model.device import FieldValue
from fleet.model.diagnostic import Position


@dataclass(frozen=True)
class Template:
    """A secret reference as written; placeholders are filled for each device.

    Empty where a literal stood: the policy refuses it, the reader does not keep it.
    """

    uri: str


@dataclass(frozen=True)
class Items:
    """The valid values of a list, each with its place."""

    values: tuple[tuple[object, Position], ...]


@dataclass(frozen=True)
class Bound:
    """An object's valid fields; `nulls` are those that say null where that means something."""

    position: Position
    values: Mapping[str, object] = field(default_factory=dict)
    places: Mapping[str, Position] = field(default_factory=dict)
    nulls: frozenset[str] = frozenset()

    def text(self, name: str) -> str | None:
        """A text or an enum's name."""
        value = self.values.get(name)
        return value if isinstance(value, str) else None

    def need(self, name: str) -> str:
        """A required text; empty where it was faulty (a finding says so already)."""
        return self.text(name) or ""

    def whole(self, name: str, default: int = 0) -> int:
        """A whole number."""
        value = self.values.get(name)
        return value if isinstance(value, int) else default

    def number(self, name: str) -> float:
        """A number; 0 where it is missing."""
        value = self.values.get(name)
        return float(value) if isinstance(value, int | float) else 0.0

    def truth(self, name: str) -> bool:
        """A truth value; false where it is missing."""
        return self.values.get(name) is True

    def secret(self, name: str) -> Template | None:
        """A secret reference."""
        value = self.values.get(name)
        return value if isinstance(value, Template) else None

    def child(self, name: str) -> Bound | None:
        """An object inside."""
        value = self.values.get(name)
        return value if isinstance(value, Bound) else None

    def children(self, name: str) -> list[Bound]:
        """The objects of a list."""
        return [v for v, _ in self._items(name) if isinstance(v, Bound)]

    def placed(self, name: str) -> list[tuple[str, Position]]:
        """The texts of a list, each with its place."""
        return [(v, p) for v, p in self._items(name) if isinstance(v, str)]

    def texts(self, name: str) -> list[str]:
        """The texts of a list."""
        return [v for v, _ in self.placed(name)]

    def _items(self, name: str) -> tuple[tuple[object, Position], ...]:
        value = self.values.get(name)
        return value.values if isinstance(value, Items) else ()

    def named(self, name: str) -> Mapping[str, Bound]:
        """The objects of a mapping with free keys."""
        value = self.child(name)
        if value is None:
            return {}
        return {k: v for k, v in value.values.items() if isinstance(v, Bound)}

    def setting(self, name: str) -> FieldValue | Template:
        """The value of a canonical setting; None where it is explicitly unmanaged."""
        value = self.values.get(name)
        if isinstance(value, str | int | Template):
            return value
        return self.texts(name) if isinstance(value, Items) else None

    def place(self, name: str) -> Position:
        """Where a field's value stands, or the object where it is missing."""
        return self.places.get(name, self.position)
