#!/usr/bin/env python3
"""A quick look at how fast it is: a few runs, about a minute on two cores. See extended_performance_test.py."""

from __future__ import annotations

import sys

from ishowtts.bench.performance_run import command

EXAMPLES = """\
examples:
  %(prog)s             3 runs of 4 lines after 1 to warm up, f5-mini
  %(prog)s --nfe 16    with more steps
"""

if __name__ == "__main__":
    sys.exit(command(__doc__, EXAMPLES, runs=3, warm_up=1))
