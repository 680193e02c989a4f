//! `bench/run` itself: every measurement is made once, by everybody who can be built here. No figure decides anything.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    thread,
};

use sunrpc_tests::needs::{self, GCC, LIBTIRPC, Need, RPCGEN};

const TASKSET: Need = Need::Program("taskset", "util-linux");

/// The measurements, and who takes part in each besides the raw sockets and us.
const WORKS: [(&str, &[&str]); 6] = [
    ("null-udp", &["epoll", "ours-server", "libtirpc"]),
    ("null-tcp", &["epoll", "ours-server", "libtirpc"]),
    ("window-tcp", &["ours-server", "libtirpc-server"]),
    ("window-udp", &["ours-server", "libtirpc-server"]),
    ("echo-8k", &["ours-sharing", "ours-server", "libtirpc"]),
    ("echo-256k", &["ours-sharing", "ours-server", "libtirpc"]),
];

#[test]
fn every_measurement_is_made() {
    if !needs::have("every_measurement_is_made", &[GCC, TASKSET, RPCGEN, LIBTIRPC]) {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let figures = folder.path().join("figures");
    let tables = check(&figures);
    let figures = fs::read_to_string(figures).expect("figures");
    let measured = |work: &str, who: &str| {
        figures.lines().any(|line| line.starts_with(&format!("work={work} who={who} round=1 ")))
    };
    for (work, others) in WORKS {
        for who in ["raw", "ours"].iter().chain(others) {
            assert!(measured(work, who), "{work} by {who} in\n{figures}");
        }
    }
    for who in ["ours", "libtirpc"] {
        assert!(measured("idle", who), "idle connections of {who} in\n{figures}");
    }
    if thread::available_parallelism().expect("a count").get() > 1 {
        for work in ["cores-udp", "cores-tcp"] {
            for who in ["raw", "ours", "ours-busy", "libtirpc"] {
                assert!(measured(work, who), "{work} by {who} in\n{figures}");
            }
        }
    }
    for heading in ["goals", "null", "window", "echo", "idle"] {
        assert!(tables.contains(&format!("{heading}\n\n| ")), "{heading} in\n{tables}");
    }
}

/// Runs the runner with the programs that cargo has built for this test.
fn check(figures: &Path) -> String {
    let top = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let bin: PathBuf =
        Path::new(env!("CARGO_BIN_EXE_sunrpc-bench")).parent().expect("a folder").into();
    let run = Command::new(top.join("bench/run"))
        .args(["--check", "--figures"])
        .arg(figures)
        .env("BENCH_BIN", bin)
        .output()
        .expect("bench/run");
    let said = String::from_utf8_lossy(&run.stderr);
    assert!(run.status.success(), "{said}");
    String::from_utf8_lossy(&run.stdout).into_owned()
}
