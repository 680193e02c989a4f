//! JSON to XDR and back by a schema: what is refused, and how that is told.

use serde_json::{Value, json};
use sunrpc_rpcgen::{
    Builder,
    schema::{Schema, Type},
};
use sunrpc_tools::{
    dynamic::{decode, encode, example},
    json::Layout::Line,
};

const FILE: &str = "
    enum colour { RED = 1, GREEN = 2, ROSE = 2 };
    struct entry { string name<8>; entry *next; };
    struct tree { tree *left; tree *right; };
    struct nothing { opaque none[0]; };
    typedef nothing nothings<>;
    typedef int few<2>;
    typedef int *maybe;
    typedef maybe *perhaps;
    const LAST = 9;
    union choice switch (colour c) { case RED: int number; case GREEN: void; };
    union other switch (int n) { case 1: void; case LAST: int x; default: bool rest; };
    union flagged switch (bool b) { case TRUE: int x; case FALSE: void; };
    union looped switch (int n) { case 0: looped *again; case 1: void; };
    union more switch (bool b) { case TRUE: struct { more again; } next; default: void; };
    union most switch (colour c) { case RED: most *again; default: int x; };
    union many switch (unsigned n) { case 0: many *again; default: int x; };
    struct all {
        int i; unsigned hyper h; char c; float f; double d; quadruple q; bool b; opaque o<4>; opaque p[2];
        entry *entries; perhaps m; int two[2]; colour colour; choice choice; other other;
    };
";

fn schema() -> Schema {
    Builder::new().schema_text("test.x", FILE).expect("it compiles")
}

fn named(schema: &Schema, name: &str) -> Type {
    let place = schema.definitions.iter().position(|definition| definition.name == name);
    Type::Named(place.expect("it is defined"))
}

fn all() -> Value {
    json!({
        "i": -1, "h": u64::MAX, "c": -128, "f": 0.1, "d": 0.1, "q": "00".repeat(16), "b": true, "o": "00ff",
        "p": "abcd", "entries": [{ "name": "a" }, { "name": "ä" }], "m": [null], "two": [1, 2],
        "colour": "GREEN", "choice": { "RED": 7 }, "other": { "5": false },
    })
}

