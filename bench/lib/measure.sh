# Sourced by bench/run: one measurement each, whose line goes to "$work/figures".

server= crowd_pid= inside=

stop_all() {
    stop_crowd
    stop_server
    rm -rf "$work"
}

stop_server() {
    [[ -n $server ]] || return 0
    kill "$server" 2>/dev/null || true
    wait "$server" 2>/dev/null || true
    server=
}

stop_crowd() {
    [[ -n $crowd_pid ]] || return 0
    kill "$crowd_pid" 2>/dev/null || true
    wait "$crowd_pid" 2>/dev/null || true
    crowd_pid=
}

# The cores that this process may run on.
cores() {
    local first last
    taskset -cp $$ | sed 's/.*: //' | tr , '\n' | while IFS=- read -r first last; do seq "$first" "${last:-$first}"; done
}

# wanted WORK: whether it is to be measured.
wanted() { [[ -z $only || " $only " == *" $1 "* ]]; }

# takes_part COMMAND: whether its program was built.
takes_part() { [[ -x $work/${1%% *} ]]; }

# start_server COMMAND: sets `server`, `port` (the last number of the first line that it prints) and `inside`, which
# takes a client to the network that the server is in, where that is one of its own.
start_server() {
    [[ -p $work/says ]] || mkfifo "$work/says"
    taskset -c "$core" $work/$1 >"$work/says" &
    server=$!
    if ! read -r -t 10 port <"$work/says"; then
        echo "no port from: $1" >&2
        return 1
    fi
    port=${port##*[!0-9]} inside=
    [[ $1 != rpcbind ]] || inside="nsenter --net=/proc/$server/ns/net"
}

# client COMMAND: runs it to its end, with PORT filled in; on `client_core`, where that is another one.
client() {
    timeout 120 taskset -c "${client_core:-$core}" $inside $work/${1/PORT/$port} || { echo "failed: $1" >&2; return 1; }
}

# measure WORK WHO SERVER CLIENT: one round of one who takes part, its server started for it.
measure() {
    wanted "$1" && takes_part "$3" && takes_part "$4" || return 0
    local line
    start_server "$3"
    line=$(client "$4")
    echo "work=$1 who=$2 round=$round $line kib=$(resident_kib)" >>"$work/figures"
    stop_server
}

# field NAME LINE: its value.
field() { sed -E "s/.*\b$1=([^ ]*).*/\1/" <<<"$2"; }

resident_kib() { awk '/^VmRSS/ { print $2 }' "/proc/$server/status"; }

# measure_crowd WHO SERVER: NULL calls and the server's resident memory, without and with a crowd of idle connections.
measure_crowd() {
    wanted idle && takes_part "$2" || return 0
    local alone among before after call="pingpong client tcp 0 PORT $((calls / 20)) $((calls / 4))"
    start_server "$2"
    alone=$(client "$call")
    before=$(resident_kib)
    if assemble_crowd; then
        after=$(resident_kib)
        among=$(client "$call")
        echo "work=idle who=$1 round=$round connections=$crowd alone_kib=$before kib=$after" \
            "alone_p50_ns=$(field p50_ns "$alone") p50_ns=$(field p50_ns "$among")" >>"$work/figures"
    else
        echo "left out: $1 with $crowd idle connections (it does not serve as many)" >&2
    fi
    stop_crowd
    stop_server
}

# The crowd stays until it is stopped: its input is a pipe that nothing is written to.
assemble_crowd() {
    [[ -p $work/hold ]] || mkfifo "$work/hold"
    taskset -c "$core" "$work/crowd" "$port" "$crowd" <>"$work/hold" >"$work/says" 2>/dev/null &
    crowd_pid=$!
    local said
    read -r -t 120 said <"$work/says" && [[ $said == "open $crowd" ]]
}

# Both ends of the crowd need a descriptor for each connection.
raise_descriptor_limit() {
    ulimit -n "$(ulimit -Hn)" 2>/dev/null || true
    local limit
    limit=$(ulimit -n)
    if [[ $limit != unlimited ]] && ((limit < crowd + 64)); then
        echo "only $((limit - 64)) idle connections: no more descriptors are to be had (ulimit -n)" >&2
        crowd=$((limit - 64))
    fi
}

# What the figures were taken on, as "machine NAME VALUE".
describe_machine() {
    local model load
    load=$(cut -d' ' -f1 /proc/loadavg)
    ! awk "BEGIN { exit !($load > 0.5) }" || echo "the machine is not idle: its load is $load" >&2
    model=$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)
    echo "machine model ${model:-$(uname -m)}"
    echo "machine cores $(nproc)"
    echo "machine kernel $(uname -sr)"
    echo "machine syscall_ns $(taskset -c "$core" "$work/syscall")"
    echo "machine load $load"
    echo "machine rustc $(rustc --version | cut -d' ' -f2)"
    echo "machine gcc $(gcc -dumpfullversion)"
    echo "machine date $(date -u +%F)"
    echo "machine rounds $rounds"
    echo "machine core $core"
}
