//! What every `.x` file of the project becomes, and that it is written as rustfmt leaves it.

use std::path::{Path, PathBuf};
use std::process::Command;

use sunrpc_rpcgen::Builder;

fn idl(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../idl").join(folder);
    let entries = std::fs::read_dir(&folder).expect("the folder is there");
    let mut files: Vec<PathBuf> =
        entries.map(|entry| entry.expect("it can be read").path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "x"));
    files.sort();
    assert!(!files.is_empty());
    files
}

/// The services' own files, those that show the dialect, and the one that C's rpcgen has no words for.
fn all() -> Vec<PathBuf> {
    let circles = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/options/circles.x");
    idl("").into_iter().chain(idl("dialect")).chain([circles]).collect()
}

fn stem(path: &Path) -> &str {
    path.file_stem().and_then(|stem| stem.to_str()).expect("a name in ASCII")
}

fn generate(builder: &Builder, path: &Path) -> String {
    builder.generate(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[test]
fn become_rust() {
    for path in all() {
        let rust = generate(&Builder::new(), &path);
        insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
            insta::assert_snapshot!(stem(&path), rust);
        });
    }
}

#[test]
fn options() {
    let builder = Builder::new()
        .types_only()
        .serde(true)
        .keep_names(true)
        .root("::runtime")
        .type_attribute("plain", "#[derive(Default)]")
        .type_attribute(".", "#[non_exhaustive]")
        .bytes("documented.name");
    let text = "struct plain { int type; string name<>; };\nstruct documented { string name<5>; plain other; };\n\
                const value = 3; enum some { r, self };";
    let rust = builder.generate_text("options.x", text).expect("it compiles");
    insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!("options", rust);
    });
}

#[test]
fn shared_bytes() {
    let text = "typedef opaque blob<>;\n\
                struct kept { opaque data<1024>; opaque small[16]; opaque large[33]; netobj cookie; string name<>; };\n\
                struct chosen { blob b; opaque other<>; string text<9>; string name<9>; netobj many<3>; };\n\
                program KEEPER_PROG { version KEEPER_VERS { blob GET(netobj) = 1; } = 1; } = 0x20000001;\n";
    let all = Builder::new().shared_bytes(".").bytes("chosen.text").types_only();
    let some = ["blob", "chosen.text", "chosen.many", "kept.cookie", "kept.small"];
    let some = some.into_iter().fold(Builder::new().root("crate"), Builder::shared_bytes);
    insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!("shared_bytes", all.generate_text("a.x", text).expect("it compiles"));
        insta::assert_snapshot!("shared_bytes_some", some.generate_text("a.x", text).expect("it compiles"));
    });
}

/// What holds nothing to borrow, what can contain itself and what others define stay as they are.
#[test]
fn borrowed() {
    let text = "const MAXNAME = 64;\n\
                typedef string tag<16>;\n\
                typedef opaque handle[40];\n\
                struct size { int width; int height; };\n\
                struct entry { string name<MAXNAME>; handle key; tag tags<>; opaque small[8]; size size; other foreign; };\n\
                typedef entry pair[2];\n\
                struct node { opaque data<>; tree *under; node *next; };\n\
                struct tree { string name<>; tree *left; tree *right; };\n\
                union shape switch (int kind) { case 1: entry one; case 2: opaque raw<9>; case 3: size none; case 4: void;\n\
                                                default: tag text; };\n\
                program STORE_PROG { version STORE_VERS {\n\
                    bool PUT(entry) = 1; tag GET(string, shape, int) = 2; void SIZE(size) = 3; void PLAIN(tag) = 4;\n\
                    void MANY(node *) = 5; void RAW(opaque data<>) = 6; tree DEEP(tree) = 7; void TEXT(string) = 8;\n\
                } = 1; } = 0x20000001;\n";
    let all = Builder::new().borrow(".").extern_path("other", "crate::Other").serde(true);
    let all =
        all.type_attribute(".", "#[derive(Default)]").type_attribute("EntryRef", "#[must_use]");
    let some = Builder::new().borrow("entry").extern_path("other", "crate::Other").client(false);
    insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!("borrowed", all.generate_text("a.x", text).expect("it compiles"));
        insta::assert_snapshot!("borrowed_some", some.generate_text("a.x", text).expect("it compiles"));
    });
}

#[test]
fn methods_are_required() {
    let text = "program P { version V { int GET(void) = 1; void PUT(int) = 2; } = 1; } = 7;";
    let defaults = |on| {
        let rust = Builder::new().default_methods(on).generate_text("a.x", text);
        rust.expect("it compiles").matches("Fault::ProcUnavail").count()
    };
    // That of the dispatcher stays.
    assert_eq!([defaults(true), defaults(false)], [3, 1]);
}

