# Sourced by bench/run: what is measured is built into "$work", one program for each of those who take part.

target=${CARGO_TARGET_DIR:-target}

build_all() {
    echo "building …" >&2
    build_ours
    build_c
    build_libtirpc
    build_tonic
    build_portmappers
}

# BENCH_BIN: a folder of programs of this project that are built already, for the test of this script.
build_ours() {
    local bin=${BENCH_BIN:-$target/release}
    if [[ -z ${BENCH_BIN:-} ]]; then
        cargo build --quiet --release -p sunrpc-bench
        ! wanted compiler || cargo build --quiet --release -p sunrpc-rpcgen
    fi
    cp "$bin/sunrpc-bench" "$work/ours"
    cp "$bin/sunrpc-bench-report" "$work/report"
    ! wanted compiler || cp "$bin/rpcgen" "$work/rpcgen"
}

build_c() {
    local source
    for source in pingpong epoll pipeline datagrams crowd syscall; do
        gcc -O2 -Wall -Wextra -Ibench/c -o "$work/$source" "bench/c/$source.c"
    done
}

build_libtirpc() {
    if ! command -v rpcgen >/dev/null || [[ ! -e /usr/include/tirpc/rpc/rpc.h ]]; then
        echo "left out: libtirpc (packages rpcsvc-proto and libtirpc-dev)" >&2
        return
    fi
    local part
    for part in -h:echo.h -l:clnt.c -m:svc.c -c:xdr.c; do
        (cd bench && rpcgen "${part%%:*}" -o "$work/${part#*:}" echo.x)
    done
    gcc -O2 -Wall -Wno-unused-variable -Wno-unused-parameter -Ibench/c "-I$work" -I/usr/include/tirpc \
        -o "$work/libtirpc" bench/c/tirpc.c "$work/clnt.c" "$work/svc.c" "$work/xdr.c" -ltirpc
}

# rpcbind takes port 111 and files in /run, so it gets a network and a /run of its own: that needs root.
build_portmappers() {
    wanted getport-tcp || wanted getport-udp || wanted getport-window || return 0
    [[ -n ${BENCH_BIN:-} ]] || cargo build --quiet --release -p sunrpc-portmap
    cp "${BENCH_BIN:-$target/release}/portmap" "$work/portmap"
    if PATH=$PATH:/usr/sbin:/sbin command -v rpcbind >/dev/null && unshare --net --mount true 2>/dev/null; then
        printf '#!/bin/sh\nexec unshare --net --mount bench/lib/rpcbind.sh\n' >"$work/rpcbind"
        chmod +x "$work/rpcbind"
    else
        echo "left out: rpcbind (the package, and root)" >&2
    fi
}

# A package of its own, with a lock file of its own: nobody else pays for its build.
build_tonic() {
    local built=${target}/tonic/release/sunrpc-bench-tonic
    if [[ -n $tonic ]]; then
        cargo build --quiet --locked --release --manifest-path bench/tonic/Cargo.toml --target-dir "$target/tonic"
    fi
    if [[ -e $built ]]; then
        cp "$built" "$work/tonic"
    else
        echo "left out: tonic (--peers tonic builds it)" >&2
    fi
}
