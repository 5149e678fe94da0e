"""The shell scripts of the `linux` platform: pure text, from canonical fields.

The change is one detached script, never lines typed over the path that it may cut: `addr del` would
end the session before `addr add` was sent, and what an address takes with it, its routes, does not
come back with it. The undo is written and its timer started before; a rename decides who was first,
the timer or the confirmation. Names and values have the narrow forms of `LinkSettings`, so that
nothing in them means anything to a shell.
"""

from __future__ import annotations

from collections.abc import Mapping

from fleet.model.device import FieldValue
from fleet.model.links import key_of

# Root's alone, and it survives a restart.
FOLDER = "/var/lib/compound-fleet/link"
UNIT = "/etc/systemd/system/compound-fleet-link.service"
Fields = Mapping[str, FieldValue]

_HEAD = f"""set -eu
umask 077
mkdir -p {FOLDER}
cd {FOLDER}
alive() {{
  test -f "$1.timer" && grep -qs -- "$1" "/proc/$(cat "$1.timer")/cmdline"
}}
"""
# Undoes what a restart or a kill left armed without a timer.
_SETTLE = """for left in *.armed; do
  test -f "$left" || continue
  id=${left%.armed}
  alive "$id" && continue
  mv "$left" "$id.undoing" && sh "$id.undo" && mv "$id.undoing" "$id.undone"
done
"""
_RUN = """#!/bin/sh
cd "$(dirname "$0")" || exit 1
echo $$ >"$1.timer"
sleep "$2"
mv "$1.armed" "$1.undoing" 2>/dev/null || exit 0
sh "$1.undo"
mv "$1.undoing" "$1.undone"
"""
_UNIT = f"""[Unit]
Description=Addresses and routes of compound-fleet
After=network-online.target
Wants=network-online.target

[Service]
Type=oneshot
ExecStart=/bin/sh {FOLDER}/start
RemainAfterExit=yes

[Install]
WantedBy=multi-user.target
"""


def arm(trial_id: str, seconds: int, before: Fields, after: Fields) -> str:
    """Write undo and change, start the timer, and start the change apart from the session.

    It prints BUSY and the other's id, and exits 3, where another trial is under way.
    """
    return f"""{_HEAD}{_SETTLE}for other in *.armed; do
  test -f "$other" || continue
  echo "BUSY ${{other%.armed}}"
  exit 3
done
cat >run <<'END'
{_RUN}END
ip route save table all >{trial_id}.routes
ip -4 route show table main | grep -v 'proto kernel' | sed 's/ linkdown//' >{trial_id}.main || true
{{
{_undo(trial_id, before, after)}}} >{trial_id}.undo
cat >{trial_id}.change <<'END'
{_change(trial_id, before, after)}END
cat >>scope <<'END'
{_scope(before, after)}END
sort -u -o scope scope
sync
: >{trial_id}.armed
setsid -f sh {FOLDER}/run {trial_id} {seconds} </dev/null >/dev/null 2>&1
for _ in 1 2 3 4 5 6 7 8 9 10; do test -f {trial_id}.timer && break; sleep 0.1; done
alive {trial_id}
setsid -f sh {FOLDER}/{trial_id}.change </dev/null >/dev/null 2>&1
echo ARMED
"""


def state(trial_id: str) -> str:
    """Print OPEN, CONFIRMED, UNDONE or UNKNOWN; an open one has been applied by then."""
    return f"""{_HEAD}{_SETTLE}if test -f {trial_id}.armed; then
  for _ in $(seq 50); do test -f {trial_id}.applied && break; sleep 0.1; done
fi
if test -f {trial_id}.kept; then echo CONFIRMED
elif test -f {trial_id}.armed; then echo OPEN
elif test -f {trial_id}.undone; then echo UNDONE
elif test -f {trial_id}.undoing; then sleep 1; echo UNDONE
else echo UNKNOWN
fi
"""


def confirm(trial_id: str) -> str:
    """Print KEPT, or LOST where the timer was first."""
    return f"""{_HEAD}if mv {trial_id}.armed {trial_id}.kept 2>/dev/null; then
  sync
  kill -TERM "-$(cat {trial_id}.timer)" 2>/dev/null || true
  echo KEPT
elif test -f {trial_id}.kept; then echo KEPT
else echo LOST
fi
"""


