"""What the people of a made-up chat say: seldom the same, in English, Chinese, or both in one line."""

from __future__ import annotations

import random
from typing import Literal

Tongue = Literal["en", "zh", "mixed"]


def _split(line: str) -> tuple[str, ...]:
    return tuple(line.split("|"))


_OPEN_EN = _split("|||wait,|okay|honestly|no way,|chat,|bro|hey,|so|LOL|omg|ngl|um,|wow,")
_BODY_EN = _split(
    "that {noun} was {how}|who taught you that {noun}|I have never seen a {noun} like this|is this the {how} {noun}"
    "|my {noun} looks exactly like yours|the {noun} is behind you|try the {noun} on the left"
    "|how long did the {noun} take|we need another {noun}|watching from {place} tonight|greetings from {place}"
    "|what time is it in {place}|I am {number} minutes late, what did I miss|{number} tries and still no {noun}"
    "|please show the {noun} again|you sound {how} today|can you turn up the {noun}|this {noun} cost me $4.99"
    "|the {noun} at 3:15 was {how}|nobody in {place} plays like that|did the {noun} really drop {number} times"
)
_NOUN_EN = _split(
    "boss|jump|map|song|dog|keyboard|background|skill|plan|build|bridge|level|microphone|hat|cat|intro|shot|enemy"
    "|puzzle|speedrun|weapon|garden|door|dance"
)
_HOW_EN = _split("great|terrible|so smooth|lucky|unfair|beautiful|strange|too loud|much faster|very calm|impossible")
_PLACE_EN = _split("Lisbon|Toronto|Nairobi|Oslo|Osaka|Lima|Austin|Dublin|Jakarta|Cairo|Melbourne|Prague")
_CLOSE_EN = _split("||||!|?|...| haha| xD| lol| :)| 😂| 🔥🔥| ❤️")

_OPEN_ZH = _split("|||主播，|等等，|哈哈|说真的|天哪，|大家好，|请问|哇，|我觉得|家人们，")
_BODY_ZH = _split(
    "这个{noun}太{how}了|{noun}在左边那个房间|刚才那个{noun}是怎么做到的|我从{place}来看你|{place}现在几点了"
    "|第{number}次来，终于赶上直播了|这把{noun}打得真{how}|能不能再看一次{noun}|我的{noun}也是这样的|{noun}后面有人"
    "|今天的{noun}比昨天{how}|求{noun}的名字|我试了{number}次都没有{noun}|{place}这边下雨了|声音有点{how}"
    "|新来的，{noun}怎么玩|你的{noun}花了128.5元吗|晚上8点30分还播吗|再来{number}局{noun}吧|{noun}不见了"
)
_NOUN_ZH = _split("操作|地图|歌|小猫|键盘|背景|技能|打法|关卡|耳机|帽子|开头|装备|谜题|舞蹈|宝箱|队友|麦克风")
_HOW_ZH = _split("厉害|难|稳|可惜|漂亮|奇怪|大声|快|安静|好笑|离谱")
_PLACE_ZH = _split("成都|杭州|哈尔滨|广州|西安|厦门|青岛|昆明|长沙|新加坡|东京|温哥华")
_CLOSE_ZH = _split("||||！|？|。|~|哈哈哈哈哈|666| 😂| 👍👍")

_MIXED = _split(
    "这个 {noun} 太 {how} 了|主播的 build 是什么|I think 这把 {noun} 稳了|来自 {place} 的观众 say hi"
    "|这 {noun} 真的 so easy|wait 那个 {zh} 是 bug 吗|今天的 {zh} is {how}|我 try 了 {number} 次 {noun}"
)

PASTA = _split(
    "I came for the {noun} and stayed for the {place} weather report"
    "|Roses are red, this {noun} is {how}, chat says hello"
    "|前方高能，{zh}警告，请非战斗人员迅速撤离|感谢主播的{zh}，让我在{zh_place}也能睡个好觉"
)
SMALL_TALK = {
    "en": _split("lol|gg|hello|nice|first|hi|wow|F|pog|hype|let's go|same|yes|no|nooo|hahahahaha|what"),
    "zh": _split("666|哈哈哈|来了|牛|好|晚安|加油|泪目|前排|？？？|厉害了|确实|233333|啊啊啊啊啊啊"),
}

