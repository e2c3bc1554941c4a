#!/usr/bin/env python3
"""How fast is it, and how steady? Chat lines through a server of its own, many runs after a warm-up."""

from __future__ import annotations

import sys

from ishowtts.bench.performance_run import command

EXAMPLES = """\
examples:
  %(prog)s                            20 runs of 4 lines after 3 to warm up, f5-mini
  %(prog)s --nfe 5 --json nfe5.json   with fewer steps, and everything written down
  %(prog)s --config my.toml           your model, device and settings
"""

if __name__ == "__main__":
    sys.exit(command(__doc__, EXAMPLES, runs=20, warm_up=3))
