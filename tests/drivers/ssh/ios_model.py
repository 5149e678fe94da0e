"""A small model of an IOS configuration: takes typed lines, shows what they made; ours alone."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class IosModel:
    """Sections by head, in the order in which they were made; lines by what they set.

    A line replaces the one that says the same thing, `no` takes one away, and an unknown line is an
    error of the test.
    """

    sections: dict[str, dict[str, str]] = field(default_factory=dict)
    top: dict[str, str] = field(default_factory=dict)
    head: str = ""
    guarded_while_made: bool = False

    def type(self, *lines: str) -> None:
        """Take lines in configuration mode."""
        for line in lines:
            self._line(line)

    def show(self) -> str:
        """The configuration as `show running-config` has it."""
        parts = [f"{line}\n!\n" for line in self.top.values()]
        for head, lines in self.sections.items():
            parts.append(f"{head}\n" + "".join(f" {line}\n" for line in lines.values()) + "!\n")
        return "Current configuration : 1 bytes\n!\n" + "".join(parts) + "end\n"

    def _line(self, line: str) -> None:
        words = line.split()
        if line == "exit":
            assert self.head, "nothing to leave"
            self.head = ""
        elif not self.head:
            self._global(line, words)
        else:
            self._inside(line, words)

    def _global(self, line: str, words: list[str]) -> None:
        match words:
            case ["no", "ip", "access-list", "extended", name]:
                del self.sections[f"ip access-list extended {name}"]
            case ["no", "vlan", _]:
                del self.sections[line.removeprefix("no ")]
            case ["no", *rest]:
                del self.top[" ".join(rest)]
            case ["vlan" | "interface", _] | ["ip", "access-list", "extended", _]:
                if words[0] == "ip" and self._guards():
                    self.guarded_while_made = True
                self.sections.setdefault(line, {})
                self.head = line
            case ["hostname", _]:
                self.top["hostname"] = line
            case ["ip", "route", *_] | ["ntp", "server", _]:
                self.top[line] = line
            case _:
                raise AssertionError(f"no such line: {line}")

    def _inside(self, line: str, words: list[str]) -> None:
        lines = self.sections[self.head]
        match words:
            case ["no", "ip", "access-group", *_]:
                del lines["ip access-group"]
            case ["no", "ip", "address"]:
                del lines["ip address"]
            case ["no", ("description" | "name") as what]:
                del lines[what]
            case ["no", "switchport", *rest]:
                lines.pop(" ".join(["switchport", *rest[:2]]), None)
            case ["power", "inline", how]:
                lines.pop("power", None)
                if how == "never":
                    lines["power"] = line
            case ["permit" | "deny", *_]:
                lines[f"{(len(lines) + 1) * 10}"] = f"{(len(lines) + 1) * 10} {line}"
            case ["description" | "name", *_]:
                lines[words[0]] = line
            case ["ip" | "switchport", *_]:
                key = " ".join(words[:2] if words[1] in ("mode", "address") else words[:3])
                key = "ip access-group" if words[1] == "access-group" else key
                lines[key] = line
            case _:
                raise AssertionError(f"no such line in {self.head}: {line}")

    def _guards(self) -> bool:
        return any("ip access-group" in lines for lines in self.sections.values())