#[test]
fn calls_can_be_started_under_names_of_their_own() {
    let text =
        "program P { version V { int TYPE(void) = 1; void START_TYPE(int) = 2; } = 1; } = 7;";
    let methods = |on| {
        let rust = Builder::new().started_calls(on).generate_text("a.x", text);
        let of_client =
            rust.expect("it compiles").split("impl PV1Client").nth(1).map(str::to_owned);
        let lines = of_client.expect("a client");
        let heads = lines.lines().filter_map(|line| line.trim().strip_prefix("pub fn "));
        heads.filter_map(|head| head.split('(').next().map(str::to_owned)).collect::<Vec<_>>()
    };
    assert_eq!(methods(false), ["null", "r#type", "start_type"]);
    let all = ["null", "r#type", "start_type_", "start_type", "start_start_type"];
    assert_eq!(methods(true), all);
}

#[test]
fn options_that_match_nothing() {
    let text = "struct notice { int id; string title<9>; opaque attachment<>; };\ntypedef string label<5>;\n\
                union choice switch (int kind) { case 1: case 2: opaque rest<>; default: void; };\n";
    let builder = Builder::new().extern_path("absent", "crate::Absent");
    let good = builder
        .clone()
        .borrow("notice")
        .bytes("label")
        .bytes("notice.title")
        .bytes("notice.attachment");
    let good = good.shared_bytes("choice.rest").type_attribute("choice", "#[must_use]");
    good.type_attribute("NoticeRef", "#[must_use]").generate_text("a.x", text).expect("all match");
    let bad = builder
        .borrow("notise")
        .borrow("Notice")
        .bytes("notice.id")
        .bytes("lable")
        .shared_bytes("atachment");
    let bad = bad
        .shared_bytes("rest")
        .type_attribute("label", "#[must_use]")
        .type_attribute("other", "#[must_use]");
    let error = bad.generate_text("a.x", text).expect_err("nothing matches");
    insta::assert_snapshot!(error.to_string());
}

#[test]
fn are_formatted() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("formatted");
    std::fs::create_dir_all(&folder).expect("a folder for the files");
    // Files of rustfmt's defaults, whatever those of the project are.
    std::fs::write(folder.join("rustfmt.toml"), "").expect("it is written");
    let builders = [
        ("", Builder::new()),
        ("_serde", Builder::new().serde(true)),
        ("_kept", Builder::new().keep_names(true)),
        ("_shared", Builder::new().shared_bytes(".")),
        ("_borrowed", Builder::new().borrow(".")),
        ("_required", Builder::new().default_methods(false)),
        ("_started", Builder::new().started_calls(true)),
    ];
    let mut written = Vec::new();
    for (suffix, builder) in &builders {
        let file = folder.join(format!("long{suffix}.rs"));
        let rust = builder.generate_text("long.x", long_names()).expect("it compiles");
        std::fs::write(&file, rust).expect("it is written");
        written.push(file);
    }
    for path in all() {
        for (suffix, builder) in &builders {
            let file = folder.join(format!("{}{suffix}.rs", stem(&path)));
            std::fs::write(&file, generate(builder, &path)).expect("it is written");
            written.push(file);
        }
    }
    let output = Command::new("rustfmt")
        .args(["--check", "--edition", "2024", "--config-path"])
        .arg(&folder)
        .args(&written)
        .output();
    let output = output.expect("rustfmt runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}

/// Names of every length at which something no longer fits a line.
fn long_names() -> String {
    let of = |length: usize| {
        let (name, field) = (format!("t{}", "y".repeat(length)), "f".repeat(length));
        format!(
            "struct {name} {{ string {field}<>; opaque other[40]; {name} *next; }};\n\
             union u{name} switch (int kind) {{ case 1: {name} *one; case 2: int two; default: string text<>; }};\n\
             program {name}_PROG {{ version {name}_VERS {{ string f{field}(string, u{name}, int) = 1; }} = 1; }} = {length};\n"
        )
    };
    (1..48).map(of).collect()
}

#[test]
fn are_the_same_each_time() {
    for path in all() {
        assert_eq!(generate(&Builder::new(), &path), generate(&Builder::new(), &path));
    }
}

#[test]
fn are_written_only_when_changed() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("written");
    std::fs::create_dir_all(&folder).expect("a folder for the file");
    let source = folder.join("one.x");
    let (rust, old) =
        (folder.join("one.rs"), std::time::UNIX_EPOCH + std::time::Duration::from_secs(1));
    let touch = || {
        std::fs::File::options()
            .write(true)
            .open(&rust)
            .and_then(|file| file.set_modified(old))
            .expect("its time is set")
    };
    let changed =
        || std::fs::metadata(&rust).and_then(|data| data.modified()).expect("it is there") != old;
    let compile = || Builder::new().out_dir(&folder).compile(&source).expect("it compiles");
    std::fs::write(&source, "const A = 1;").expect("it is written");
    compile();
    touch();
    compile();
    assert!(!changed(), "the same text was written again");
    std::fs::write(&source, "const A = 2;").expect("it is written");
    compile();
    assert!(changed(), "another text was not written");
}
