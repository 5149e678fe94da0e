"""A factory-new device over ISAPI: is it one, and its first password (PUT /ISAPI/System/activate).

The plain form of older firmware: the password travels in the document, so do it on a wire of one's
own. Newer firmware wants a key exchange (/ISAPI/Security/challenge), refuses this form, and is
told as such.
"""

from __future__ import annotations

from xml.sax.saxutils import escape

from fleet.drivers import complaints
from fleet.drivers.isapi.channel import Channel
from fleet.drivers.isapi.document import BadDocument
from fleet.drivers.isapi.status import is_absent, is_activated, response_status
from fleet.drivers.isapi.tables import ACTIVATE_STATUS
from fleet.drivers.reasons import about
from fleet.model.secret import Secret
from fleet.model.text import text

ACTIVATE = "/ISAPI/System/activate"
_RESOURCE = "activate"
_BODY = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<ActivateInfo version="2.0" xmlns="http://www.hikvision.com/ver20/XMLSchema">\n'
    "<password>{password}</password>\n</ActivateInfo>\n"
)


async def is_active(channel: Channel) -> bool:
    """Whether the device has a password; firmware without the page, or behind a login, has one.

    Raises:
        Unreachable, MalformedReply: as named.
    """
    reply = await channel.plain(ACTIVATE_STATUS)
    if reply.status == 200:
        try:
            return is_activated(reply.body)
        except BadDocument as error:
            raise complaints.malformed(
                channel.device, ACTIVATE_STATUS, channel.hidden.told(error)
            ) from None
    if is_absent(reply.status, reply.body) or reply.status in (401, 403):
        return True
    raise channel.odd_status(ACTIVATE_STATUS, reply.status)


async def give_password(channel: Channel, password: Secret) -> None:
    """Send the first password, once.

    Raises:
        WriteRefused: the device said no; it may have been activated by somebody else meanwhile.
        Unreachable, MalformedReply: nobody knows whether it arrived.
    """
    channel.hidden.add(password)
    body = _BODY.format(password=escape(password.reveal())).encode()
    reply = await channel.put_plain(ACTIVATE, body, "application/xml")
    if is_absent(reply.status, reply.body):
        why = text(
            "this firmware activates by a key exchange that is not spoken here",
            "该固件须经密钥交换激活，本驱动不支持",
        )
        raise complaints.write_refused(channel.device, _RESOURCE, why)
    try:
        status = response_status(reply.body).without(channel.hidden.words)
    except BadDocument as error:
        if 400 <= reply.status < 500:
            raise complaints.write_refused(
                channel.device, _RESOURCE, f"HTTP {reply.status}"
            ) from None
        raise complaints.malformed(
            channel.device, ACTIVATE, channel.hidden.told(about(f"HTTP {reply.status}", error))
        ) from None
    if not status.done or reply.status != 200:
        raise complaints.write_refused(channel.device, _RESOURCE, status)
