"""A GB/T 28181 recorder in plain sockets and strings, sharing no line with our own codecs."""

from __future__ import annotations

import hashlib
import re
import secrets
import socket
from dataclasses import dataclass, field

SERVER = "34070500002000000001"
DOMAIN = "3407050000"
GB_ID = "34070501001180000001"
WAIT_S = 10.0


def md5(words: str) -> str:
    """MD5 in hex."""
    return hashlib.md5(words.encode(), usedforsecurity=False).hexdigest()


def ha1(user: str, password: str) -> str:
    """What the registrar's configuration holds of a password."""
    return md5(f"{user}:{DOMAIN}:{password}")


def status(datagram: bytes) -> int:
    """The status of a response."""
    return int(datagram.split(b" ", 2)[1])


def header(datagram: bytes, name: str) -> str:
    """One header's value; "" where there is none."""
    found = re.search(rf"^{name}: *(.*?)\r$".encode(), datagram, re.M | re.I)
    return found[1].decode() if found else ""


@dataclass
class Device:
    """One recorder with a socket of its own, towards one registrar."""

    server: tuple[str, int]
    address: str
    gb_id: str = GB_ID
    password: str = "Aa1Bb2Cc3Dd4Ee5F"
    call: str = field(default_factory=lambda: secrets.token_hex(6))
    cseq: int = 0

    def __post_init__(self) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((self.address, 0))
        self.socket.settimeout(WAIT_S)
        self.port = int(self.socket.getsockname()[1])

    def close(self) -> None:
        """Fall silent."""
        self.socket.close()

    def build(self, method: str, lines: tuple[str, ...] = (), body: str = "") -> bytes:
        """A request; every one has a CSeq and branch of its own."""
        self.cseq += 1
        coded = body.encode("gb18030")
        branch = f"z9hG4bK{secrets.token_hex(6)}"
        head = (
            f"{method} sip:{SERVER}@{DOMAIN} SIP/2.0",
            f"Via: SIP/2.0/UDP {self.address}:{self.port};rport;branch={branch}",
            f"From: <sip:{self.gb_id}@{DOMAIN}>;tag={self.call}",
            f"To: <sip:{self.gb_id}@{DOMAIN}>",
            f"Call-ID: {self.call}@{self.address}",
            f"CSeq: {self.cseq} {method}",
            "Max-Forwards: 70",
            *lines,
            f"Content-Length: {len(coded)}",
        )
        return ("\r\n".join(head) + "\r\n\r\n").encode() + coded

    def registration(self, *lines: str, expires: int | None = 86_400) -> bytes:
        """A REGISTER."""
        more = () if expires is None else (f"Expires: {expires}",)
        contact = f"Contact: <sip:{self.gb_id}@{self.address}:{self.port}>"
        return self.build("REGISTER", (contact, *more, *lines))

    def send(self, datagram: bytes) -> None:
        """Put it on the wire."""
        self.socket.sendto(datagram, self.server)

    def receive(self) -> bytes:
        """The next datagram, which must come from the address that was asked."""
        data, source = self.socket.recvfrom(65_535)
        assert source == self.server
        return data

    def response(self) -> bytes:
        """The next response; requests of the registrar in between are left unanswered."""
        while not (data := self.receive()).startswith(b"SIP/2.0 "):
            continue
        return data

    def request(self) -> bytes:
        """The registrar's next request."""
        while (data := self.receive()).startswith(b"SIP/2.0 "):
            continue
        return data

    def ask(self, datagram: bytes) -> bytes:
        """Send it and return its response."""
        self.send(datagram)
        return self.response()

    def challenged(self) -> str:
        """The WWW-Authenticate of a first REGISTER."""
        answer = self.ask(self.registration())
        assert status(answer) == 401
        return header(answer, "WWW-Authenticate")

    def login(self, challenge: str, password: str | None = None, nc: int = 0) -> str:
        """The Authorization header; `nc` 0 is the legacy form without qop."""
        nonce = re.findall(r'nonce="([^"]*)"', challenge)[0]
        uri = f"sip:{SERVER}@{DOMAIN}"
        secret = md5(f"{self.gb_id}:{DOMAIN}:{password or self.password}")
        a2 = md5(f"REGISTER:{uri}")
        if nc:
            response = md5(f"{secret}:{nonce}:{nc:08x}:abcd:auth:{a2}")
            tail = f', qop=auth, nc={nc:08x}, cnonce="abcd"'
        else:
            response, tail = md5(f"{secret}:{nonce}:{a2}"), ""
        return (
            f'Authorization: Digest username="{self.gb_id}", realm="{DOMAIN}", nonce="{nonce}", '
            f'uri="{uri}", response="{response}", algorithm=MD5{tail}'
        )

    def register(self, expires: int | None = 86_400, password: str | None = None) -> bytes:
        """Challenge, answer; the final response."""
        login = self.login(self.challenged(), password)
        return self.ask(self.registration(login, expires=expires))

    def notify(self, command: str = "Keepalive", gb_id: str | None = None) -> bytes:
        """Send a status report; the response."""
        body = (
            f'<?xml version="1.0" encoding="GB2312"?>\r\n<Notify><CmdType>{command}</CmdType>'
            f"<SN>1</SN><DeviceID>{gb_id or self.gb_id}</DeviceID><Status>OK</Status></Notify>"
        )
        return self.ask(self.build("MESSAGE", ("Content-Type: Application/MANSCDP+xml",), body))

    def accept(self) -> tuple[str, str]:
        """Take a catalog query and answer 200; its SN and branch."""
        query = self.request()
        assert b"<CmdType>Catalog</CmdType>" in query
        assert b'encoding="GB18030"' in query
        names = ("Via", "From", "To", "Call-ID", "CSeq")
        copied = "".join(f"{name}: {header(query, name)}\r\n" for name in names)
        self.send(f"SIP/2.0 200 OK\r\n{copied}Content-Length: 0\r\n\r\n".encode())
        return re.findall(rb"<SN>(\d+)</SN>", query)[0].decode(), header(query, "Via")

    def items(self, sn: str, total: int, ids: list[str]) -> bytes:
        """One packet of the catalog's answer."""
        rows = "".join(f"<Item><DeviceID>{i}</DeviceID><Name>通道</Name></Item>" for i in ids)
        body = (
            f'<?xml version="1.0" encoding="GB18030"?>\r\n<Response><CmdType>Catalog</CmdType>'
            f"<SN>{sn}</SN><DeviceID>{self.gb_id}</DeviceID><SumNum>{total}</SumNum>"
            f'<DeviceList Num="{len(ids)}">{rows}</DeviceList></Response>'
        )
        return self.build("MESSAGE", ("Content-Type: Application/MANSCDP+xml",), body)

    def list(self, ids: list[str], each: int = 2) -> None:
        """Answer one catalog query in packets of `each` items."""
        sn, _ = self.accept()
        for start in range(0, len(ids), each):
            assert status(self.ask(self.items(sn, len(ids), ids[start : start + each]))) == 200
