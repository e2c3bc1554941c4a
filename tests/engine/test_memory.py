"""That what the libraries below torch keep does not grow with every new length."""

import os
import platform
import subprocess
import sys

import pytest

from ishowtts.engine.memory import CAPACITIES, KEPT_PRIMITIVES, bound_caches, give_back

SPEAK = """
from ishowtts.engine.memory import bound_caches
if {bounded}:
    bound_caches()
import ctypes, torch

class Info(ctypes.Structure):
    _fields_ = [(name, ctypes.c_size_t) for name in
                "arena ordblks smblks hblks hblkhd usmblks fsmblks uordblks fordblks keepcost".split()]

libc = ctypes.CDLL(None)
libc.mallinfo2.restype = Info
weight, filters = torch.zeros(64, 64, dtype=torch.bfloat16), torch.zeros(64, 1, 7)

def say(lengths):
    with torch.no_grad():
        for n in lengths:
            torch.nn.functional.linear(torch.zeros(n, 64, dtype=torch.bfloat16), weight)
            torch.nn.functional.conv1d(torch.zeros(1, 64, n), filters, groups=64)

say(range(400, 500))
before = libc.mallinfo2().uordblks
say(range(500, 700))
print((libc.mallinfo2().uordblks - before) // 200)
"""


@pytest.fixture(autouse=True)
def unset(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in CAPACITIES:
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)


def test_both_caches_are_bounded() -> None:
    bound_caches()
    assert [os.environ[name] for name in CAPACITIES] == [str(KEPT_PRIMITIVES)] * 2


def test_what_an_operator_set_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(CAPACITIES[0], "500")
    bound_caches()
    assert os.environ[CAPACITIES[0]] == "500"
    assert os.environ[CAPACITIES[1]] == str(KEPT_PRIMITIVES)


def test_giving_back_is_harmless() -> None:
    give_back()
    give_back()


def kept_bytes(bounded: bool) -> int:
    """Of one more length."""
    code = SPEAK.format(bounded=bounded)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=True)
    return int(done.stdout)


@pytest.mark.slow
@pytest.mark.skipif(
    (sys.platform, platform.machine()) != ("linux", "x86_64"), reason="counts with glibc, what oneDNN makes"
)
def test_a_new_length_leaves_nothing_behind() -> None:
    assert kept_bytes(bounded=True) < 1000
    assert kept_bytes(bounded=False) > 10_000, "the caches are of no use any more: is bound_caches needed?"
