"""`fleet explain DEVICE [FIELD]`: value, origin, what was overridden."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fleet.cli.context import Context, pass_ctx
from fleet.cli.kit import argument, command
from fleet.model.text import text

if TYPE_CHECKING:
    from fleet.app.explain import Explained, Explanation, Said


@command(
    "explain",
    help=text(
        "Where a device's values come from: value, file:line, what was overridden.\n\n"
        "SUBJECT is a device or a compound; FIELD narrows it to one field.\n"
        "A field that nobody sets is unmanaged: read and shown, never written.",
        "说明设备的值来自何处：值、文件:行、被覆盖的值。\n\n"
        "SUBJECT 为设备或小区编号；FIELD 只看一个字段。\n"
        "没有设置的字段为“未托管”：只读取和显示，从不写入。",
    ),
)
@argument("subject", help=text("The id of a device or a compound.", "设备或小区编号。"))
@argument(
    "field",
    required=False,
    help=text(
        "One field, like open_time_s; without it all.", "字段名，如 open_time_s；不给时列出全部。"
    ),
)
@pass_ctx
def explain(ctx: Context, subject: str, field: str | None) -> None:
    """Explain a device, a compound, or one field."""
    from fleet.app.explain import explain as find

    found = find(ctx.city_dir, subject, field)
    if ctx.json:
        ctx.out_json(_json(ctx, found))
        return
    # A device's kind is the word of its YAML; a compound's file has no such word.
    compound = text("compound", "小区")
    kind = ctx.render(compound) if found.kind == compound.en else found.kind
    where = ", ".join(str(word) for word in (kind, found.position) if word)
    ctx.out(f"{found.subject}  {found.name}  ({where})")
    for explained in found.fields:
        _field(ctx, explained, with_meaning=field is not None)
    if found.unmanaged:
        names = ", ".join(found.unmanaged)
        ctx.out(text("  unmanaged: {n}", "  未托管：{n}", n=names))


def _field(ctx: Context, explained: Explained, with_meaning: bool) -> None:
    ctx.out(f"  {explained.field} = {_line(ctx, explained.winner)}")
    if with_meaning and explained.meaning is not None:
        ctx.out(f"      {ctx.render(explained.meaning)}")
    for said in explained.overridden:
        ctx.out(text("      overrides {s}", "      覆盖了 {s}", s=_line(ctx, said)))


def _line(ctx: Context, said: Said) -> str:
    where = " ".join(str(word) for word in (ctx.render(said.level), said.position) if word)
    return f"{ctx.render(said.shown)}  [{where}]"


def _json(ctx: Context, found: Explanation) -> dict[str, object]:
    return {
        "subject": found.subject,
        "name": found.name,
        "kind": found.kind,
        "compound": found.compound,
        "position": str(found.position) if found.position else None,
        "fields": [
            {
                "field": f.field,
                "managed": f.winner.value is not None,
                **_said(ctx, f.winner),
                "overridden": [_said(ctx, s) for s in f.overridden],
                "meaning": ctx.render(f.meaning) if f.meaning else None,
            }
            for f in found.fields
        ],
        "unmanaged": list(found.unmanaged),
    }


def _said(ctx: Context, said: Said) -> dict[str, object]:
    return {
        "value": said.value,
        "level": said.level.en,
        "position": str(said.position) if said.position else None,
    }
