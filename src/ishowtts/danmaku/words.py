"""The words that no room says unless its policy names others: a cloned voice says whatever it is given.

Few on purpose. `SEVERE` is found anywhere, so nothing stands there that is part of an innocent word.
"""

from __future__ import annotations

SEVERE = ["nigga", "faggot", "killyourself", "操你妈", "傻逼"]
BLOCKED = ["nigger", "niggers", "fag", "fags", "kys", "cunt", "cunts", "retard", "retards", "rape", "rapist",
           "草泥马", "肏你", "去死吧", "婊子"]  # fmt: skip
