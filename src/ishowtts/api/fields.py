"""Fields that more than one contract takes; null or left out is "as in the server's settings"."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from ishowtts.synthesis.request import SEEDS

NfeStep = Annotated[
    Annotated[int, Field(ge=1, le=64)] | None,
    Field(description="Steps of the ODE solver: more is slower, and up to a point better."),
]
CfgStrength = Annotated[
    Annotated[float, Field(ge=0, le=10)] | None,
    Field(description="How strictly to follow text and voice (classifier-free guidance)."),
]
SwaySamplingCoef = Annotated[
    Annotated[float, Field(ge=-1, le=1)] | None,
    Field(description="Where the steps lie: below 0, more of them early."),
]
Speed = Annotated[Annotated[float, Field(ge=0.25, le=4)] | None, Field(description="2 is twice as fast.")]
Seed = Annotated[
    Annotated[int, Field(ge=0, lt=SEEDS)] | None,
    Field(description="The same seed gives the same sound. Null: any; the one used is returned."),
]
CrossFadeDuration = Annotated[
    Annotated[float, Field(ge=0, le=0.5)] | None, Field(description="Seconds of fade between segments.")
]
TargetRms = Annotated[
    Annotated[float, Field(ge=0, le=0.5)] | None,
    Field(description="Level of the speech; 0 leaves it as the model made it."),
]
FixDuration = Annotated[
    Annotated[float, Field(ge=1, le=30)] | None,
    Field(description="Seconds of reference and speech together, for a text of one segment."),
]
Normalize = Annotated[
    bool | None,
    Field(description="Read numbers, dates, links and the like as a person would. False: the text is said as it is."),
]
Pauses = Annotated[
    bool | None,
    Field(
        description="`[pause 0.5s]` or `[pause 300ms]` in the text is silence, 10 s at most and 60 s in all. For your "
        "own texts: leave it out for what viewers write."
    ),
]
RemoveSilence = Annotated[bool | None, Field(description="Make long pauses short.")]
