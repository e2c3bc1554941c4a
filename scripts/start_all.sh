#!/usr/bin/env bash
# Start the iShowTTS server: make its environment on first use, start it, wait until it can speak.
#
#   ./scripts/start_all.sh                     start, then show the log; Ctrl-C stops the server
#   ./scripts/start_all.sh --detach            start and return; the server goes on in the background
#   ./scripts/start_all.sh --stop              stop the servers that this checkout started
#   ./scripts/start_all.sh --port 8080 --config my.toml
#
#   --wait N       give up when it is not ready N seconds after its start (default 600)
#   --port P       listen on this port instead of the configured one; 0 picks a free one
#   --host H       listen on this address (default 127.0.0.1; another one also needs a key in [auth], or --insecure)
#   --insecure     allow an address that other machines can reach, with no key asked
#   --config FILE  settings (default config/ishowtts.toml)
#   --detach, -d   return as soon as it is ready. Also what happens when the output is not a terminal,
#                  so that scripts, CI jobs and `./scripts/start_all.sh | cat` return with the server running
#   --stop         stop it: with --port only the one on that port
#   --help, -h     this text
#
# Safe to run twice: a server that this checkout runs on the port already is left alone, and told.
# Log and process id: logs/server-PORT.log, logs/server-PORT.pid.
# Environment: ISHOWTTS_VENV, ISHOWTTS_PYTHON, ISHOWTTS_SETUP (scripts/lib/env.sh), and any setting of the server.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=scripts/lib/env.sh
source "$here/lib/env.sh"
# shellcheck source=scripts/lib/server.sh
source "$here/lib/server.sh"

usage() { sed -n '2,/^set -/{/^set -/d;s/^# \{0,1\}//;p}' "${BASH_SOURCE[0]}"; }

wait_seconds=600 port='' host='' config='' insecure='' detach='' stop=''
[[ -t 1 ]] || detach=1
while (($#)); do
    case $1 in
        --*=*)
            set -- "${1%%=*}" "${1#*=}" "${@:2}"
            continue
            ;;
        --wait | --port | --host | --config)
            (($# > 1)) || die "$1 needs a value (see --help)"
            case $1 in
                --wait) wait_seconds=$2 ;;
                --port) port=$2 ;;
                --host) host=$2 ;;
                --config) config=$(realpath -m -- "$2") ;; # the server runs in the checkout: keep the caller's meaning
            esac
            shift 2
            ;;
        --insecure) insecure=1 && shift ;;
        --detach | -d) detach=1 && shift ;;
        --stop) stop=1 && shift ;;
        --help | -h) usage && exit 0 ;;
        *) die "unknown argument: $1 (see --help)" ;;
    esac
done
[[ $wait_seconds =~ ^[0-9]{1,6}$ ]] || die "--wait takes whole seconds, not '$wait_seconds'"
[[ -z $port || $port =~ ^[0-9]{1,5}$ ]] || die "--port takes a number from 0 to 65535, not '$port'"
[[ -z $config || -f $config ]] || die "no such config file: $config"

if [[ -n $stop ]]; then
    stop_servers "$port"
    exit 0
fi

ensure_environment run
cd "$ROOT"
address=$("$VENV/bin/python" scripts/lib/server.py address ${config:+--config "$config"} ${host:+--host "$host"} \
    ${port:+--port "$port"}) || exit 1
read -r host port <<<"$address"

mkdir -p logs
exec 8<logs # the folder is the lock: two runs at once start one server
if command -v flock >/dev/null 2>&1; then flock 8; fi
if server_pid "$port" >/dev/null; then
    say "[start] a server of this checkout runs on port $port already (process $(server_pid "$port"))"
    detach=1
else
    "$VENV/bin/python" scripts/lib/server.py free "$host" "$port" ||
        die "cannot listen on $host port $port: another program has it, or the address is not of this machine.
  Use another one: ./scripts/start_all.sh --port $((port < 65535 ? port + 1 : 27121))"
    start_server "$host" "$port" ${config:+--config "$config"} ${insecure:+--insecure}
    trap 'say; stop_server "$port" INT; exit 130' INT
    trap 'stop_server "$port"; exit 143' TERM HUP
fi
exec 8<&-

pid=$(server_pid "$port") || pid=0
status=0
"$VENV/bin/python" scripts/lib/server.py wait "$(local_host "$host")" "$port" "$pid" "$wait_seconds" || status=$?
if ((status)); then
    show_failure "$port"
    # One that only needs longer is left to go on when somebody else started it.
    [[ -z $(trap -p INT) ]] || stop_server "$port"
    exit 1
fi

show_ready "$host" "$port" "$detach"
trap - HUP
if [[ -n $detach ]]; then
    exit 0
fi
follow_server "$port" "$pid"
