"""The source that an entry of the settings describes."""

from __future__ import annotations

from ishowtts.danmaku.sources.bilibili import BilibiliOpenSource, BilibiliWebSource
from ishowtts.danmaku.sources.hosts import BILIBILI_CHAT, BILIBILI_OPEN, TWITCH, YOUTUBE, Hosts
from ishowtts.danmaku.sources.source import Source
from ishowtts.danmaku.sources.twitch import TwitchSource
from ishowtts.danmaku.sources.youtube import YouTubeSource
from ishowtts.settings.chat_sources import AnyChat, BilibiliChat, BilibiliWebChat, TwitchChat, YouTubeChat


def build(config: AnyChat) -> Source:
    match config:
        case TwitchChat():
            return TwitchSource(config.channel, config.base_url or TWITCH, shared_chat=config.shared_chat)
        case BilibiliChat():
            return BilibiliOpenSource(
                url=config.base_url or BILIBILI_OPEN,
                hosts=Hosts.of_base(config.base_url),
                key_id=config.access_key_id.get_secret_value(),
                key_secret=config.access_key_secret.get_secret_value(),
                app_id=config.app_id,
                code=config.code.get_secret_value(),
            )
        case BilibiliWebChat():
            return BilibiliWebSource(
                config.base_url or BILIBILI_CHAT,
                config.room_id,
                token=config.token.get_secret_value(),
                uid=config.uid,
                buvid=config.buvid.get_secret_value() if config.buvid else "",
                user_agent=config.user_agent,
            )
        case YouTubeChat():
            return YouTubeSource(
                config.base_url or YOUTUBE,
                config.video,
                config.api_key.get_secret_value(),
                least_wait=config.least_wait,
            )
