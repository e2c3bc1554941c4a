from __future__ import annotations

import pytest

from ishowtts.danmaku.sources.build import build
from ishowtts.danmaku.sources.hosts import Hosts
from ishowtts.settings.chat_sources import source_of_request


@pytest.mark.parametrize(
    "url", ["wss://broadcastlv.chat.bilibili.com:443/sub", "wss://ks-live-dmcmt-sh2-pm-01.CHAT.bilibili.com/sub"]
)
def test_addresses_of_the_platform(url: str) -> None:
    assert Hosts().allows(url)


@pytest.mark.parametrize(
    "url",
    [
        "ws://a.bilibili.com/",
        "https://a.bilibili.com/",
        "wss://bilibili.com.evil.example/",
        "wss://evilbilibili.com/",
        "wss://evil.example/.bilibili.com",
        "wss://evil.example#.bilibili.com",
        "wss://evil.example?.bilibili.com",
        "wss://evil.example\\.bilibili.com/",
        "wss://a.bilibili.com@evil.example/",
        "wss://x:y@a.bilibili.com/",
        "wss://127.0.0.1/",
        "wss://[::1]/",
        "wss://[junk/",
        "wss://a.bilibili.com/\r\nHost: evil.example",
        "wss://a.bilibili.com/ x",
        "wss://a.bili\tbili.com/",
        "wss://a.bilibili.com:99999/",
        "wss://a.bilibili.com:0/",
        "wss:///sub",
        "a.bilibili.com",
        "",
    ],
)
def test_addresses_of_others(url: str) -> None:
    assert not Hosts().allows(url)
    assert not Hosts.of_base("http://10.0.0.1:80").allows(url)


def test_a_base_of_ones_own_is_followed_with_and_without_tls() -> None:
    hosts = Hosts.of_base("http://127.0.0.1:9000")
    assert hosts.allows("ws://127.0.0.1:9001/sub")
    assert hosts.allows("wss://127.0.0.1/sub")
    assert hosts.allows("wss://a.bilibili.com/sub")
    assert not hosts.allows("http://127.0.0.1/sub")
    assert not hosts.allows("ws://127.0.0.2/sub")


@pytest.mark.parametrize(
    ("value", "url"),
    [
        ({"type": "twitch", "channel": "x"}, "wss://irc-ws.chat.twitch.tv"),
        ({"type": "bilibili_web", "room_id": 1, "token": "t"}, "wss://broadcastlv.chat.bilibili.com/sub"),
        ({"type": "youtube", "video": "abcdefghijk", "api_key": "k"}, "https://www.googleapis.com/youtube/v3/"),
        (
            {"type": "bilibili", "access_key_id": "a", "access_key_secret": "b", "app_id": 1, "code": "c"},
            "https://live-open.biliapi.com",
        ),
    ],
)
def test_defect_in_clear_on_6667_what_is_added_at_run_time_goes_to_the_platform_over_tls(
    value: dict[str, object], url: str
) -> None:
    assert vars(build(source_of_request(value)))["_url"] == url
