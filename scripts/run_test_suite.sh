#!/usr/bin/env bash
# Lint, types, tests and coverage, in the environment of this checkout (made on first use).
#
#   ./scripts/run_test_suite.sh                   everything; fails under 80 % line coverage
#   ./scripts/run_test_suite.sh --fast            without the tests that load a model or start a server
#   ./scripts/run_test_suite.sh tests/text -k zh  any pytest arguments: only those tests, in one process
#   ./scripts/run_test_suite.sh --help            this text
#
# Everything runs in two processes, or four where there are eight cores or more: about half the time of each test is spent
# waiting. Coverage is measured then, in the processes that tests start too.
#
# The last line is the count: "N passed, N failed, N skipped". The exit status is 0 when everything passed.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=scripts/lib/env.sh
source "$here/lib/env.sh"

readonly COVERAGE_LIMIT=80
processes=2
if (($(nproc) >= 8)); then processes=4; fi
selection=()
while (($#)); do
    case $1 in
        --fast) selection+=(-m "not slow") ;;
        --help | -h)
            sed -n '2,/^set -/{/^set -/d;s/^# \{0,1\}//;p}' "${BASH_SOURCE[0]}"
            exit 0
            ;;
        *) selection+=("$1") ;;
    esac
    shift
done

ensure_environment dev
cd "$ROOT"
python=$VENV/bin/python
export GOMP_SPINCOUNT=${GOMP_SPINCOUNT:-0} # see start_server in lib/server.sh
export HF_HUB_OFFLINE=1                    # a test that would download weights must say so, not do it

problems=()
check() { # check NAME COMMAND...
    local name=$1
    shift
    printf '\n== %s\n' "$name"
    "$@" || problems+=("$name")
}

check "ruff" "$python" -m ruff check .
check "mypy" "$python" -m mypy

mkdir -p logs
report=logs/tests.xml
rm -f "$report"
if ((${#selection[@]})); then
    check "tests" "$python" -m pytest --junitxml="$report" "${selection[@]}"
else
    "$python" -m coverage erase
    check "tests" "$python" -m pytest -n "$processes" --junitxml="$report" --durations=15 --cov --cov-report=
    check "coverage" "$python" -m coverage report --fail-under="$COVERAGE_LIMIT"
fi

printf '\n== summary\n'
for name in ${problems[@]+"${problems[@]}"}; do
    say "FAILED: $name"
done
"$python" scripts/lib/test_summary.py "$report" || problems+=("summary")
((${#problems[@]} == 0))
