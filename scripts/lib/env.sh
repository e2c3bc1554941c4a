# shellcheck shell=bash
# The Python environment of this checkout: made on first use, brought up to date when the lock changes.
#
#   source scripts/lib/env.sh
#   ensure_environment run        # run-time packages;      then "$VENV/bin/ishowtts" works
#   ensure_environment dev        # and those of the tests; then "$VENV/bin/pytest" works
#
# ISHOWTTS_VENV     where the environment is (default: .venv in the checkout)
# ISHOWTTS_PYTHON   the interpreter it is made with (default: the first of python3.12, python3.11, python3 that fits)
# ISHOWTTS_SETUP    "off" = use ISHOWTTS_VENV as it is and install nothing (Jetson, conda, containers: docs/jetson.md)

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
VENV=${ISHOWTTS_VENV:-$ROOT/.venv}
[[ $VENV == /* ]] || VENV=$PWD/$VENV
BASE_PYTHON=${ISHOWTTS_PYTHON:-}
SETUP=${ISHOWTTS_SETUP:-on}
NEEDED_GB=8 # PyPI's torch with its CUDA libraries is most of it
readonly ROOT VENV BASE_PYTHON SETUP NEEDED_GB
# Packages are compiled as they are imported (see pip_install). With this set, every start would compile them again.
unset PYTHONDONTWRITEBYTECODE

say() { printf '%s\n' "$*"; }
warn() { printf '%s\n' "$*" >&2; }
die() {
    warn "error: $*"
    exit 1
}

python_fits() { # python_fits INTERPRETER: runs, is CPython 3.11 or 3.12
    "$1" -c 'import sys; sys.exit(not ((3, 11) <= sys.version_info[:2] < (3, 13)))' >/dev/null 2>&1
}

find_python() { # prints the interpreter to make the environment with
    local candidate
    if [[ -n $BASE_PYTHON ]]; then
        python_fits "$BASE_PYTHON" || die "ISHOWTTS_PYTHON=$BASE_PYTHON is not a Python 3.11 or 3.12 that runs"
        printf '%s\n' "$BASE_PYTHON"
        return
    fi
    # The version is asked, not the name trusted: a version manager leaves names behind that do not run.
    for candidate in python3.12 python3.11 python3 /usr/bin/python3.12 /usr/bin/python3.11 /usr/bin/python3; do
        if command -v "$candidate" >/dev/null 2>&1 && python_fits "$candidate"; then
            command -v "$candidate"
            return
        fi
    done
    die "no Python 3.11 or 3.12 found ($(python3 --version 2>/dev/null || echo 'no python3') does not fit).
  Debian 12, Ubuntu 24.04:  sudo apt-get install python3 python3-venv
  other Ubuntu, Fedora:     python3.12 and python3.12-venv, or: sudo dnf install python3.12
  anywhere, without root:   install uv, then: uv python install 3.12
  Then run this again, or name the interpreter: ISHOWTTS_PYTHON=/path/to/python3.12 $0"
}

make_venv() { # makes $VENV, or makes it again where it is broken
    local python package
    if "$VENV/bin/python" -c 'import pip' >/dev/null 2>&1 && python_fits "$VENV/bin/python"; then
        return
    fi
    if [[ ! -f $VENV/pyvenv.cfg && -n $(ls -A "$VENV" 2>/dev/null) ]]; then
        die "$VENV is not a Python environment, and not empty: move it away, or set ISHOWTTS_VENV to another place"
    fi
    python=$(find_python) || exit 1
    if ! "$python" -c 'import ensurepip, venv' >/dev/null 2>&1; then
        package=$("$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')
        die "$python cannot make an environment: its venv or ensurepip module is missing.
  Debian, Ubuntu:  sudo apt-get install $package
  Then run this again."
    fi
    step "making $VENV with $("$python" --version)"
    "$python" -m venv --clear "$VENV" || die "$python could not make $VENV"
}

check_disk() {
    local free_mb
    [[ -d $VENV/lib ]] && compgen -G "$VENV/lib/*/site-packages/torch/version.py" >/dev/null && return # the large part is there
    free_mb=$(df -Pm "$VENV" | awk 'NR == 2 {print $4}')
    if ((free_mb < NEEDED_GB * 1024)); then
        die "$((free_mb / 1024)) GB free at $VENV, and the environment needs about $NEEDED_GB GB.
  Free some, or set ISHOWTTS_VENV to a place on a larger disk.
  Without an NVIDIA GPU the CPU build of torch needs far less: see CONTRIBUTING.md."
    fi
}

step() { say "[setup] $*"; }

pip_stage() { # pip_stage LOG: the last thing pip said that means something to a reader
    { grep -oE '^ *(Collecting|Downloading|Using cached|Building|Installing) +[^ ]+' "$1" || echo "looking"; } | tail -n 1
}

pip_install() { # pip_install ARGUMENTS: pip's own bars on a terminal; elsewhere a line now and then, the rest in a log
    local log pid seconds=0
    # --no-compile: of some 20 000 modules a few thousand are ever imported, and Python compiles those as they are.
    set -- --disable-pip-version-check --no-compile "$@"
    if [[ -t 1 ]]; then
        "$VENV/bin/python" -m pip install "$@" ||
            die "pip failed (see above). Run this again to go on from where it stopped."
        return
    fi
    mkdir -p "$ROOT/logs"
    log=$ROOT/logs/setup.log
    "$VENV/bin/python" -m pip install --progress-bar off "$@" >"$log" 2>&1 </dev/null &
    pid=$!
    # A job in the background does not get Ctrl-C from a terminal: pass it on.
    trap 'kill "$pid" 2>/dev/null; exit 130' INT TERM
    while kill -0 "$pid" 2>/dev/null; do
        sleep 1
        seconds=$((seconds + 1))
        if ((seconds % 15 == 0)); then
            step "  $seconds s: $(pip_stage "$log"); $(du -sm "$VENV" | cut -f1) MB in place"
        fi
    done
    trap - INT TERM
    if ! wait "$pid"; then
        tail -n 15 "$log" >&2
        die "pip failed (all of its output: $log). Run this again to go on from where it stopped."
    fi
}

# What is in place is written down as the checksum of what asked for it, after it is in place: whatever stops a set-up,
# the next run goes on from there.
checksum() { # checksum run|dev|project: changes with the lock, or with the project's metadata and place; and with Python
    local files=("$ROOT/pyproject.toml")
    case $1 in
        run) files=("$ROOT"/requirements{,-cuda,-nodeps}.lock) ;;
        dev) files=("$ROOT"/requirements{,-cuda,-nodeps,-dev}.lock) ;;
    esac
    {
        cat "${files[@]}"
        [[ $1 != project ]] || printf '%s\n' "$ROOT"
        "$VENV/bin/python" -VV
    } 2>/dev/null | sha256sum | cut -d' ' -f1
}