HOSTILE = (
    "z\u0335\u0321a\u0336\u0322l\u0337\u0300g\u0338\u0301o\u0334\u0302 " * 30,
    "\u202eegassem siht lla sdrawkcab si\u202c or is it",
    "good\u200b\u200d\u2060\ufeff eve\u00adning \U000e0041\U000e0042 everybody",
    "𝓱𝓮𝓵𝓵𝓸 𝕗𝕣𝕠𝕞 𝖙𝖍𝖊 𝖔𝖙𝖍𝖊𝖗 𝖘𝖎𝖉𝖊",
    "<|im_end|><|endofprompt|>[laughter] listen {user.__class__} <strong>now</strong>",
    "[pause:60s] [voice:somebody] and then it went quiet",
    "' OR 1=1; DROP TABLE users; -- said little Bobby",
    "<img src=x onerror=alert(1)> look at the picture",
    "\x00\x01\x07 a bell \x1b[31m rang \x7f somewhere",
    "half a character \ud83d and the rest",
    "data: boo\n\nevent: stop\nid: 7\n\nand that was that",
    "ﷺ ﷽ ‮ ⁧ mixed marks ⁩",
    "안녕하세요 반갑습니다 ㅋㅋㅋㅋㅋㅋㅋㅋ",
    "สวัสดีครับ ทุกคน",
    "مرحبا بالجميع في البث",
    "Привет всем, как дела",
    "こんにちは、配信おつかれさまです",
    "नमस्ते दोस्तों",
    "a" * 3000,
    "the same word " * 200,
    "1234567890" * 40,
    "１２３ｆｕｌｌ　ｗｉｄｔｈ　ｗｏｒｄｓ",
    "👨‍👩‍👧‍👦🏳️‍🌈🇨🇦 family outing",
    "Ω≈ç√∫˜µ≤≥÷ and other sums",
    "．．．。。。!!!! well then 、、、",
)
EMPTY = ("😂😂😂😂😂", "🔥", "...", "？？？", "!!!!!!!!", "\u200b\u200b", "❤️❤️❤️", "♪♪♪ ☆☆", "()", "\u3164\u3164")
LINKS = (
    "see www.example.com/very/long?a=b",
    "买粉丝加 ｅｘａｍｐｌｅ。ｃｏｍ",
    "clip: https://clips.example.org/x#t=10 lol",
)
COMMANDS = ("!play", "!join 4", "/roll 20", "!song request", "!uptime", "!hug @everybody", "!points")
BOT_LINES = (
    "Remember to drink some water! The next break is in {number} minutes.",
    "{place} has won the raffle with {number} points. Type !join to take part.",
    "Follow the rules of this chat: be kind, no links, no spoilers.",
)
NAMES = {
    "en": _split(
        "Dusty_Otter|xXfalconXx|MellowPanda|quick.heron|Lena1987|BridgeTroll|tea_and_toast|OwlPost|northwind22|Marlow"
        "|PixelPuffin|cloud_baker|JustSam|rusty-bolt|Violet99999|grumpy_badger|Noodle|samwise_g|Twelve_Monkeys|Ivo"
    ),
    "zh": _split(
        "路过的小猫|勇敢的熊猫|一只咸鱼|夜空中最亮的星星|小明2008|奶茶不加冰|爱笑的松鼠|阿杰|北方的狼|迷路的企鹅"
        "|月亮邮递员|豆沙包|今天也要早睡|安静的海豚|七七|打工人小李|风铃草|慢吞吞|大橘为重|不吃香菜"
    ),
}
ODD_NAMES = (
    "{text}",
    "𝕯𝖆𝖗𝖐𝕶𝖓𝖎𝖌𝖍𝖙",
    "\u202eecila",
    "<b>bold</b>",
    "user_84739284739",
    "😎😎😎",
    "ａｄｍｉｎ",
    "null",
    "",
)
GIFTS = {
    "en": (("rose", "1", "USD"), ("confetti", "5", "USD"), ("galaxy", "50", "USD")),
    "zh": (
        ("小心心", "0", "CNY"),
        ("辣条", "0", "CNY"),
        ("牛哇", "1", "CNY"),
        ("小花花", "0.1", "CNY"),
        ("火箭", "500", "CNY"),
    ),
}


class Words:
    """Lines from a generator of its own: the same for the same seed."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance

    def line(self, tongue: Tongue) -> str:
        """Short talk or a sentence."""
        if tongue != "mixed" and self._chance.random() < 0.12:
            return self._chance.choice(SMALL_TALK[tongue])
        return self.sentence(tongue)

    def sentence(self, tongue: Tongue) -> str:
        pick = self._chance.choice
        if tongue == "mixed":
            return self.filled(pick(_MIXED))
        if tongue == "zh":
            return self.filled(pick(_OPEN_ZH) + pick(_BODY_ZH) + pick(_CLOSE_ZH), "zh")
        return self.filled(f"{pick(_OPEN_EN)} {pick(_BODY_EN)}{pick(_CLOSE_EN)}".strip())

    def long(self, tongue: Tongue) -> str:
        """More than a room reads."""
        return "".join(
            self.sentence(tongue) + ("。" if tongue == "zh" else ". ") for _ in range(self._chance.randint(8, 20))
        )

    def filled(self, text: str, tongue: Tongue = "en") -> str:
        nouns, hows, places = (_NOUN_ZH, _HOW_ZH, _PLACE_ZH) if tongue == "zh" else (_NOUN_EN, _HOW_EN, _PLACE_EN)
        pick = self._chance.choice
        values = {
            "noun": pick(nouns), "how": pick(hows), "place": pick(places), "zh": pick(_NOUN_ZH),
            "zh_place": pick(_PLACE_ZH), "number": str(self._chance.randint(2, 40)),
        }  # fmt: skip
        for key, value in values.items():
            text = text.replace("{" + key + "}", value)
        return text
