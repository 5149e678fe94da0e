"""Shows one comment on a pull request and edits it in place; finds it again after the merge.

`put MARK FILE` writes FILE, whose first line is MARK, as the bot's comment of the pull request.
`get MARK` prints the bot's comment of the pull request that this commit came from. Only comments of
the bot itself count: anybody may write a comment with the same first line. Standard library alone.

FLEET_HOST: github, gitea or gitlab. FLEET_TOKEN: may read and write comments. FLEET_BOT: the name
of the token's user (default: the host's own robot). FLEET_PR, FLEET_COMMIT: the pull request (put)
and the commit (get); FLEET_API, FLEET_REPO: the API's address and the repository. What the hosts'
own pipelines set is taken where these are absent.
"""

from __future__ import annotations

import json
import os
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

PER_PAGE, PAGES_MAX, TIMEOUT_S = 50, 40, 30
ROBOTS = {"github": "github-actions[bot]", "gitea": "gitea-actions", "gitlab": ""}


def setting(*names: str) -> str:
    """The first of these environment variables that is set; empty if none is."""
    return next((value for name in names if (value := os.environ.get(name))), "")


@dataclass(frozen=True)
class Host:
    """One host's API, of the three that differ in paths and names alone."""

    kind: str
    api: str
    repo: str
    token: str
    bot: str

    @classmethod
    def of_environment(cls) -> Host:
        """The host that the environment names; ends the program where something is missing."""
        kind = setting("FLEET_HOST")
        if kind not in ROBOTS:
            sys.exit("host.py: FLEET_HOST is github, gitea or gitlab")
        found = cls(
            kind=kind,
            api=setting("FLEET_API", "CI_API_V4_URL", "GITHUB_API_URL").rstrip("/"),
            repo=setting("FLEET_REPO", "CI_PROJECT_ID", "GITHUB_REPOSITORY"),
            token=setting("FLEET_TOKEN", "GITHUB_TOKEN"),
            bot=setting("FLEET_BOT") or ROBOTS[kind],
        )
        for name in ("api", "repo", "token", "bot"):
            if not getattr(found, name):
                sys.exit(f"host.py: FLEET_{name.upper()} is not set")
        return found

    def comments(self, number: str) -> Iterator[tuple[str, str, str]]:
        """Id, author and text of every comment of a pull request."""
        for page in range(1, PAGES_MAX + 1):
            found = self.ask("GET", f"{self._thread(number)}?per_page={PER_PAGE}&limit={PER_PAGE}"
                             f"&page={page}")  # fmt: skip
            for one in found:
                who = one.get("author" if self.kind == "gitlab" else "user") or {}
                name = who.get("username" if self.kind == "gitlab" else "login") or ""
                yield str(one["id"]), str(name), str(one.get("body") or "")
            if len(found) < PER_PAGE:
                return

    def mine(self, number: str, mark: str) -> tuple[str, str] | None:
        """Id and text of the bot's own comment with this first line; None if there is none."""
        for one, author, body in self.comments(number):
            if author == self.bot and body.splitlines()[:1] == [mark]:
                return one, body
        return None

    def put(self, number: str, mark: str, body: str) -> None:
        """Write the comment, or edit the one that is there."""
        known = self.mine(number, mark)
        if known is None:
            self.ask("POST", self._thread(number), {"body": body})
        elif self.kind == "gitlab":
            self.ask("PUT", f"{self._thread(number)}/{known[0]}", {"body": body})
        else:
            self.ask("PATCH", f"{self._base()}/issues/comments/{known[0]}", {"body": body})

    def pull_request(self, commit: str) -> str:
        """The number of the pull request that a commit of the base branch came from."""
        if self.kind == "gitlab":
            found = self.ask("GET", f"{self._base()}/repository/commits/{commit}/merge_requests")
            return str(found[0]["iid"]) if found else ""
        last = "pull" if self.kind == "gitea" else "pulls"
        found = self.ask("GET", f"{self._base()}/commits/{commit}/{last}")
        return str(found[0]["number"]) if found else ""

    def ask(
        self, method: str, path: str, body: dict[str, str] | None = None
    ) -> list[dict[str, Any]]:
        """One call of the API, one object as a list of one; ends the program if it is refused."""
        keys = {"PRIVATE-TOKEN": self.token}
        if self.kind != "gitlab":
            keys = {"Authorization": f"token {self.token}"}
        request = urllib.request.Request(  # noqa: S310 - the address is the operator's own
            f"{self.api}{path}",
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json", "Accept": "application/json", **keys},
            method=method,
        )
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:  # noqa: S310 - as above
                found = json.load(answer)
                return found if isinstance(found, list) else [found]
        except (urllib.error.URLError, ValueError) as error:
            sys.exit(f"host.py: {method} {path}: {error}")

    def _base(self) -> str:
        if self.kind == "gitlab":
            return f"/projects/{quote(self.repo, safe='')}"
        return f"/repos/{self.repo}"

    def _thread(self, number: str) -> str:
        if self.kind == "gitlab":
            return f"{self._base()}/merge_requests/{number}/notes"
        return f"{self._base()}/issues/{number}/comments"


def main(arguments: list[str]) -> None:
    """Put or get; see the module."""
    host = Host.of_environment()
    if arguments[:1] == ["put"] and len(arguments) == 3:
        number = setting("FLEET_PR", "CI_MERGE_REQUEST_IID")
        host.put(number, arguments[1], Path(arguments[2]).read_text("utf-8"))
    elif arguments[:1] == ["get"] and len(arguments) == 2:
        number = host.pull_request(setting("FLEET_COMMIT", "CI_COMMIT_SHA", "GITHUB_SHA"))
        known = host.mine(number, arguments[1]) if number else None
        if known is None:
            sys.exit("host.py: no comment of ours on a pull request of this commit")
        print(known[1])
    else:
        sys.exit("usage: host.py put MARK FILE | get MARK")


if __name__ == "__main__":
    main(sys.argv[1:])
