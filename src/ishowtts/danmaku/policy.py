"""What a room reads and how: one typed model, the same in the config file and over the API."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator, model_validator

from ishowtts.danmaku.event import MOST_TEXT, Kind
from ishowtts.danmaku.links import LinkPolicy
from ishowtts.danmaku.patterns import user_pattern
from ishowtts.danmaku.template_text import checked_template
from ishowtts.danmaku.words import BLOCKED, SEVERE
from ishowtts.text.language import Language
from ishowtts.voice_id import VoiceId

Everyone = Literal["everyone", "followers", "subscribers", "vips", "moderators", "broadcaster"]
"""From whom on; each of them may what those before may."""

Word = Annotated[str, Field(min_length=1, max_length=64)]
Name = Annotated[str, Field(min_length=1, max_length=140)]
"""A user: `source:id`, `source:@name`, or a name on any source."""
Pattern = Annotated[str, AfterValidator(lambda value: _pattern(value))]
Template = Annotated[str, Field(max_length=200), AfterValidator(checked_template)]
Templates = Template | Annotated[list[Template], Field(min_length=1, max_length=20)]
Seconds = Annotated[float, Field(ge=0, le=3600)]
PerMinute = Annotated[float, Field(ge=0, le=100_000)]
AnyVoice = VoiceId | Literal["random"]

KNOWN_BOTS = [
    "botrixoficial", "commanderroot", "coebot", "deepbot", "fossabot", "frostytoolsdotcom", "kofistreambot", "moobot",
    "nightbot", "own3d", "phantombot", "pokemoncommunitygame", "sery_bot", "soundalerts", "streamelements",
    "streamlabs", "streamstickers", "supibot", "tangiabot", "wizebot", "wzbot",
]  # fmt: skip


def _pattern(value: str) -> str:
    user_pattern(value)
    return value


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False, validate_default=True)


class SourcePolicy(_Part):
    """Which kinds are read at all, and from how much on."""

    off: Annotated[list[Annotated[str, Field(max_length=32)]], Field(max_length=50)] = []
    """Sources that are not read."""
    kinds: Annotated[list[Kind], Field(max_length=10)] = ["chat", "gift", "superchat", "bits", "sub", "raid", "system"]
    min_amount: dict[Kind, Annotated[float, Field(ge=0, le=1e9)]] = {}
    """In the currency of the message."""


class PeoplePolicy(_Part):
    """Who is read."""

    deny: Annotated[list[Name], Field(max_length=5000)] = []
    allow: Annotated[list[Name], Field(max_length=5000)] = []
    """Read whatever their role and however long; never past what keeps the room safe."""
    bots: Annotated[list[Name], Field(max_length=1000)] = KNOWN_BOTS
    read_from: Everyone = "everyone"
    min_level: Annotated[int, Field(ge=0, le=1000)] = 0
    """Medal; moderators and the broadcaster need none."""
    mentions: Annotated[list[Word], Field(max_length=50)] = []
    """Names of the streamer: a message that says one goes before other chat."""


class CommandPolicy(_Part):
    """`!tts hello` and what else starts with a mark."""

    prefixes: Annotated[list[Annotated[str, Field(min_length=1, max_length=8)]], Field(max_length=10)] = ["!", "/"]
    read: Annotated[list[Word], Field(max_length=50)] = ["tts", "say"]
    """Commands of which the rest is read."""
    only: bool = False
    """Read nothing of chat but those."""


class WordPolicy(_Part):
    """What is not said. `severe` is found over spaces and marks, so it wants long words."""

    action: Literal["drop", "remove"] = "drop"
    """Of `blocked` and `patterns`; `severe` always drops."""
    blocked: Annotated[list[Word], Field(max_length=5000)] = BLOCKED
    severe: Annotated[list[Word], Field(max_length=500)] = SEVERE
    patterns: Annotated[list[Pattern], Field(max_length=50)] = []
    """Regular expressions for RE2, on the text as it is said and as it was written."""
    pinyin: bool = True
    """Chinese words of two characters and more also by their sound."""


class PacePolicy(_Part):
    """How much of chat is read; what is paid for always is."""

    same_text_seconds: Seconds = 30.0
    """Nobody's message is read again before."""
    same_user_seconds: Seconds = 10.0
    """The same, for the same user alone; where the room may repeat, its users may still not."""
    user_per_minute: PerMinute = 6.0
    user_burst: Annotated[int, Field(ge=1, le=1000)] = 3
    room_per_minute: PerMinute = 0.0
    """0 is no limit: the queue sees to it."""
    room_burst: Annotated[int, Field(ge=1, le=1000)] = 20
    sample: Annotated[float, Field(ge=0, le=1)] = 1.0
    """The share of chat that is read."""