in_place() { # in_place run|dev|project
    [[ -f $VENV/.ishowtts-$1 && $(<"$VENV/.ishowtts-$1") == "$(checksum "$1")" ]]
}

write_down() { # write_down run|dev|project
    checksum "$1" >"$VENV/.ishowtts-$1"
}

install_into_venv() { # install_into_venv run|dev
    local started=$SECONDS requirements=(-r requirements.lock)
    check_disk
    make_venv
    cd "$ROOT" || die "$ROOT is gone"
    if ! in_place "$1"; then
        [[ $1 == run ]] || requirements+=(-r requirements-dev.lock)
        step "1/3 the locked packages (the first time a download of about 3 GB: torch and CUDA are most of it)"
        pip_install "${requirements[@]}"
        # f5-tts would bring gradio, wandb, datasets, bitsandbytes, ...: over 1 GB that the server never imports.
        step "2/3 f5-tts, without its training and demo packages"
        pip_install --no-deps -r requirements-nodeps.lock
        write_down run
        [[ $1 == run ]] || write_down dev
    fi
    if ! in_place project; then
        step "3/3 ishowtts itself"
        pip_install --no-deps --editable .
        write_down project
    fi
    step "done in $((SECONDS - started)) s"
}

ensure_environment() { # ensure_environment run|dev
    local what=$1
    if [[ $SETUP == off ]]; then
        [[ -x $VENV/bin/python ]] || die "ISHOWTTS_SETUP=off, but there is no Python environment at $VENV (ISHOWTTS_VENV)"
        return
    fi
    in_place "$what" && in_place project && return
    mkdir -p "$VENV"
    # In a subshell, so that Ctrl-C and `die` release the lock and `cd` stays inside.
    (
        if command -v flock >/dev/null 2>&1; then
            exec 9<"$VENV" # the folder itself is the lock: nothing to leave behind
            if ! flock -n 9; then
                step "another set-up of $VENV is running: waiting for it"
                flock 9
                in_place "$what" && in_place project && exit 0
            fi
        fi
        install_into_venv "$what"
    ) || exit $?
}
