"""How far back a recorder's recordings reach: one search for the oldest one (ISAPI ContentMgmt)."""

from __future__ import annotations

from datetime import UTC, datetime

from fleet.drivers.isapi.document import BadDocument, opened
from fleet.model.text import text

SEARCH = "/ISAPI/ContentMgmt/search"
# Track 101 is the main stream of channel 1. The oldest match comes first; one is enough.
QUESTION = b"""\
<?xml version="1.0" encoding="UTF-8"?>
<CMSearchDescription>
<searchID>C6B5A1E0-0000-4000-8000-000000000001</searchID>
<trackList><trackID>101</trackID></trackList>
<timeSpanList><timeSpan>
<startTime>1970-01-01T00:00:00Z</startTime><endTime>2100-01-01T00:00:00Z</endTime>
</timeSpan></timeSpanList>
<maxResults>1</maxResults>
<searchResultPostion>0</searchResultPostion>
<metadataList><metadataDescriptor>//recordType.meta.std-cgi.com</metadataDescriptor></metadataList>
</CMSearchDescription>
"""


def oldest(body: bytes) -> float | None:
    """The begin of the first match, seconds since 1970-01-01 UTC; None where there is no match.

    Raises:
        BadDocument: it is no answer to a search, or its time is none.
    """
    document = opened(body, "CMSearchResult")
    # The vendor's own spelling, also in the question's searchResultPostion.
    if (document.text("numOfMatches") or "0") == "0":
        return None
    told = document.text("matchList/searchMatchItem/timeSpan/startTime")
    if not told:
        raise BadDocument(text("a match without startTime", "匹配项缺少 startTime"))
    try:
        moment = datetime.fromisoformat(told.replace("Z", "+00:00"))
    except ValueError:
        raise BadDocument(text("{t} is no time", "{t} 不是时间", t=told)) from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
