//! The program `rpcgen`, run as its users run it.

#![cfg(feature = "cli")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A folder for one test, empty.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("program").join(name);
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).expect("a folder for the test");
    folder
}

fn write(folder: &Path, name: &str, text: &str) {
    std::fs::write(folder.join(name), text).expect("it is written");
}

fn read(folder: &Path, name: &str) -> String {
    std::fs::read_to_string(folder.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn rpcgen(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_rpcgen"))
        .args(arguments)
        .current_dir(folder)
        .output()
        .expect("rpcgen runs")
}

/// Exit status, standard output and standard error, as one text.
fn shown(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let status = output.status.code().expect("it was not killed");
    format!("status {status}\n--- out\n{}--- err\n{}", text(&output.stdout), text(&output.stderr))
}

fn idl(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../idl").join(folder);
    let entries = std::fs::read_dir(&folder).expect("the folder is there");
    let mut files: Vec<PathBuf> =
        entries.map(|entry| entry.expect("it can be read").path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "x"));
    files.sort();
    files
}

const NUMBERS: &str = "typedef opaque number[SIZE];\n#ifdef MORE\n#include \"more.x\"\n#endif\nstruct s { number n; other o; };\n";

#[test]
fn compiles_with_options() {
    let folder = folder("compile");
    write(&folder, "a.x", NUMBERS);
    std::fs::create_dir_all(folder.join("there")).expect("a folder");
    write(&folder, "there/more.x", "const INCLUDED = 1;\n");
    let options = [
        "a.x",
        "-D",
        "SIZE=5",
        "-DMORE",
        "-I",
        "there",
        "--extern",
        "other=crate::Other",
        "--types-only",
    ];
    let output = rpcgen(&folder, &options);
    assert!(output.status.success(), "{}", shown(&output));
    let rust = String::from_utf8(output.stdout).expect("it is UTF-8");
    for part in
        ["pub type Number = [u8; 5];", "pub const INCLUDED: u32 = 1;", "pub o: crate::Other,"]
    {
        assert!(rust.contains(part), "no {part} in {rust}");
    }
    let to_file = rpcgen(&folder, &[&options[..], &["-U", "MORE", "-o", "a.rs"]].concat());
    assert!(to_file.status.success() && to_file.stdout.is_empty(), "{}", shown(&to_file));
    assert!(!read(&folder, "a.rs").contains("INCLUDED"));
}

#[test]
fn borrows_and_shares() {
    let folder = folder("borrow");
    write(&folder, "a.x", "struct s { string name<>; opaque data<>; string more<>; };\n");
    let options = ["a.x", "--borrow", "s", "--shared-bytes", ".", "--bytes", "s.more"];
    let output = rpcgen(&folder, &options);
    assert!(output.status.success(), "{}", shown(&output));
    let rust = String::from_utf8(output.stdout).expect("it is UTF-8");
    let bytes = "::sunrpc::xdr::bytes::Bytes";
    for (part, times) in [
        ("pub struct SRef<'a> {", 1),
        ("pub name: &'a str,", 1),
        (&format!("pub data: {bytes},"), 2),
        (&format!("pub more: {bytes},"), 2),
    ] {
        assert_eq!(rust.matches(part).count(), times, "{part} in {rust}");
    }
}

#[test]
fn requires_methods() {
    let folder = folder("methods");
    write(&folder, "a.x", "program P { version V { void DO(void) = 1; } = 1; } = 7;\n");
    for (options, defaults) in [(&["a.x"][..], 1), (&["a.x", "--no-default-methods"], 0)] {
        let rust = String::from_utf8(rpcgen(&folder, options).stdout).expect("it is UTF-8");
        let default = "let _ = call;\n        Err(::sunrpc::server::Fault::ProcUnavail)";
        assert_eq!(rust.matches(default).count(), defaults, "{rust}");
    }
}

#[test]
fn refuses_names_that_match_nothing() {
    let folder = folder("unmatched");
    write(&folder, "a.x", "struct notice { string title<>; };\n");
    for option in ["--borrow", "--bytes", "--shared-bytes", "--type-attribute"] {
        let name = if option == "--type-attribute" { "notise=#[must_use]" } else { "notise" };
        let output = rpcgen(&folder, &["a.x", "--check", option, name]);
        assert_eq!(output.status.code(), Some(1), "{option}");
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(text.contains("error[X260]") && text.contains("`notise`"), "{option}: {text}");
    }
    let json = ["a.x", "--check", "--message-format", "json", "--borrow", "notise"];
    let output = rpcgen(&folder, &json);
    let object: serde_json::Value = serde_json::from_slice(&output.stderr).expect("it is JSON");
    assert_eq!(object["help"][0], "did you mean `notice`?");
}

#[test]
fn ends_with_files_that_include_files() {
    let folder = folder("bomb");
    for level in 0..40 {
        let next = format!("#include \"{}.x\"\n", level + 1);
        write(&folder, &format!("{level}.x"), &next.repeat(2));
    }
    write(&folder, "40.x", "");
    let output = rpcgen(&folder, &["--check", "0.x"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("X019"), "{}", shown(&output));
}

#[test]
fn makes_modules() {
    let folder = folder("modules");
    write(
        &folder,
        "root.x",
        "#include \"types.x\"\n#include \"more-numbers.x\"\nstruct pair { number a; point b; };\n",
    );
    write(&folder, "types.x", "#include \"more-numbers.x\"\nstruct point { number x<MOST>; };\n");
    write(&folder, "more-numbers.x", "const MOST = 5;\ntypedef hyper number;\n");
    let output = rpcgen(&folder, &["root.x", "--modules", "-o", "root.rs"]);
    assert_eq!(shown(&output), "status 0\n--- out\n--- err\n");
    write(&folder, "rustfmt.toml", "");
    let files = ["root.rs", "root.types_x.rs", "root.more_numbers_x.rs"];
    let formatted = Command::new("rustfmt")
        .args(["--check", "--edition", "2024"])
        .args(files)
        .current_dir(&folder)
        .output();
    let formatted = formatted.expect("rustfmt runs");
    assert!(formatted.status.success(), "{}", shown(&formatted));
    for name in files {
        insta::assert_snapshot!(format!("modules_{}", name.replace('.', "_")), read(&folder, name));
    }
}

#[test]
fn refuses_with_status_1() {
    let folder = folder("refuse");
    write(&folder, "a.x", NUMBERS);
    write(&folder, "good.x", "const GOOD = 1;\n");
    let output = rpcgen(&folder, &["--check", "a.x", "good.x", "missing.x"]);
    insta::assert_snapshot!(shown(&output));
    let good = rpcgen(&folder, &["--check", "good.x"]);
    assert_eq!(shown(&good), "status 0\n--- out\n--- err\n");
}

#[test]
fn says_what_to_do_about_arguments() {
    let folder = folder("arguments");
    write(&folder, "a.x", "const A = 1;\n");
    for (arguments, said) in [
        (["-o", "none/a.rs"], "none/a.rs: can't be written: there is no folder `none`; make it"),
        (["--out-dir", "a/b"], "a/b/a.rs: can't be written: there is no folder `a/b`; make it"),
        (["-o", "."], ".: can't be written: Is a directory"),
        (["-o", "/dev/full"], "/dev/full: can't be written: No space left"),
        (["--prelude", "none.x"], "the prelude `none.x` can't be read: No such file"),
        (["--extern", "name="], "expected a name, `=` and a value"),
        (["--root", "a b"], "expected a path of Rust"),
    ] {
        let output = rpcgen(&folder, &[&["a.x"], &arguments[..]].concat());
        let text = shown(&output);
        assert!(!output.status.success() && text.contains(said), "{arguments:?}: {text}");
    }
}

#[test]
fn says_once_that_a_program_is_no_text() {
    let folder = folder("binary");
    write(&folder, "a.o", "\x7fELF\0\0{{{{");
    write(&folder, "a.x", "#include \"a.o\"\n");
    for (file, said) in [
        ("a.o", "status 1\n--- out\n--- err\nerror: a.o: this is no text: it holds a zero byte\n"),
        ("a.x", "error[X017]: `a.o` can't be read: this is no text: it holds a zero byte\n"),
    ] {
        let text = shown(&rpcgen(&folder, &["--check", file]));
        assert!(text.contains(said), "{text}");
    }
}

#[test]
fn says_what_was_meant() {
    let folder = folder("meant");
    std::fs::create_dir_all(folder.join("idl")).expect("a folder");
    write(&folder, "inventory.x", "#include \"idl/itms.x\"\n");
    write(&folder, "idl/items.x", "");
    write(&folder, "good.x", "const GOOD = 1;\n");
    for (arguments, said) in [
        (
            &["inventry.x"][..],
            "inventry.x: No such file or directory (os error 2); did you mean `inventory.x`?",
        ),
        (&["inventory"], "; did you mean `inventory.x`?"),
        (&["items.x"], "; did you mean `idl/items.x`?"),
        (&["lint", "idl/item.x"], "; did you mean `idl/items.x`?"),
        (&["inventory.x"], "= help: did you mean `idl/items.x`?"),
        (&["lnt", "inventory.x"], "; did you mean `rpcgen lint`?"),
        (&["check", "inventory.x"], "; did you mean `rpcgen --check`?"),
        (&["new", "inventory.x", "stock"], "the name comes first: `rpcgen new stock inventory.x`"),
        (&["new", "idl", "good.x"], "idl: is there already; name another folder with `--path`"),
        (&["new", "stock", "good.x", "--runtime", "idl"], "idl: no checkout of the runtime"),
    ] {
        let text = shown(&rpcgen(&folder, arguments));
        assert!(text.starts_with("status 1") && text.contains(said), "{arguments:?}: {text}");
    }
    let nothing = shown(&rpcgen(&folder, &["nothing.x"]));
    assert!(!nothing.contains("did you mean"), "{nothing}");
}

#[test]
fn writes_json() {
    let folder = folder("json");
    write(
        &folder,
        "a.x",
        "struct s { int a; int \"\\a\"; };\nenum e { A };\nunion u switch (e x) { case A: case A: void; };\n",
    );
    let output = rpcgen(&folder, &["--check", "--message-format", "json", "a.x"]);
    assert_eq!(output.status.code(), Some(1));
    let lines = String::from_utf8(output.stderr).expect("it is UTF-8");
    let objects: Vec<serde_json::Value> =
        lines.lines().map(|line| serde_json::from_str(line).expect("a line is JSON")).collect();
    assert_eq!(objects.len(), 2, "{lines}");
    assert_eq!(objects[1]["code"], "X232");
    assert_eq!(objects[1]["labels"][0]["line"], 3);
    assert_eq!(objects[1]["labels"][0]["column"], 37);
    assert_eq!(objects[1]["labels"][0]["primary"], true);
}

#[test]
fn lints() {
    let folder = folder("lint");
    write(
        &folder,
        "a.x",
        "struct s { string name<>; int list<>; opaque rest<>; string fine<5>; };\n\
         typedef int numbers<>;\n\
         union u switch (int x) { case 1: case 2: string why<>; default: void; };\n\
         program P { version V { int GET(void) = 1; string PUT(opaque<>, int) = 4; } = 1; version W { int ZERO(int) = 0; } = 2; } = 7;\n",
    );
    insta::assert_snapshot!(shown(&rpcgen(&folder, &["lint", "a.x"])));
    write(
        &folder,
        "good.x",
        "program P { version V { void NONE(void) = 0; } = 1; } = 0x20000001;\n",
    );
    assert_eq!(shown(&rpcgen(&folder, &["lint", "good.x"])), "status 0\n--- out\n--- err\n");
}

#[test]
fn compares() {
    let folder = folder("diff");
    let old = "enum colour { RED, GREEN };\n\
               struct point { int x; int y; string name<10>; };\n\
               union choice switch (colour c) { case RED: point p; default: void; };\n\
               program P { version V {\n\
                   point MOVE(point) = 1; choice PICK(colour) = 2; int GONE(void) = 3; void SAME(point) = 4;\n\
               } = 1; version OLD { void NONE(void) = 0; } = 2; } = 0x20000001;\n";
    let new = "enum colour { RED, BLUE = 2, GREEN = 1 };\n\
               struct renamed { int x; hyper y; string name<20>; };\n\
               union choice switch (colour c) { case RED: renamed p; case BLUE: int depth; default: void; };\n\
               program P { version V {\n\
                   renamed MOVE(renamed) = 1; choice PICK(colour) = 2; void SAME(renamed, int) = 4; int MORE(void) = 5;\n\
               } = 1; version YOUNG { void NONE(void) = 0; } = 3; } = 0x20000001;\n";
    write(&folder, "old.x", old);
    write(&folder, "new.x", new);
    insta::assert_snapshot!(shown(&rpcgen(&folder, &["diff", "old.x", "new.x"])));
    write(
        &folder,
        "renamed.x",
        &old.replace("point", "place").replace("RED", "ROT").replace("MOVE", "GO"),
    );
    insta::assert_snapshot!(shown(&rpcgen(&folder, &["diff", "old.x", "renamed.x"])));
    write(&folder, "data.x", "struct a { int x<5>; };\nstruct b { int x; };\n");
    write(&folder, "data2.x", "struct a { int x<4>; };\nstruct c { int x; };\n");
    insta::assert_snapshot!(shown(&rpcgen(&folder, &["diff", "data.x", "data2.x"])));
}

/// What Rust has in a box is on the wire what it is without.
#[test]
fn compares_boxes_by_what_is_in_them() {
    let folder = folder("diff_boxes");
    let union = |more: &str| {
        format!(
            "union t switch (int k) {{ case 0: int a; case 1: s b; }};\nstruct s {{ int x; {more} }};\n"
        )
    };
    write(&folder, "boxed.x", &union("t inner;"));
    write(
        &folder,
        "again.x",
        &("typedef s other;\n".to_owned() + &union("t inner;").replace("s b", "other b")),
    );
    write(&folder, "plain.x", &union("t *inner;"));
    assert_eq!(rpcgen(&folder, &["diff", "boxed.x", "again.x"]).status.code(), Some(0));
    insta::assert_snapshot!(shown(&rpcgen(&folder, &["diff", "boxed.x", "plain.x"])));
}

#[test]
fn formats() {
    let folder = folder("fmt");
    let files: Vec<PathBuf> = idl("").into_iter().chain(idl("dialect")).collect();
    for file in &files {
        let name = file.file_name().and_then(|name| name.to_str()).expect("a name in ASCII");
        std::fs::copy(file, folder.join(name)).expect("it is copied");
    }
    let names: Vec<String> = files
        .iter()
        .map(|file| {
            file.file_name().and_then(|name| name.to_str()).expect("a name in ASCII").to_owned()
        })
        .collect();
    let arguments = |first: &[&str]| {
        first.iter().map(|one| (*one).to_owned()).chain(names.clone()).collect::<Vec<_>>()
    };
    let run = |first: &[&str]| {
        let arguments = arguments(first);
        rpcgen(&folder, &arguments.iter().map(String::as_str).collect::<Vec<_>>())
    };
    assert_eq!(shown(&run(&["fmt"])), "status 0\n--- out\n--- err\n");
    // What has its shape keeps it, and means what it meant.
    assert_eq!(shown(&run(&["fmt", "--check"])), "status 0\n--- out\n--- err\n");
    for (file, name) in files.iter().zip(&names) {
        let old = file.display().to_string();
        let compared = rpcgen(&folder, &["diff", &old, name]);
        assert!(compared.status.success(), "{name}: {}", shown(&compared));
    }
    insta::assert_snapshot!("formatted_unions", read(&folder, "unions.x"));
    insta::assert_snapshot!("formatted_comments", read(&folder, "comments.x"));
    insta::assert_snapshot!("formatted_preprocessor", read(&folder, "preprocessor.x"));
}

#[test]
fn own_files_have_their_shape() {
    let files: Vec<String> = idl("").iter().map(|path| path.display().to_string()).collect();
    let arguments: Vec<&str> =
        ["fmt", "--check"].into_iter().chain(files.iter().map(String::as_str)).collect();
    assert_eq!(shown(&rpcgen(Path::new("."), &arguments)), "status 0\n--- out\n--- err\n");
}

#[test]
fn leaves_unreadable_files_alone() {
    let folder = folder("fmt_unreadable");
    write(&folder, "a.x", "struct s {int a}");
    assert_eq!(rpcgen(&folder, &["fmt", "a.x"]).status.code(), Some(1));
    assert_eq!(read(&folder, "a.x"), "struct s {int a}");
}

#[test]
fn writes_schemas() {
    for file in idl("").into_iter().chain(idl("dialect")) {
        let path = file.display().to_string();
        let output = rpcgen(Path::new("."), &["schema", "--json", &path]);
        assert!(output.status.success(), "{}", shown(&output));
        let schema: serde_json::Value = serde_json::from_slice(&output.stdout).expect("it is JSON");
        assert_eq!(schema["format"], 1);
        if path.ends_with("programs.x") {
            let add = schema.pointer("/items/5/versions/0/procedures/1").expect("FIRST_ADD");
            assert_eq!(add["arguments_type"], "AddArgs");
        }
        if path.ends_with("doctor.x") {
            insta::assert_snapshot!(serde_json::to_string_pretty(&schema).expect("it is JSON"));
        }
    }
}

#[test]
fn schemas_tell_of_boxes() {
    let folder = folder("schema_boxes");
    write(
        &folder,
        "a.x",
        "union t switch (int k) { case 0: s plain; case 1: t again; };\nstruct s { int x; };\n",
    );
    let output = rpcgen(&folder, &["schema", "--json", "a.x"]);
    let schema: serde_json::Value = serde_json::from_slice(&output.stdout).expect("it is JSON");
    let ty = |arm: usize| schema.pointer(&format!("/items/0/arms/{arm}/type")).expect("a type");
    assert_eq!(*ty(0), serde_json::json!({ "kind": "named", "name": "s" }));
    assert_eq!(*ty(1), serde_json::json!({ "kind": "named", "name": "t", "boxed": true }));
}

#[test]
fn makes_projects() {
    let folder = folder("new");
    let file = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../idl/dialect/programs.x")
        .display()
        .to_string();
    let output = rpcgen(&folder, &["new", "my-service", &file]);
    insta::assert_snapshot!("project_made", shown(&output));
    let again = rpcgen(&folder, &["new", "my-service", &file]);
    assert_eq!(again.status.code(), Some(1), "a folder that is there was written to");
    let project = folder.join("my-service");
    write(&project, "rustfmt.toml", "");
    let sources = ["build.rs", "src/lib.rs", "src/bin/server.rs", "src/bin/client.rs"];
    let formatted = Command::new("rustfmt")
        .args(["--check", "--edition", "2024"])
        .args(sources)
        .current_dir(&project)
        .output();
    let formatted = formatted.expect("rustfmt runs");
    assert!(formatted.status.success(), "{}", shown(&formatted));
    for name in [
        "Cargo.toml",
        "build.rs",
        "src/lib.rs",
        "src/bin/server.rs",
        "src/bin/client.rs",
        "README.md",
    ] {
        insta::assert_snapshot!(
            format!("project_{}", name.replace(['/', '.'], "_")),
            read(&project, name)
        );
    }
}

#[test]
fn refuses_projects() {
    let folder = folder("new_refused");
    write(&folder, "a.x", "const A = 1;\n");
    write(&folder, "type.x", "const A = 1;\n");
    let names = [
        "No Name",
        "1board",
        "board!",
        "fn",
        "self",
        "std",
        "proc-macro",
        "sunrpc",
        "sunrpc-rpcgen",
    ];
    let said: String = names
        .iter()
        .map(|name| {
            let output = rpcgen(&folder, &["new", name, "a.x"]);
            assert!(!folder.join(name).exists(), "{name} was made");
            shown(&output)
        })
        .collect();
    insta::assert_snapshot!(said);
    // A runtime that is not there is noticed before the folder is made.
    let with = |runtime| rpcgen(&folder, &["new", "board", "a.x", "--runtime", runtime]);
    for _ in 0..2 {
        let output = shown(&with("nowhere"));
        assert!(output.starts_with("status 1") && output.contains("nowhere/rpc"), "{output}");
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").display().to_string();
    let output = shown(&with(&root));
    assert!(output.starts_with("status 0") && !output.contains("published"), "{output}");
    // A file's name that can't be a module's.
    assert!(rpcgen(&folder, &["new", "board2", "type.x"]).status.success());
    let library = read(&folder, "board2/src/lib.rs");
    assert!(library.contains("mod idl_type {\n    sunrpc::include_x!(\"type\");"), "{library}");
}

#[test]
fn completes() {
    for shell in ["bash", "zsh", "fish"] {
        let output = rpcgen(Path::new("."), &["completions", shell]);
        assert!(output.status.success() && !output.stdout.is_empty(), "{shell}");
    }
}

#[test]
fn says_nothing_where_nobody_listens() {
    let folder = folder("closed");
    write(&folder, "a.x", NUMBERS);
    for (arguments, code) in
        [(["--check", "a.x"], 1), (["--check", "there/is/none.x"], 1), (["completions", "bash"], 0)]
    {
        let (reader, closed) = std::io::pipe().expect("a pipe");
        drop(reader);
        let status = Command::new(env!("CARGO_BIN_EXE_rpcgen"))
            .args(arguments)
            .current_dir(&folder)
            .stdout(closed.try_clone().expect("its other end"))
            .stderr(closed)
            .status();
        assert_eq!(status.expect("rpcgen runs").code(), Some(code), "{arguments:?}");
    }
}
