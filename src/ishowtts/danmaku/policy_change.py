"""A policy with some of its keys changed, as RFC 7396 has it."""

from __future__ import annotations

import json
from collections.abc import Mapping

from ishowtts.danmaku.policy import Policy


def changed(policy: Policy, change: Mapping[str, object]) -> Policy:
    """Only what `change` names is another; None takes a key back to its default. Raises `ValidationError`."""
    now = policy.model_dump(mode="json", exclude_unset=True)
    # As JSON, since lists and numbers of Python would be other types to a strict model.
    return Policy.model_validate_json(json.dumps(_merged(now, change)))


def _merged(value: object, change: object) -> object:
    if not isinstance(change, Mapping):
        return change
    merged = dict(value) if isinstance(value, dict) else {}
    for key, new in change.items():
        if new is None:
            merged.pop(key, None)
        else:
            merged[key] = _merged(merged.get(key), new)
    return merged
