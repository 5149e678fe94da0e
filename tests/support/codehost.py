"""A code host's API for comments, in the three dialects, over real HTTP on loopback.

Paths, field names, paging and authentication follow the public API references: GitHub "Issue
comments" and "List pull requests associated with a commit", Gitea's Swagger, GitLab "Notes" and
"List merge requests associated with a commit".
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

TOKEN = "host-token-of-the-test"
ROBOT = "fleet-robot"


@dataclass
class CodeHost:
    """One repository `city/repo` (project 7) with pull requests by number and by merge commit."""

    kind: str
    address: str = ""
    threads: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    merged: dict[str, str] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    _last: int = 0

    def write(self, number: str, author: str, body: str) -> dict[str, Any]:
        """Somebody comments."""
        self._last += 1
        who = {"username": author} if self.kind == "gitlab" else {"login": author}
        made = {"id": self._last, "author" if self.kind == "gitlab" else "user": who, "body": body}
        self.threads.setdefault(number, []).append(made)
        return made

    def of_robot(self, number: str) -> list[str]:
        """The robot's comments on a pull request."""
        key, name = ("author", "username") if self.kind == "gitlab" else ("user", "login")
        return [c["body"] for c in self.threads.get(number, []) if c[key][name] == ROBOT]

    def environment(self) -> dict[str, str]:
        """What a pipeline of this host has."""
        repo = "7" if self.kind == "gitlab" else "city/repo"
        return {
            "FLEET_HOST": self.kind,
            "FLEET_API": self.address,
            "FLEET_REPO": repo,
            "FLEET_TOKEN": TOKEN,
            "FLEET_BOT": ROBOT,
        }

    def answer(self, method: str, path: str, query: dict[str, list[str]], body: Any) -> Any:
        """The JSON of one call; None is 404."""
        self.calls.append(f"{method} {path}")
        lab = self.kind == "gitlab"
        base = "/projects/7" if lab else "/repos/city/repo"
        thread = rf"{base}/merge_requests/(\d+)/notes" if lab else rf"{base}/issues/(\d+)/comments"
        one = rf"{thread}/(\d+)" if lab else rf"{base}/issues/comments/(\d+)"
        last = {"gitlab": "merge_requests", "github": "pulls", "gitea": "pull"}[self.kind]
        commit = rf"{base}/{'repository/' if lab else ''}commits/(\w+)/{last}"
        if found := re.fullmatch(commit, path):
            number = self.merged.get(found[1])
            row = {"iid" if lab else "number": int(number)} if number else None
            return row if self.kind == "gitea" else [row] if row else []
        if (found := re.fullmatch(thread, path)) and method == "GET":
            size = int(query.get("limit" if self.kind == "gitea" else "per_page", ["30"])[0])
            start = (int(query.get("page", ["1"])[0]) - 1) * size
            return self.threads.get(found[1], [])[start : start + size]
        if found and method == "POST":
            return self.write(found[1], ROBOT, body["body"])
        if (found := re.fullmatch(one, path)) and method == ("PUT" if lab else "PATCH"):
            wanted = int(found[found.lastindex or 1])
            for comment in (c for thread in self.threads.values() for c in thread):
                if comment["id"] == wanted:
                    comment["body"] = body["body"]
                    return comment
        return None


@contextmanager
def code_host(kind: str) -> Iterator[CodeHost]:
    """A host that serves until the end of the context."""
    host = CodeHost(kind)

    class Handler(BaseHTTPRequestHandler):
        def _any(self) -> None:
            url = urlsplit(self.path)
            size = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(size)) if size else None
            known = self.headers.get("PRIVATE-TOKEN") == TOKEN
            if kind != "gitlab":
                known = self.headers.get("Authorization") == f"token {TOKEN}"
            found = host.answer(self.command, unquote(url.path), parse_qs(url.query), body)
            status = 401 if not known else 404 if found is None else 200
            data = json.dumps(found).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = do_PUT = do_PATCH = _any

        def log_message(self, *_: object) -> None:
            """No line."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    host.address = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield host
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