def save() -> str:
    """Write what a start must bring back of all that was ever managed here, and check it.

    It prints SAVED, or OTHER where what was written is not what runs.
    """
    return f"""{_HEAD}wanted() {{
  echo '#!/bin/sh'
  echo '# Written by compound-fleet; every line may be repeated.'
  while read -r kind what; do
    case $kind in
    address)
      ip -4 -o addr show dev "$what" scope global | awk '{{print $4}}' | sort |
        while read -r a; do echo "ip addr replace $a dev $what"; done ;;
    route)
      ip -4 route show "$what" | grep ' via ' | sed 's/ linkdown//; s/ *$//' | sort |
        while read -r r; do echo "ip route replace $r"; done ;;
    esac
  done <scope
}}
touch scope
wanted >start.new
sync
mv start.new start
if test -d /etc/systemd/system && ! test -f {UNIT}; then
  cat >{UNIT} <<'END'
{_UNIT}END
  mkdir -p /etc/systemd/system/multi-user.target.wants
  ln -sf ../compound-fleet-link.service /etc/systemd/system/multi-user.target.wants/
fi
wanted >start.check
if cmp -s start start.check; then echo SAVED; else echo OTHER; fi
rm -f start.check
"""


def _undo(trial_id: str, before: Fields, after: Fields) -> str:
    """Shell lines that print the undo; what stands is asked on the device, at that moment."""
    lines = []
    for name in _interfaces(before, after):
        lines.append(f"echo 'ip -4 addr flush dev {name} scope global'")
        lines.append(
            f"ip -4 -o addr show dev {name} scope global | awk '{{print $4, $6}}' |"
            f' while read -r a b; do case "$b" in *.*) echo "ip addr add $a brd $b dev {name}" ;;'
            f' *) echo "ip addr add $a dev {name}" ;; esac; done'
        )
    lines += [f"echo 'ip route del {route} || true'" for route in _added(before, after)]
    lines.append(f"echo 'ip route restore <{FOLDER}/{trial_id}.routes 2>/dev/null || true'")
    return "".join(f"{line}\n" for line in lines)


def _change(trial_id: str, before: Fields, after: Fields) -> str:
    lines = ["cd " + FOLDER, "sleep 0.3", f"code=1; trap 'echo $code >{trial_id}.applied' EXIT"]
    lines.append("set -e")
    for name in _interfaces(before, after):
        old = {e.split()[1] for e in _of(before, "addresses") if key_of(e) == name}
        new = {e.split()[1] for e in _of(after, "addresses") if key_of(e) == name}
        lines += [f"ip addr add {a} dev {name}" for a in sorted(new - old)]
        lines += [f"ip addr del {a} dev {name}" for a in sorted(old - new)]
        # A first address takes the others of its network with it.
        lines += [f"ip addr replace {a} dev {name}" for a in sorted(new)]
    if _interfaces(before, after):
        # Not `ip route restore`: that would bring the old address back as a local route.
        lines.append(
            f"while read -r r; do ip route replace $r 2>/dev/null || true; done <{trial_id}.main"
        )
    gone = set(_of(before, "static_routes")) - set(_of(after, "static_routes"))
    # The same route may stand there several times, with other metrics.
    lines += [f"while ip route del {_worded(e)} 2>/dev/null; do :; done" for e in sorted(gone)]
    lines += [f"ip route replace {route}" for route in _added(before, after)]
    return "".join(f"{line}\n" for line in [*lines, "code=0"])


def _scope(before: Fields, after: Fields) -> str:
    """What a start must bring back, one a line."""
    lines = [f"address {name}" for name in _interfaces(before, after)]
    routes = [*_of(before, "static_routes"), *_of(after, "static_routes")]
    lines += [f"route {_worded(e).split()[0]}" for e in routes]
    return "".join(f"{line}\n" for line in lines)


def _interfaces(before: Fields, after: Fields) -> list[str]:
    """The interfaces whose addresses change."""
    both = [*_of(before, "addresses"), *_of(after, "addresses")]
    changed = {
        key_of(e)
        for e in both
        if (e in _of(before, "addresses")) is not (e in _of(after, "addresses"))
    }
    return sorted(changed)


def _added(before: Fields, after: Fields) -> list[str]:
    old = _of(before, "static_routes")
    return [_worded(e) for e in _of(after, "static_routes") if e not in old]


def _worded(entry: str) -> str:
    return entry.replace("0.0.0.0/0 ", "default ", 1)


def _of(fields: Fields, name: str) -> list[str]:
    value = fields.get(name)
    return value if isinstance(value, list) else []
