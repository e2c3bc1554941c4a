"""GET /danmaku/say: a message for a room, from tools that know only URLs."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query
from starlette.requests import Request

from ishowtts.api.caller import needs
from ishowtts.api.danmaku import DISK_SECONDS, RoomName, check_voice, room_of
from ishowtts.api.danmaku_schemas import LONGEST, ChatItem, ChatUser, ItemReceipt, SourceName
from ishowtts.api.describe import error_docs
from ishowtts.api.page_check import refuse_pages
from ishowtts.api.services import services
from ishowtts.danmaku.configured import MAIN
from ishowtts.danmaku.event import KINDS, Kind
from ishowtts.danmaku.verdict import is_paid
from ishowtts.voice_id import VoiceId

router = APIRouter(prefix="/danmaku", tags=["read-aloud"])


@router.get("/say", status_code=202, responses=error_docs(401, 403, 404, 422))
@needs("danmaku", by_url=True)
async def say(
    request: Request,
    text: Annotated[str, Query(max_length=LONGEST)],
    user: Annotated[str, Query(max_length=LONGEST, description="Who says it.")] = "",
    room: RoomName = MAIN,
    kind: Annotated[Kind, Query(description=", ".join(KINDS))] = "chat",
    source: SourceName = "push",
    message_id: Annotated[str, Query(max_length=1000, description="The same again is not read again.")] = "",
    voice: Annotated[VoiceId | Literal["random", ""], Query(description="Who reads it.")] = "",
) -> ItemReceipt:
    """One message, as POST /danmaku takes it, for tools that can only open an address.

    The answer does not wait for speech. The key may stand in the URL, as `token`. Pages of other origins are refused.
    """
    refuse_pages(request)
    here = room_of(request, room)
    check_voice(services(request), voice)
    item = ChatItem(
        source=source, kind=kind, user=ChatUser(name=user), text=text, message_id=message_id, voice=voice or None
    )
    event = item.event()
    receipt = here.take(event)
    assert receipt is not None, "no retraction"  # noqa: S101
    if is_paid(event):
        await here.record.settled(DISK_SECONDS)
    return ItemReceipt.of(receipt)
