"""`fleet device`: acts on one device by name."""

from __future__ import annotations

from fleet.cli.kit import group
from fleet.model.text import text


@group(
    "device",
    help=text("Act on one device.", "对单台设备操作。"),
    lazy={
        "activate": (
            "fleet.cli.device_activate:activate",
            text("Give a factory-new device its first password.", "激活出厂设备。"),
        ),
        "pin": (
            "fleet.cli.device_pin:pin",
            text("Take a switch's SSH host key once.", "登记交换机的 SSH 主机密钥。"),
        ),
        "repower": (
            "fleet.cli.device_repower:repower",
            text(
                "Power-cycle a hung device over its switch's port.",
                "经交换机端口为故障设备断电重启。",
            ),
        ),
        "unlock": (
            "fleet.cli.device_unlock:unlock",
            text(
                "The password was corrected: try the device again before the wait is over.",
                "口令已更正：不等待期满即可再次尝试该设备。",
            ),
        ),
    },
)
def device() -> None:
    """Group of the device's verbs."""
