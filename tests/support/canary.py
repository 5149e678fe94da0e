"""Looks for secrets in files, in clear and in every form a program may have copied them in."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from urllib.parse import quote, quote_plus


def forms(secret: str) -> dict[str, bytes]:
    """Every encoding of a secret that is looked for, by name.

    Base64 is looked for at each of its three alignments (what is around the secret is not known),
    with the characters that depend on the neighbours cut off.
    """
    raw = secret.encode()
    found = {
        "plain": raw,
        "hex": raw.hex().encode(),
        "HEX": raw.hex().upper().encode(),
        "url": quote(secret, safe="").encode(),
        "form": quote_plus(secret).encode(),
        "json": json.dumps(secret)[1:-1].encode(),
        "json ascii": json.dumps(secret, ensure_ascii=False)[1:-1].encode(),
        "utf-16": secret.encode("utf-16-le"),
    }
    for shift in range(3):
        encoded = base64.b64encode(b"\0" * shift + raw)
        start, end = (0, 2, 3)[shift], len(encoded) - (0 if (shift + len(raw)) % 3 == 0 else 4)
        found[f"base64+{shift}"] = encoded[start:end]
        found[f"base64url+{shift}"] = base64.urlsafe_b64encode(b"\0" * shift + raw)[start:end]
    return {name: form for name, form in found.items() if len(form) >= 6}


def scan(paths: Iterable[Path], secrets: Mapping[str, str]) -> list[str]:
    """Where under `paths` one of `secrets` (name → value) stands, as `FILE: NAME (FORM)`.

    Reads files and symbolic links' names; file names count as content. Never shows a value.
    """
    wanted = {
        (name, form): found
        for name, secret in secrets.items()
        for form, found in forms(secret).items()
    }
    hits = []
    for path in _files(paths):
        try:
            data = path.read_bytes()
        except (FileNotFoundError, OSError):
            # A socket, or gone since it was listed.
            data = b""
        data += b"\0" + str(path).encode()
        hits += [f"{path}: {name} ({form})" for (name, form), f in wanted.items() if f in data]
    return hits


def _files(paths: Iterable[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            yield from (p for p in path.rglob("*") if not p.is_dir())
        elif path.exists():
            yield path
