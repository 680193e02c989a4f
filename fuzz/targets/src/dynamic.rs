//! Values of a `.x` file's types, from the wire to JSON and back: what `rpccall` makes of what a server sends.

use std::cell::LazyCell;

use sunrpc_rpcgen::{
    Builder,
    schema::{Schema, Type},
};
use sunrpc_tools::{
    dynamic::{decode, encode, example},
    json::Layout,
};

use crate::input::Input;

const FILE: &str = "
    enum colour { RED = 1, GREEN = 2, ROSE = 2, BLACK = -1 };
    struct entry { string name<8>; colour colour; entry *next; };
    struct tree { tree *left; tree *right; };
    typedef int *maybe;
    typedef maybe *perhaps;
    union choice switch (colour c) { case RED: int number; case GREEN: void; default: perhaps p; };
    union other switch (hyper n) { case 1: void; case -2: choice x<2>; default: bool rest; };
    struct numbers {
        int i; unsigned u; hyper h; unsigned hyper v; char c; unsigned char d; short s; float f; double g; quadruple q; bool b;
    };
    struct all { entry *entries; opaque o<6>; opaque p[3]; int two[2]; string text<>; other others<3>; numbers n; };
";
/// What one byte of XDR may cost in JSON, and what is free.
const COST: (usize, usize) = (80, (1 << 20) + 1024);

thread_local! {
    static SCHEMA: LazyCell<Schema> =
        LazyCell::new(|| Builder::new().schema_text("fuzz.x", FILE).expect("it compiles"));
}

/// What is decoded is JSON that is encoded as the same bytes; what is encoded is decoded as what says the same.
pub fn run(data: &[u8]) {
    let mut input = Input(data);
    let (which, is_json) = (input.byte(), input.byte() % 2 == 1);
    SCHEMA.with(|schema| {
        let ty = Type::Named(usize::from(which) % schema.definitions.len());
        if is_json {
            from_json(schema, &ty, input.0);
        } else {
            from_xdr(schema, &ty, input.0);
        }
    });
}

/// Values of every type, both ways.
#[must_use]
pub fn seeds() -> Vec<Vec<u8>> {
    SCHEMA.with(|schema| {
        let types = (0_u8..).zip(&schema.definitions);
        types
            .flat_map(|(number, _)| {
                let ty = Type::Named(number.into());
                let json = example(schema, &ty, Layout::Line).expect("a short one");
                let value = serde_json::from_str(&json).expect("JSON");
                let bytes = encode(schema, &ty, &value, "example").expect("an example");
                [[&[number, 0], &bytes[..]].concat(), [&[number, 1], json.as_bytes()].concat()]
            })
            .collect()
    })
}

fn from_xdr(schema: &Schema, ty: &Type, bytes: &[u8]) {
    let Ok(json) = decode(schema, ty, bytes, "result", Layout::Lines) else { return };
    assert!(json.len() <= bytes.len() * COST.0 + COST.1, "{} of {}", json.len(), bytes.len());
    assert!(json.chars().all(|c| c == '\n' || !c.is_control()), "a terminal would obey it: {json}");
    let value = serde_json::from_str(&json).expect("JSON");
    let again = encode(schema, ty, &value, "result").expect("what was decoded");
    // Of what is no number there are many.
    if again != bytes {
        assert!(json.contains("\"NaN\""), "{json}");
        assert_eq!(decode(schema, ty, &again, "result", Layout::Lines).as_ref(), Ok(&json));
    }
}

fn from_json(schema: &Schema, ty: &Type, text: &[u8]) {
    let Ok(value) = serde_json::from_slice(text) else { return };
    let Ok(bytes) = encode(schema, ty, &value, "argument") else { return };
    let json = decode(schema, ty, &bytes, "argument", Layout::Line).expect("what was encoded");
    let value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(encode(schema, ty, &value, "argument"), Ok(bytes));
}
