"""Equal requests are spoken once: those under way are shared, and finished ones kept for a while."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable, Sequence

from ishowtts.synthesis.request import SpeechRequest
from ishowtts.synthesis.sound import CacheState
from ishowtts.synthesis.take import Synthesiser, Take

LARGEST = 0.25
"""Part of all the memory that one take may have, so that no long text throws out all short ones."""


class Takes:
    """Finished takes within `max_bytes` of sound, the longest unused dropped first. With 0 nothing is shared."""

    def __init__(self, worker: Synthesiser, max_bytes: int) -> None:
        self._worker = worker
        self._max_bytes = max_bytes
        self._kept: OrderedDict[Hashable, Take] = OrderedDict()
        self._under_way: dict[Hashable, Take] = {}
        self._bytes = 0
        self.hits = 0
        self.misses = 0

    @property
    def nbytes(self) -> int:
        return self._bytes

    def join(
        self, request: SpeechRequest, segments: list[str], timeout: float | None, pauses: Sequence[float] = ()
    ) -> tuple[Take, CacheState]:
        """A take of this text, listened to: its `leave` is due. Raises what `Synthesiser.admit` does."""
        key = request.content
        if self._max_bytes and not request.fresh:
            if take := self._kept.get(key):
                self._kept.move_to_end(key)
                return self._joined(take, "hit")
            take = self._under_way.get(key)
            if take is not None and take.error is None:
                return self._joined(take, "hit" if take.ended else "shared")
        take = Take(request, segments, pauses)
        take.start(self._worker, timeout, request.retry_key)
        self._under_way[key] = take
        return self._joined(take, "miss")

    def left(self, take: Take) -> None:
        """A listener of `take` has gone: keep it when it is whole."""
        take.leave()
        key = take.request.content
        if not take.ended or self._under_way.get(key) is not take:
            return
        del self._under_way[key]
        if take.error is None and 0 < take.nbytes <= LARGEST * self._max_bytes:
            self._keep(key, take)

    def _keep(self, key: Hashable, take: Take) -> None:
        if old := self._kept.pop(key, None):
            self._bytes -= old.nbytes
        self._kept[key] = take
        self._bytes += take.nbytes
        while self._bytes > self._max_bytes:
            self._bytes -= self._kept.popitem(last=False)[1].nbytes

    def _joined(self, take: Take, state: CacheState) -> tuple[Take, CacheState]:
        take.join()
        self.hits += state != "miss"
        self.misses += state == "miss"
        return take, state
