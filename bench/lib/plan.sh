# Sourced by bench/run: what is measured, and who takes part.

works_of_calls="null-udp null-tcp cores-udp cores-tcp window-tcp window-udp echo-8k echo-256k idle"
works_of_portmappers="getport-udp getport-tcp getport-window"
works_of_one="codec compiler"
window=64

# Whether every work in `only` is one.
known_works() {
    local work
    for work in $only; do
        if [[ " $works_of_calls $works_of_portmappers $works_of_one " != *" $work "* ]]; then
            echo "no such work: $work" >&2
            return 1
        fi
    done
}

one_round() {
    one_at_a_time
    between_cores
    many_outstanding
    echoes
    lookups
    idle_connections
}

# NULL calls. `…-server`: with the raw client, as also for `epoll`.
one_at_a_time() {
    local transport some="PORT $((calls / 10)) $calls"
    for transport in udp tcp; do
        measure "null-$transport" raw "pingpong server $transport 0" "pingpong client $transport 0 $some"
        measure "null-$transport" epoll "epoll server $transport 0" "pingpong client $transport 0 $some"
        measure "null-$transport" ours "ours server $transport 0" "ours client $transport 0 $some"
        measure "null-$transport" ours-server "ours server $transport 0" "pingpong client $transport 0 $some"
        measure "null-$transport" libtirpc "libtirpc server $transport 0" "libtirpc client $transport 0 $some"
    done
    measure null-tcp tonic "tonic server tcp 0" "tonic client tcp 0 $some"
}

# NULL calls from one core to another. `ours-busy`: both ends ask again and again before they sleep.
between_cores() {
    [[ -n $other_core ]] || return 0
    local transport client_core=$other_core some="PORT $((calls / 100)) $((calls / 10))"
    for transport in udp tcp; do
        measure "cores-$transport" raw "pingpong server $transport 0" "pingpong client $transport 0 $some"
        measure "cores-$transport" ours "ours server $transport 0" "ours client $transport 0 $some"
        measure "cores-$transport" ours-busy "ours --busy server $transport 0" "ours --busy client $transport 0 $some"
        measure "cores-$transport" libtirpc "libtirpc server $transport 0" "libtirpc client $transport 0 $some"
    done
}

many_outstanding() {
    local some="$window PORT $millis"
    measure window-tcp raw "pipeline server tcp 0" "pipeline client tcp $some 0"
    measure window-tcp ours-server "ours server tcp 0" "pipeline client tcp $some 0"
    measure window-tcp libtirpc-server "libtirpc server tcp 0" "pipeline client tcp $some 0"
    measure window-tcp ours "ours server tcp 0" "ours window tcp $some"
    measure window-tcp tonic "tonic server tcp 0" "tonic window tcp $some"
    measure window-udp raw "datagrams server udp 0" "datagrams client udp $some"
    measure window-udp ours-server "ours server udp 0" "datagrams client udp $some"
    measure window-udp libtirpc-server "libtirpc server udp 0" "datagrams client udp $some"
    measure window-udp ours "ours server udp 0" "ours window udp $some"
}

echoes() {
    echo_of echo-8k 8192 "$((bulk * 10))"
    echo_of echo-256k 262144 "$bulk"
}

# echo_of WORK BYTES CALLS
echo_of() {
    local some="$2 PORT $(($3 / 10 + 1)) $3"
    measure "$1" raw "pingpong server tcp $2" "pingpong client tcp $some"
    measure "$1" ours "ours server tcp $2" "ours client tcp $some"
    measure "$1" ours-sharing "ours sharer tcp $2" "ours sharing tcp $some"
    measure "$1" ours-server "ours sharer tcp $2" "pingpong client tcp $some"
    measure "$1" libtirpc "libtirpc server tcp $2" "libtirpc client tcp $some"
}

# The portmapper's GETPORT.
lookups() {
    local transport some="getport PORT $((calls / 10)) $calls" driver="pipeline client tcp $window PORT $millis getport"
    for transport in udp tcp; do
        measure "getport-$transport" raw "pingpong server $transport getport" "pingpong client $transport $some"
        measure "getport-$transport" ours "portmap --port 0" "pingpong client $transport $some"
        measure "getport-$transport" rpcbind rpcbind "pingpong client $transport $some"
    done
    measure getport-window raw "pipeline server tcp getport" "$driver"
    measure getport-window ours "portmap --port 0" "$driver"
    measure getport-window rpcbind rpcbind "$driver"
}

# Opening thousands of connections takes a while, for libtirpc seconds: not in every round.
idle_connections() {
    ((round <= crowd_rounds)) || return 0
    measure_crowd ours "ours server tcp 0"
    ((round > 1)) || measure_crowd libtirpc "libtirpc server tcp 0"
}

# What needs no taking of turns with the rest, or takes its own.
once_for_all() {
    ! wanted codec || measure_codec
    ! wanted compiler || measure_compiler
}

measure_codec() {
    echo "codec …" >&2
    bench/codec/run --core "$core" --lines --rounds "$rounds" "${codec[@]}" | sed 's/^work=/work=codec case=/' >>"$work/figures"
}

# 100,000 lines of .x to Rust, and to C: its header and its routines.
measure_compiler() {
    echo "compiler …" >&2
    awk -f bench/lib/lines.awk >"$work/lines.x"
    time_compiler ours "$work/rpcgen" "$work/lines.x" -o "$work/lines.rs"
    if command -v rpcgen >/dev/null; then
        time_compiler rpcgen-h rpcgen -h -o "$work/lines.h" "$work/lines.x"
        time_compiler rpcgen-c rpcgen -c -o "$work/lines.c" "$work/lines.x"
    fi
}

# time_compiler WHO COMMAND…: what it takes of the processor, as somebody else's work would stretch its time.
time_compiler() {
    local who=$1 took TIMEFORMAT='%U %S'
    shift
    took=$({ time taskset -c "$core" "$@" >/dev/null 2>&1; } 2>&1)
    awk -v who="$who" -v lines="$(wc -l <"$work/lines.x")" \
        '{ printf "work=compiler who=%s lines=%d ms=%d\n", who, lines, ($1 + $2) * 1000 }' <<<"$took" >>"$work/figures"
}
