"""Which logins are accepted, and which version of a credential authenticated."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from fleet.model.registrar import Account
from fleet.protocols.digest import Credentials, verify


class Accounts:
    """Several versions of one user are all accepted; the newest is tried first."""

    def __init__(self, accounts: Iterable[Account]) -> None:
        self._by_user: dict[str, list[Account]] = defaultdict(list)
        for account in sorted(accounts, key=lambda a: a.version, reverse=True):
            self._by_user[account.username].append(account)

    def authenticate(self, credentials: Credentials, method: str) -> Account | None:
        """The account whose HA1 made the answer; None where none did."""
        # HA1 is MD5's (model/registrar.py): an answer in another algorithm cannot be judged.
        if credentials.algorithm != "MD5":
            return None
        known = self._by_user.get(credentials.username, ())
        return next((a for a in known if verify(credentials, a.ha1, method)), None)

    def knows(self, username: str) -> bool:
        """Whether there is such a user at all."""
        return username in self._by_user

    def accepts(self, username: str, version: int) -> bool:
        """Whether this version of this user is among the accepted ones."""
        return any(a.version == version for a in self._by_user.get(username, ()))

    def __len__(self) -> int:
        """How many users there are."""
        return len(self._by_user)