/// What is told of `all` with a part of it changed.
fn told(field: &str, value: Value) -> String {
    let schema = schema();
    let mut changed = all();
    changed[field] = value;
    match encode(&schema, &named(&schema, "all"), &changed, "argument 1") {
        Ok(bytes) => decode(&schema, &named(&schema, "all"), &bytes, "result", Line).expect("XDR"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn what_goes_comes_back_in_the_order_of_the_file() {
    let back = told("i", json!(-1));
    assert!(
        back.starts_with(r#"{"i": -1, "h": 18446744073709551615, "c": -128, "f": 0.1, "#),
        "{back}"
    );
    assert_eq!(serde_json::from_str::<Value>(&back).expect("JSON"), all());
}

#[test]
fn other_forms_are_understood() {
    for (field, value, back) in [
        ("i", json!("-2147483648"), r#""i": -2147483648"#),
        ("h", json!("18446744073709551615"), r#""h": 18446744073709551615"#),
        ("d", json!("-Infinity"), r#""d": "-Infinity""#),
        ("f", json!("NaN"), r#""f": "NaN""#),
        ("o", json!("C0fe"), r#""o": "c0fe""#),
        ("colour", json!(2), r#""colour": "GREEN""#),
        ("colour", json!("ROSE"), r#""colour": "GREEN""#),
        ("choice", json!("GREEN"), r#""choice": "GREEN""#),
        ("choice", json!({ "ROSE": null }), r#""choice": "GREEN""#),
        ("choice", json!({ "1": 7 }), r#""choice": {"RED": 7}"#),
        ("other", json!("1"), r#""other": "1""#),
        ("other", json!({ "9": 4 }), r#""other": {"LAST": 4}"#),
        ("other", json!({ "-3": true }), r#""other": {"-3": true}"#),
        ("m", json!([5]), r#""m": [5]"#),
        ("m", json!(null), r#""m": null"#),
        ("entries", json!([{ "name": { "hex": "ff00" } }]), r#"[{"name": {"hex": "ff00"}}]"#),
        ("entries", json!([{ "name": "\u{9b}\u{202e}" }]), r#"[{"name": "\u009b\u202e"}]"#),
    ] {
        let told = told(field, value);
        assert!(told.contains(back), "{told} has no {back}");
    }
}

#[test]
fn what_is_wrong_is_told_with_its_place() {
    for (field, value, expected) in [
        ("i", json!(2147483648_u32), ".i: 2147483648 is not from -2147483648 to 2147483647"),
        ("i", json!(1.0), ".i: expected an integer, not 1.0"),
        ("h", json!(-1), ".h: -1 is not from 0 to 18446744073709551615"),
        ("c", json!(128), ".c: 128 is not from -128 to 127"),
        ("f", json!(1e39), ".f: 1e+39 is too large"),
        ("d", json!("1"), ".d: expected a number, not 1"),
        ("q", json!("00"), ".q: 1 bytes, exactly 16 are expected"),
        ("b", json!(1), ".b: expected true or false, not 1"),
        ("o", json!("0011223344"), ".o: 5 bytes, at most 4 are allowed"),
        ("o", json!("001"), ".o: an odd number of hexadecimal digits"),
        ("o", json!("zz"), ".o: expected a string of hexadecimal digits, not zz"),
        ("p", json!("00"), ".p: 1 bytes, exactly 2 are expected"),
        (
            "entries",
            json!([{ "name": "" }, { "name": "123456789" }]),
            ".entries[1].name: 9 bytes, at most 8 are",
        ),
        ("entries", json!([{}]), ".entries[0]: the field `name` (string<8>) is missing"),
        (
            "entries",
            json!([{ "nmae": "" }]),
            ".entries[0]: no field is `nmae`; did you mean `name`?",
        ),
        (
            "entries",
            json!([{ "name": "", "x": 1 }]),
            ".entries[0]: no field is `x` (there are name)",
        ),
        ("entries", json!(7), ".entries: expected an array, not 7"),
        ("two", json!([1]), ".two: 1 items, exactly 2 are expected"),
        ("m", json!(5), ".m: expected null or an array of one, not 5"),
        (
            "colour",
            json!("BLUE"),
            ".colour: no member of colour is `BLUE` (there are RED, GREEN, ROSE)",
        ),
        ("colour", json!(3), ".colour: no member of colour is `3`"),
        ("choice", json!("GREN"), ".choice: no arm of choice is `GREN`; did you mean `GREEN`?"),
        ("choice", json!("RED"), ".choice: RED has a value, of type int: {\"RED\": ...}"),
        ("choice", json!({ "RED": "x" }), ".choice.RED: expected an integer, not x"),
        ("choice", json!({}), ".choice: expected {\"LABEL\": value} of choice, or"),
        ("other", json!({ "5": 1 }), ".other.default: expected true or false, not 1"),
        ("other", json!({ "4294967296": true }), ".other: 4294967296 is not from -2147483648"),
    ] {
        let told = told(field, value);
        assert!(told.starts_with(&format!("argument 1: {expected}")), "{told}, not {expected}");
    }
}

#[test]
fn what_is_wrong_with_all_of_it_has_no_place() {
    let schema = schema();
    let told =
        encode(&schema, &named(&schema, "all"), &json!([]), "argument 1").expect_err("no object");
    assert_eq!(told.to_string(), "argument 1: expected an object, not an array");
}

/// What a server may send.
#[test]
fn hostile_bytes_are_told_with_their_place() {
    let words =
        |words: &[u32]| words.iter().flat_map(|word| word.to_be_bytes()).collect::<Vec<u8>>();
    let schema = schema();
    for (name, bytes, expected) in [
        ("all", words(&[1]), "result: .h: truncated: 8 bytes needed, 0 left at byte 4"),
        ("entry", words(&[9]), "result: .name: length 9 exceeds the bound 8 at byte 0"),
        ("entry", words(&[8]), "result: .name: truncated: 8 bytes needed, 0 left at byte 4"),
        ("entry", words(&[1, 0x6100_0001]), "result: .name: padding that is not zero at byte 7"),
        ("entry", words(&[0, 0]), "result: 4 bytes left over at byte 4"),
        ("colour", words(&[3]), "result: the enum colour has no value 3 at byte 0"),
        ("choice", words(&[7]), "result: the enum colour has no value 7 at byte 0"),
        ("perhaps", words(&[2]), "result: bool of value 2 at byte 0"),
        ("few", words(&[3, 1, 2, 3]), "result: length 3 exceeds the bound 2 at byte 0"),
        ("nothings", words(&[u32::MAX]), "too little input for the memory it asks for"),
        (
            "tree",
            words(&[1; 1 << 18]),
            "result: .left.left.left.left.left.left.left.left....left.left.left.left.left.left.left.left: more than 120 levels",
        ),
    ] {
        let told = decode(&schema, &named(&schema, name), &bytes, "result", Line).expect_err(name);
        assert!(told.to_string().contains(expected), "{told}, not {expected}");
    }
}

/// So deep a value is one for which the stack of a thread is enough, both ways.
#[test]
fn what_is_deep_is_read_and_written_and_what_is_deeper_refused() {
    let schema = schema();
    let tree = named(&schema, "tree");
    let deep =
        |levels| [&[0, 0, 0, 1].repeat(levels)[..], &[0; 8], &[0, 0, 0, 0].repeat(levels)].concat();
    // A field at the bottom is a level of its own.
    let json = decode(&schema, &tree, &deep(119), "result", Line).expect("a tree");
    let mut value = serde_json::from_str(&json).expect("JSON that others can read");
    assert_eq!(encode(&schema, &tree, &value, "argument").expect("a tree"), deep(119));
    decode(&schema, &tree, &deep(120), "result", Line).expect_err("too deep");
    value = json!({ "left": value, "right": null });
    encode(&schema, &tree, &value, "argument").expect_err("too deep");
}

#[test]
fn the_labels_of_a_bool_are_those_of_any_language() {
    let schema = schema();
    for label in ["TRUE", "True", "true"] {
        let value = json!({ label: 7 });
        let bytes = encode(&schema, &named(&schema, "flagged"), &value, "argument").expect(label);
        assert_eq!(bytes, [0, 0, 0, 1, 0, 0, 0, 7]);
    }
}

#[test]
fn an_example_takes_the_arm_that_ends() {
    let schema = schema();
    for (name, expected) in [
        ("looped", r#""1""#),
        ("more", r#"{"TRUE": {"again": "FALSE"}}"#),
        ("most", r#"{"GREEN": 1}"#),
        ("many", r#"{"1": 1}"#),
    ] {
        let ty = named(&schema, name);
        let example = example(&schema, &ty, Line).expect(name);
        assert_eq!(example, expected);
        encode(&schema, &ty, &serde_json::from_str(&example).expect(name), name).expect(name);
    }
}

/// However many typedefs lead to a type, they take no stack.
#[test]
fn a_chain_of_typedefs_is_no_depth() {
    let chain: String = (0..20_000).map(|n| format!("typedef t{n} t{};", n + 1)).collect();
    let schema = Builder::new().schema_text("test.x", format!("typedef int t0;{chain}"));
    let schema = schema.expect("it compiles");
    let ty = named(&schema, "t20000");
    assert_eq!(example(&schema, &ty, Line).as_deref(), Some("1"));
    let bytes = encode(&schema, &ty, &json!(7), "argument").expect("an int");
    assert_eq!(decode(&schema, &ty, &bytes, "result", Line).expect("an int"), "7");
}
