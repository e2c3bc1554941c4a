#!/usr/bin/env bash
# Writes the requirements*.lock files again from pyproject.toml. Needs uv (https://docs.astral.sh/uv/) and the network.
#
#   ./scripts/update_lock.sh             keeps the versions that are locked, adds or drops what pyproject.toml changed
#   ./scripts/update_lock.sh --upgrade   moves every package to its newest version (then run the test suite)
#
# requirements.lock         what the server needs to run, Python 3.11 and 3.12, Linux x86-64
# requirements-dev.lock     what the tests and checks need on top
# requirements-cuda.lock    constraints: CUDA packages, installed only where the torch build asks for them
# requirements-nodeps.lock  installed with --no-deps: packages whose own requirements are not wanted
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

if [[ ${1:-} == -h || ${1:-} == --help ]]; then
    sed -n '2,10s/^# \{0,1\}//p' "$0"
    exit 0
fi
command -v uv >/dev/null || { echo "uv is not installed: pip install uv" >&2; exit 1; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The locked versions are preferences: uv reads them from the file it is about to write.
resolve() { # resolve PYTHON OUTPUT [extra uv arguments]
    local python=$1 output=$2
    shift 2
    grep -hE '^[A-Za-z0-9].*==' requirements*.lock >"$output" || true
    uv pip compile --quiet --no-header --no-annotate --python-version "$python" \
        --python-platform x86_64-unknown-linux-gnu \
        "$@" --output-file "$output" pyproject.toml
}

# A package at one version for both Pythons is one line; where they differ, each line gets a marker.
merge() { # merge LOCK-OF-3.11 LOCK-OF-3.12
    {
        comm -12 "$1" "$2"
        comm -23 "$1" "$2" | sed 's/$/ ; python_version == "3.11"/'
        comm -13 "$1" "$2" | sed 's/$/ ; python_version == "3.12"/'
    } | sort
}

for python in 3.11 3.12; do
    resolve "$python" "$work/run-$python" "$@"
    resolve "$python" "$work/all-$python" --extra dev "$@"
    for name in run all; do
        sort -o "$work/$name-$python" "$work/$name-$python"
    done
done
merge "$work/run-3.11" "$work/run-3.12" >"$work/run"
merge "$work/all-3.11" "$work/all-3.12" >"$work/all"

cuda='^(nvidia-([^m]|m[^l])|cuda-|triton==)' # but not nvidia-ml-py, which has no CUDA in it
nodeps='^f5-tts=='

{
    echo "# Written by scripts/update_lock.sh: what the server runs on (Python 3.11 and 3.12, Linux x86-64). Install:"
    echo "#   pip install -r requirements.lock && pip install --no-deps -r requirements-nodeps.lock"
    echo "-c requirements-cuda.lock"
    grep -vE "$cuda|$nodeps" "$work/run"
} >"$work/requirements.lock"
{
    echo "# Written by scripts/update_lock.sh: what the tests and checks need on top of requirements.lock."
    comm -13 "$work/run" "$work/all"
} >"$work/requirements-dev.lock"
{
    echo "# Written by scripts/update_lock.sh: constraints, not requirements. PyPI's torch for Linux asks for these packages;"
    echo "# a CPU build or NVIDIA's Jetson build of torch does not, and then none of them is installed."
    grep -E "$cuda" "$work/run"
} >"$work/requirements-cuda.lock"
{
    echo "# Written by scripts/update_lock.sh. Install with --no-deps: f5-tts requires its training and demo stack (gradio, wandb,"
    echo "# datasets, bitsandbytes, transformers, ...), which its model classes do not import. What they do import is in"
    echo "# requirements.lock, so the environment is over 1 GB smaller and is ready sooner. Plain \`pip install .\` works too and"
    echo "# brings all of it."
    grep -E "$nodeps" "$work/run"
} >"$work/requirements-nodeps.lock"

for file in requirements{,-dev,-cuda,-nodeps}.lock; do
    cp "$work/$file" "$file"
    echo "$file: $(grep -c '==' "$file") packages"
done
