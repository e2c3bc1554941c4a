from __future__ import annotations

from ishowtts.serving.cancel import CancelToken
from ishowtts.serving.claim import Sender
from ishowtts.serving.register import Register


def test_speeches_are_taken_back_by_every_name_given_and_no_others() -> None:
    register = Register()
    senders = [Sender("c", "r", "u"), Sender("c", "r", "v"), Sender("c", "s", "u"), Sender("d", "r", "u")]
    tokens = [CancelToken() for _ in senders]
    entered = [register.entered(str(i), s, t) for i, (s, t) in enumerate(zip(senders, tokens, strict=True))]
    for each in entered:
        each.__enter__()

    def stopped() -> list[bool]:
        return [token.cancelled for token in tokens]

    assert register.cancel(client="c", id="3") == 0
    assert register.cancel(client="c", room="r", user="v") == 1
    assert stopped() == [False, True, False, False]
    assert register.cancel(client="c", user="u") == 2
    assert stopped() == [True, True, True, False]
    assert register.cancel(room="r") == 3
    assert all(stopped())
    for each in entered:
        each.__exit__(None, None, None)
    assert len(register) == 0
    assert register.cancel(room="r") == 0
