//! `services passcheck add` and the like, as a person runs them.

mod common;

use std::{fs, os::unix::fs::MetadataExt};

use common::program::{services, told};

struct Fixture {
    directory: tempfile::TempDir,
}

impl Fixture {
    fn new() -> Self {
        Self { directory: tempfile::tempdir().expect("a directory") }
    }

    fn path(&self) -> String {
        self.directory.path().join("passwords").display().to_string()
    }

    /// `services passcheck ACTION NAME --passwords FILE`
    fn told(&self, action: &str, name: &str, input: &str) -> (String, String, i32) {
        told(&["passcheck", action, name, "--passwords", &self.path()], input)
    }

    fn file(&self) -> String {
        fs::read_to_string(self.path()).expect("the file")
    }
}

#[test]
fn accounts_are_added_locked_unlocked_and_removed() {
    let fixture = Fixture::new();
    let path = fixture.path();
    let added = fixture.told("add", "alice", "secret\n");
    assert_eq!(added, (format!("alice was added ({path})\n"), String::new(), 0));
    assert!(fixture.file().starts_with("alice:$argon2id$v=19$m=19456,t=2,p=1$"));
    assert_eq!(fs::metadata(&path).expect("the file").mode() & 0o777, 0o600);
    let (out, _, status) = fixture.told("lock", "alice", "");
    assert_eq!((out, status), (format!("alice is locked ({path})\n"), 0));
    let (out, _, status) = fixture.told("add", "alice", "other");
    assert_eq!((out, status), (format!("alice has a new password ({path})\n"), 0));
    assert!(fixture.file().starts_with("alice:!$argon2id$"), "a new password does not unlock");
    assert_eq!(fixture.told("unlock", "alice", "").2, 0);
    assert!(fixture.file().starts_with("alice:$argon2id$"));
    assert_eq!(fixture.told("remove", "alice", "").2, 0);
    assert_eq!(fixture.file(), "");
}

#[test]
fn what_cannot_be_done_is_told_with_what_helps() {
    let fixture = Fixture::new();
    let path = fixture.path();
    for (action, name, input, expected) in [
        ("add", "alice", "", "the input ended before the password"),
        ("add", "alice", "\n", "the password is empty; nothing was changed"),
        ("add", "a:b", "x\n", "the name \"a:b\" has a colon"),
        ("add", "", "x\n", "the name is empty"),
        ("lock", "alice", "", "no such file"),
    ] {
        let (out, error, status) = fixture.told(action, name, input);
        assert_eq!((out.as_str(), status), ("", 2), "{action} {name:?}: {error}");
        assert!(error.starts_with("services: ") && error.contains(expected), "{error}");
        assert!(!fs::exists(&path).expect("looked"));
    }
    assert_eq!(fixture.told("add", "bob", "x\n").2, 0);
    let (_, error, status) = fixture.told("lock", "alice", "");
    assert_eq!(status, 2);
    let lists = format!(
        "`services passcheck add alice --passwords {path}` adds it; `cut -d: -f1 {path}` lists"
    );
    assert!(error.contains(&lists), "{error}");
    fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o640)).expect("set");
    let (_, error, status) = fixture.told("add", "alice", "x\n");
    assert_eq!(status, 2);
    let expected = format!("is open to other users (mode 0640); close it: chmod 600 {path}");
    assert!(error.contains(&expected), "{error}");
}

#[test]
fn without_a_file_named_it_is_in_the_users_configuration() {
    let home = tempfile::tempdir().expect("a directory");
    let mut add = services();
    add.args(["passcheck", "add", "alice"]).env("HOME", home.path());
    let mut child = add
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::null())
        .spawn()
        .expect("it runs");
    std::io::Write::write_all(&mut child.stdin.take().expect("its input"), b"secret\n")
        .expect("written");
    assert!(child.wait().expect("it ends").success());
    let file = home.path().join(".config/sunrpc/passwords");
    assert!(fs::read_to_string(&file).expect("the file").starts_with("alice:$argon2id$"));
    let directory = fs::metadata(file.parent().expect("its directory")).expect("it");
    assert_eq!(directory.mode() & 0o777, 0o700);
}
