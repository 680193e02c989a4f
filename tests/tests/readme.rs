//! The README's example of a new service is the code in `tests/readme/`, and it works.

use std::{fs, process::Command};

use sunrpc_tests::{
    build::{program, top},
    needs::{Need, have},
    process::{Daemon, run},
};

/// The fenced blocks of a Markdown text, each as it would be a file.
fn blocks(markdown: &str) -> Vec<String> {
    let mut blocks = Vec::new();
    let mut block: Option<String> = None;
    for line in markdown.lines() {
        match &mut block {
            None if line.starts_with("```") => block = Some(String::new()),
            Some(_) if line.starts_with("```") => blocks.extend(block.take()),
            Some(text) => {
                text.push_str(line);
                text.push('\n');
            }
            None => {}
        }
    }
    blocks
}

/// The README shows each file of the example, or a run of its lines, as it is.
#[test]
fn shows_the_example_as_it_is() {
    let readme = top().join("README.md");
    if !have("readme::shows_the_example_as_it_is", &[Need::Readme]) {
        return;
    }
    let readme = fs::read_to_string(readme).expect("the README");
    let blocks = blocks(&readme);
    for name in ["hello.x", "build.rs", "src/main.rs"] {
        let file = fs::read_to_string(top().join("tests/readme").join(name)).expect("the example");
        assert!(
            blocks.contains(&file),
            "README.md has no block that is tests/readme/{name}:\n{file}"
        );
    }
}

/// Not there yet, then served, looked up and called; and again by a server that is started after a kill.
#[test]
fn example_works() {
    let mut portmap = Daemon::start(Command::new(program("portmap")).args(["--port", "0"]));
    let ready = portmap.line();
    let addr = ready.split(' ').find_map(|part| part.strip_prefix("tcp=")).expect("an address");
    let hello = || {
        let mut command = Command::new(program("hello"));
        command.env("PORTMAP", addr);
        command
    };
    let nobody = run(hello().arg("world")).exits(1);
    assert!(nobody.stderr.contains("over tcp is not registered with"), "{nobody}");
    for _ in 0..2 {
        let mut server = Daemon::start(&mut hello());
        server.line_with("ready");
        assert_eq!(run(hello().arg("world")).ok().stdout, "Hello, world!\n");
    }
}
