"""The search for recordings (ContentMgmt): newer firmware tells its oldest one, older has none."""

from __future__ import annotations

import datetime as dt
import re

SEARCH = "/ISAPI/ContentMgmt/search"
# What a simulated recorder's disks hold; more than the thirty days that are usually asked for.
DAYS = 32
_WANTED = re.compile(rb"<trackID>\s*(\d+)\s*</trackID>")


def found(question: bytes, namespace: str, now: dt.datetime) -> str | None:
    """The answer to a search; None where the question names no track."""
    track = _WANTED.search(question)
    if track is None:
        return None
    begin = (now - dt.timedelta(days=DAYS)).strftime("%Y-%m-%dT%H:%M:%SZ")
    number = track[1].decode("ascii")
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<CMSearchResult version="1.0" xmlns="{namespace}">\n'
        "<responseStatus>true</responseStatus><responseStatusStrg>MORE</responseStatusStrg>\n"
        "<numOfMatches>1</numOfMatches>\n<matchList><searchMatchItem>\n"
        f"<trackID>{number}</trackID>\n"
        f"<timeSpan><startTime>{begin}</startTime><endTime>{begin}</endTime></timeSpan>\n"
        "</searchMatchItem></matchList>\n</CMSearchResult>\n"
    )
