# shellcheck shell=bash
# Start, find, follow and stop the servers of this checkout. After env.sh; `logs/` holds a log and a process id per port.

log_of() { printf '%s/logs/server-%s.log\n' "$ROOT" "$1"; }
pid_file_of() { printf '%s/logs/server-%s.pid\n' "$ROOT" "$1"; }

# Where to reach a server that listens on every address of the machine.
local_host() {
    case $1 in
        0.0.0.0) echo 127.0.0.1 ;;
        ::) echo ::1 ;;
        *) echo "$1" ;;
    esac
}

server_pid() { # server_pid PORT: prints the process id; fails when none of ours runs there
    local pid
    pid=$(cat "$(pid_file_of "$1")" 2>/dev/null) || return 1
    # The number may be somebody else's by now: ask for the command line too.
    [[ -n $pid ]] && { tr '\0' ' ' <"/proc/$pid/cmdline"; } 2>/dev/null | grep -q " ishowtts.cli serve .*--port $1 " || return 1
    echo "$pid"
}

start_server() { # start_server HOST PORT [more arguments of `ishowtts serve`]
    local host=$1 port=$2 log
    shift 2
    log=$(log_of "$port")
    if [[ -f $log ]]; then mv -f "$log" "$log.1"; fi
    say "[start] starting the server (log: ${log#"$PWD"/})"
    # Its own session: Ctrl-C reaches this script, which stops the server in order.
    # GOMP_SPINCOUNT=0: torch's OpenMP threads otherwise burn the cores that other programs need, and everything waits.
    GOMP_SPINCOUNT=${GOMP_SPINCOUNT:-0} setsid "$VENV/bin/python" -m ishowtts.cli serve --host "$host" --port "$port" "$@" \
        >"$log" 2>&1 </dev/null 8<&- &
    echo $! >"$(pid_file_of "$port")"
    disown # no "Terminated" line from bash when it is stopped
    # Until the command line is that of the server, nobody could find it.
    for _ in {1..50}; do
        if server_pid "$port" >/dev/null; then return; fi
        sleep 0.1
    done
}

stop_server() { # stop_server PORT [INT]: TERM lets requests under way finish, INT does not; after 15 s, or Ctrl-C, KILL
    local pid force=''
    pid=$(server_pid "$1") || { rm -f "$(pid_file_of "$1")"; return 0; }
    say "[stop] stopping the server on port $1 (process $pid)"
    trap 'force=1' INT
    kill "-${2:-TERM}" "$pid" 2>/dev/null || true
    for tenths in {1..150}; do
        kill -0 "$pid" 2>/dev/null || break
        if [[ -n $force ]]; then break; fi
        # While Python starts, INT is ignored: bash gives it so to what runs in the background.
        if ((tenths == 20)); then kill -TERM "$pid" 2>/dev/null || true; fi
        sleep 0.1 || true
    done
    kill -KILL -- "-$pid" 2>/dev/null || true # what is left of its session; nothing, as a rule
    trap - INT
    rm -f "$(pid_file_of "$1")"
}

stop_servers() { # stop_servers [PORT]: that one, or all that this checkout started
    local file port found=''
    for file in "$ROOT"/logs/server-*.pid; do
        port=${file##*server-}
        port=${port%.pid}
        [[ -f $file && ${1:-$port} == "$port" ]] || continue
        if server_pid "$port" >/dev/null; then found=1; fi
        stop_server "$port"
    done
    [[ -n $found ]] || say "[stop] no server of this checkout is running${1:+ on port $1}"
}

show_failure() { # show_failure PORT
    warn "error: the server did not get ready. The last lines of $(log_of "$1"):"
    tail -n 25 "$(log_of "$1")" | sed 's/^/  | /' >&2
}

show_ready() { # show_ready HOST PORT DETACHED
    local host url
    host=$(local_host "$1")
    [[ $host == *:* ]] && host="[$host]"
    url=http://$host:$2
    cat <<TEXT

iShowTTS is ready: $url   (API pages: $url/docs)

  curl -X POST $url/tts -H 'content-type: application/json' \\
       -d '{"text":"Hello, and welcome to the stream."}' -o hello.wav

TEXT
    if [[ -n $3 ]]; then
        say "Log: $(log_of "$2")"
        say "Stop it: ./scripts/start_all.sh --stop --port $2"
    else
        say "Ctrl-C stops the server. Its log:"
    fi
}

follow_server() { # follow_server PORT PID: the log, until the server ends
    tail -n 5 --pid="$2" -f "$(log_of "$1")" &
    # `wait`, so that a trap runs at once and not when tail is done.
    wait $! || true
    if server_pid "$1" >/dev/null; then return; fi
    rm -f "$(pid_file_of "$1")"
    die "the server has ended: see $(log_of "$1")"
}
