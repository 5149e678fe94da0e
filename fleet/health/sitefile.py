"""The file in which a site's health travels: canonical bytes, signed, and refused when in doubt.

One JSON object `{"body": …, "signature": …}` in the journal's canonical spelling, so that equal
facts give equal bytes and a changed blank is as visible as a changed figure. The signature
(Ed25519, RFC 8032) covers the canonical text of the body. A body tells whole civil days
(UTC+08:00); the last one may still run, and the next file tells that day again.
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Collection, Iterable, Sequence
from hashlib import sha256
from typing import Literal, NoReturn

from pydantic import Field, ValidationError

from fleet.health.times import day_begin, day_of, seconds, stamp
from fleet.journal.canonical import canonical, plain
from fleet.model.base import Frozen
from fleet.model.errors import ForeignFile
from fleet.model.evidence import Evidence, Origin
from fleet.model.health import DeviceFigures
from fleet.model.text import Text, text
from fleet.ports.signing import Signer, Verify

FILE_MAX = 64 * 1024 * 1024
# A site's clock may be ahead of ours by so much before its file counts as from the future.
AHEAD_MAX_S = 300.0
_DAY_S = 86_400.0


class SiteBody(Frozen):
    """What a site says of [`begin`, `until`): `rows` are day figures as dicts without an origin.

    `serial` counts a site's files from 1, `prev` is the sha256 of the file before (hex; empty for
    the first), `key` the public key that signs.
    """

    format: Literal["fleet-health/1"]
    city: str
    site: str
    key: str
    serial: int = Field(ge=1)
    prev: str
    begin: str
    until: str
    rows: tuple[dict[str, object], ...]


class SiteFile(Frozen):
    """A file whose signature holds; `digest` is the sha256 of its bytes in hex."""

    body: SiteBody
    digest: str

    def figures(self, taken_in: str) -> list[DeviceFigures]:
        """Its rows with the evidence that they now have.

        Raises:
            ForeignFile: a row is no day's figures.
        """
        body = self.body
        origin = Origin(
            evidence=Evidence.SITE_SIGNED,
            source=f"{body.site} {fingerprint(body.key)}",
            as_of=body.until,
            taken_in=taken_in,
        )
        try:
            return [DeviceFigures.model_validate({**row, "origin": origin}) for row in body.rows]
        except ValidationError as error:
            refuse(text("row {n} is no day's figures", "第 {n} 行不是按日统计值", n=_row_of(error)))


class Taken(Frozen):
    """A file of a site that was taken in before."""

    site: str
    serial: int
    digest: str
    begin: str
    until: str


def to_bytes(body: SiteBody, signer: Signer) -> bytes:
    """The bytes of a signed file; equal bodies and keys give equal bytes."""
    told = plain(body)
    signature = signer.sign(canonical(told).encode())
    return canonical({"body": told, "signature": signature}).encode() + b"\n"


def from_bytes(data: bytes, verify: Verify) -> SiteFile:
    """Read a file that its own key has signed; whose key that is, is for `check` to say.

    Raises:
        ForeignFile: it is no such file, or its bytes are not those that were signed.
    """
    if len(data) > FILE_MAX:
        refuse(text("it is over {n} MiB", "超过 {n} MiB", n=FILE_MAX // 2**20))
    try:
        told = json.loads(data)
        same = canonical(told).encode() + b"\n" == data
    except (ValueError, TypeError, RecursionError):
        refuse(text("it is no file of health", "不是健康文件"))
    if not isinstance(told, dict) or set(told) != {"body", "signature"}:
        refuse(text("it is no file of health", "不是健康文件"))
    try:
        body = SiteBody.model_validate(told["body"])
    except ValidationError as error:
        where = ".".join(str(part) for part in error.errors()[0]["loc"])
        refuse(text("{w} is missing or wrong", "{w} 缺失或有误", w=where or "body"))
    signed = canonical(told["body"]).encode()
    signature = str(told["signature"])
    if not (same and _one_spelling(signature) and verify(body.key, signed, signature)):
        refuse(
            text("it was altered after it was signed", "签名之后被改动"),
            text("have the site send it again", "请站点重新发送"),
        )
    return SiteFile(body=body, digest=sha256(data).hexdigest())


def _one_spelling(signature: str) -> bool:
    """Whether no other text decodes to these octets (RFC 4648, 3.5: the unused bits are zero)."""
    try:
        return b64encode(b64decode(signature, validate=True)).decode() == signature
    except ValueError:
        return False


def check(
    file: SiteFile,
    city: str,
    keys: Collection[str],
    members: dict[str, str],
    taken: Iterable[Taken],
    now: str,
) -> None:
    """Refuse what must not be taken in.

    `keys` are the public keys enrolled for the file's site, `members` maps its devices to their
    compounds, `taken` are the files of this site that were taken in before.

    Raises:
        ForeignFile: of another city, of nobody known, of other devices, from the future, here
            before, or telling of days that another file has told already.
    """
    body = file.body
    if body.city != city:
        refuse(text("it is of city {c}", "属于城市 {c}", c=body.city))
    if body.key not in keys:
        refuse(
            text(
                "site {s} has no enrolled key {k}", "站点 {s} 未登记密钥 {k}",
                s=body.site, k=fingerprint(body.key),
            ),
            text(
                "compare the fingerprint with the site, then: fleet health enrol {s} KEYFILE",
                "请与站点核对指纹后执行：fleet health enrol {s} 密钥文件", s=body.site,
            ),
        )  # fmt: skip
    _times(body, now)
    for number, row in enumerate(file.figures(now), 1):
        _row(number, row, body, members)
    _again(file, sorted(taken, key=lambda t: t.serial))


def _times(body: SiteBody, now: str) -> None:
    try:
        begin, until = seconds(body.begin), seconds(body.until)
    except ValueError:
        refuse(text("its period is no period", "统计时段无效"))
    if until <= begin or stamp(begin) != body.begin or stamp(until) != body.until:
        refuse(text("its period is no period", "统计时段无效"))
    if begin != day_begin(day_of(begin)):
        refuse(text("its period does not begin with a day", "统计时段未从零点开始"))
    if until - seconds(now) > AHEAD_MAX_S:
        refuse(
            text("it speaks of the future ({u})", "内容涉及未来（{u}）", u=body.until),
            text("correct the site's clock", "请校正站点时钟"),
        )


def _row(number: int, row: DeviceFigures, body: SiteBody, members: dict[str, str]) -> None:
    if members.get(row.device) != row.compound:
        refuse(
            text(
                "row {n}: {d} of {c} is no device of site {s}",
                "第 {n} 行：{c} 的 {d} 不是站点 {s} 的设备",
                n=number, d=row.device, c=row.compound, s=body.site,
            ),
            text("bring both inventories to one state", "请使两端清单一致"),
        )  # fmt: skip
    first, last = seconds(row.begin), seconds(row.end)
    day = day_begin(day_of(first))
    told_until = min(last, seconds(body.until))
    if (
        stamp(first) != row.begin
        or first != day
        or last != day + _DAY_S
        or first < seconds(body.begin)
        or first >= seconds(body.until)
        or row.watched_s > told_until - first + 0.01 * 2
        or (row.answered or 0) > (row.tried or 0)
    ):
        refuse(
            text(
                "row {n}: {d} cannot be so on {b}", "第 {n} 行：{d} 在 {b} 的数值不可能成立",
                n=number, d=row.device, b=row.begin,
            )
        )  # fmt: skip


def _again(file: SiteFile, taken: Sequence[Taken]) -> None:
    body = file.body
    for before in taken:
        if before.digest == file.digest:
            refuse(
                text("it was taken in before", "此前已经导入"),
                text("nothing is to be done", "无需处理"),
            )
        if before.serial == body.serial:
            refuse(text("another file {n} was taken in before", "此前已导入另一个第 {n} 号文件",
                        n=body.serial))  # fmt: skip
        earlier, later = (before, body) if before.serial < body.serial else (body, before)
        # The day that ran at the end of one file is told again by the next; no other day is.
        running = day_begin(day_of(seconds(earlier.until)))
        if seconds(later.begin) < running:
            refuse(
                text(
                    "file {n} tells of days that file {m} has told already ({b} – {u})",
                    "第 {n} 号文件与已导入的第 {m} 号文件（{b} – {u}）日期重叠",
                    n=body.serial, m=before.serial, b=before.begin, u=before.until,
                )
            )  # fmt: skip


def gap(file: SiteFile, taken: Iterable[Taken]) -> tuple[int, ...]:
    """Serial numbers before this file that have not been taken in: days that stay unknown."""
    have = {t.serial for t in taken} | {file.body.serial}
    return tuple(n for n in range(1, file.body.serial) if n not in have)


def row_of(figures: DeviceFigures) -> dict[str, object]:
    """A row as it travels: what is not told is left out, and the origin is the file's."""
    return figures.model_dump(mode="json", exclude={"origin"}, exclude_defaults=True)


def tells(figures: DeviceFigures) -> bool:
    """Whether a row says anything beyond that nobody watched."""
    silent = {"device", "compound", "begin", "end", "online_s", "offline_s"}
    return figures.watched_s > 0 or bool(set(row_of(figures)) - silent)


def fingerprint(public: str) -> str:
    """Sixteen hex digits that two people can compare over the phone."""
    digits = sha256(public.encode()).hexdigest()[:16]
    return "-".join(digits[i : i + 4] for i in range(0, 16, 4))


def refuse(why: Text, fix: Text | None = None) -> NoReturn:
    """Nothing of a file is taken in.

    Raises:
        ForeignFile: always.
    """
    raise ForeignFile(why, fix)


def _row_of(error: ValidationError) -> str:
    return ".".join(str(part) for part in error.errors()[0]["loc"])
