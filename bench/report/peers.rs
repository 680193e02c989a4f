//! Who takes part, as tables and plots name them.

/// The name that readers see.
pub(crate) fn name(who: &str) -> &str {
    match who {
        "raw" => "raw C",
        "epoll" => "C over epoll",
        "ours" => "this project",
        "ours-busy" => "this project, busy polling",
        "ours-server" => "our server, raw C client",
        "ours-sharing" => "this project, shared bytes",
        "libtirpc-server" => "libtirpc's server, raw C client",
        other => other,
    }
}
