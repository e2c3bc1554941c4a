#!/usr/bin/env bash
# The highest power mode and locked clocks of a Jetson, for as long as the board is on; shows what it changes.
set -euo pipefail

usage() {
    cat <<'TEXT'
Usage: setup_performance_mode.sh [--status | --on | --off] [--mode N]

  --status   show power mode and clocks (default; needs no root)
  --on       power mode MAXN (or --mode N), clocks locked at their highest; needs root
  --off      clocks as they were before --on; the power mode stays
  --mode N   a number of `nvpmodel -p --verbose` (default: 0, which is MAXN on every Orin but the Super ones, where it is 2)

On a desktop or data-centre card there is nothing to do: it raises its clocks by itself when there is work, and locking
them wants root and costs power around the clock. Where measurements must be steady: nvidia-smi --lock-gpu-clocks.

Examples:
  scripts/setup_performance_mode.sh
  sudo scripts/setup_performance_mode.sh --on
TEXT
}

die() {
    printf 'error: %s\n' "$*" >&2
    exit 1
}

action=status mode=0
while (($#)); do
    case $1 in
        --status | --on | --off) action=${1#--} ;;
        --mode)
            [[ ${2-} =~ ^[0-9]{1,2}$ ]] || die "--mode takes a number, such as 0"
            mode=$2
            shift
            ;;
        -h | --help)
            usage
            exit 0
            ;;
        *)
            usage >&2
            die "unknown option: $1"
            ;;
    esac
    shift
done

if ! command -v nvpmodel >/dev/null || ! command -v jetson_clocks >/dev/null; then
    if command -v nvidia-smi >/dev/null; then
        echo "This is not a Jetson. Its card raises its clocks by itself when there is work: nothing to do."
        nvidia-smi --query-gpu=name,clocks.sm,clocks.max.sm,power.draw,power.limit --format=csv
        exit 0
    fi
    echo "This is not a Jetson, and there is no NVIDIA driver: nothing to do."
    exit 0
fi

before=/run/ishowtts-clocks.conf
case $action in
    status)
        nvpmodel -q
        jetson_clocks --show || echo "(clocks: run as root to see them)"
        ;;
    on)
        ((EUID == 0)) || die "--on changes the board for everybody: run it with sudo"
        [[ -e $before ]] || jetson_clocks --store "$before"
        nvpmodel -m "$mode"
        jetson_clocks
        nvpmodel -q
        echo "Locked until the board is switched off, or --off. Expect the fan, and watch the temperature:"
        echo "  scripts/monitor_performance.py"
        ;;
    off)
        ((EUID == 0)) || die "--off changes the board for everybody: run it with sudo"
        [[ -e $before ]] || die "there is nothing to go back to: --on was not run since the board was switched on"
        jetson_clocks --restore "$before"
        rm -f "$before"
        ;;
esac