class LengthPolicy(_Part):
    """Longer is cut where a sentence or a word ends, or dropped."""

    max_cjk: Annotated[int, Field(ge=1, le=MOST_TEXT)] = 80
    max_latin: Annotated[int, Field(ge=1, le=MOST_TEXT)] = 200
    max_seconds: Annotated[float, Field(ge=1, le=120)] = 15.0
    action: Literal["trim", "drop"] = "trim"
    paid_times: Annotated[float, Field(ge=1, le=10)] = 2.0
    """What is paid for may be so much longer, and is never dropped for its length."""


class NamePolicy(_Part):
    """How users are called."""

    nicknames: Annotated[dict[Name, Annotated[str, Field(max_length=40)]], Field(max_length=5000)] = {}
    longest: Annotated[int, Field(ge=1, le=100)] = 12
    repeat_after: Seconds = 60.0
    """Who goes on speaking is named again after so long."""
    say: bool = True


class VoicePolicy(_Part):
    """Who speaks. The first that there is: the user's, the one they chose, the kind's, the source's, the room's."""

    default: dict[Language, AnyVoice] = {}
    """Of a language that is missing here, the server's."""
    users: Annotated[dict[Name, AnyVoice], Field(max_length=5000)] = {}
    kinds: dict[Kind, AnyVoice] = {}
    sources: Annotated[dict[str, AnyVoice], Field(max_length=50)] = {}
    random: dict[Language, Annotated[list[VoiceId], Field(max_length=100)]] = {}
    """Those of whom `random` is one: the same user always has the same."""
    commands: Annotated[dict[Word, VoiceId], Field(max_length=100)] = {}
    """Names that `!voice NAME` knows."""
    commands_from: Everyone = "everyone"


class Replacement(_Part):
    """`text` is found on word bounds and whatever its case; `pattern` is for RE2."""

    text: Annotated[str, Field(max_length=64)] = ""
    pattern: Annotated[str, Field(max_length=200)] = ""
    by: Annotated[str, Field(max_length=200)] = ""

    @model_validator(mode="after")
    def _one_of_them(self) -> Replacement:
        if bool(self.text) == bool(self.pattern):
            raise ValueError("give either `text` or `pattern`")
        if self.pattern:
            compiled = user_pattern(self.pattern)
            check_groups(self.by, int(compiled.groups))
        return self


def check_groups(by: str, groups: int) -> None:
    r"""Raises `ValueError` for `\3` where there are two; `\\` is a backslash."""
    escapes = iter(zip(by, [*by[1:], ""], strict=True))
    for c, after in escapes:
        if c != "\\":
            continue
        if after != "\\" and not (after.isascii() and after.isdigit() and int(after) <= groups):
            raise ValueError("in `by`, a backslash stands before another, or before the number of a group there is")
        next(escapes, None)


class MergePolicy(_Part):
    """Gifts that come in a row are one."""

    gift_seconds: Annotated[float, Field(ge=0, le=60)] = 3.0
    gift_longest: Annotated[float, Field(ge=0, le=300)] = 10.0


class ReviewPolicy(_Part):
    """What is not read at once: a room can be banned for one sentence."""

    kinds: Annotated[list[Kind], Field(max_length=10)] = []
    """Read only after a moderator has approved."""
    free_from: Everyone = "moderators"
    """Whose messages need no approval."""
    delay_seconds: Annotated[float, Field(ge=0, le=300)] = 0.0
    """That every message waits, so that it can still be taken back."""


class Policy(_Part):
    """All of it; every default is one a room can go on air with."""

    language: Literal["auto", "zh", "en"] = "auto"
    """Of templates; `auto` is that of the message."""
    links: LinkPolicy = "replace"
    emotes: Literal["skip", "name"] = "skip"
    sources: SourcePolicy = SourcePolicy()
    people: PeoplePolicy = PeoplePolicy()
    commands: CommandPolicy = CommandPolicy()
    words: WordPolicy = WordPolicy()
    pace: PacePolicy = PacePolicy()
    length: LengthPolicy = LengthPolicy()
    names: NamePolicy = NamePolicy()
    voices: VoicePolicy = VoicePolicy()
    templates: dict[Kind, dict[Language, Templates]] = {}
    """In the place of the built-in ones; an empty one is not read, of several one is picked."""
    replace: Annotated[list[Replacement], Field(max_length=1000)] = []
    merge: MergePolicy = MergePolicy()
    review: ReviewPolicy = ReviewPolicy()

    @field_validator("replace")
    @classmethod
    def _few_patterns(cls, value: list[Replacement]) -> list[Replacement]:
        if sum(bool(entry.pattern) for entry in value) > 50:
            raise ValueError("at most 50 replacements can be patterns")
        return value
