//! Values by a schema, beside generated types: the same bytes and, with the names of the file, the same JSON.

// Numbers by chance are cut to their size.
#![allow(clippy::cast_possible_truncation)]

use std::{collections::HashMap, sync::LazyLock};

use proptest::prelude::*;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Map, Value, json};
use sunrpc::xdr::{Decode, DecodeErrorKind, Encode, decode, encode};
use sunrpc_rpcgen::{
    Builder,
    schema::{Kind, Plain, Schema, Type},
};
use sunrpc_tests::{build::top, rng::Rng};
use sunrpc_tools::{
    dynamic,
    json::Layout::{Line, Lines},
};

/// How many items arrays and lists have, how many bytes texts and opaque data, at the most.
const MOST: usize = 6;

/// A generated type: what it makes of bytes.
type Generated = fn(&[u8]) -> Result<(Vec<u8>, Value), DecodeErrorKind>;

fn generated<T: Encode + for<'de> Decode<'de> + Serialize + DeserializeOwned>(
    bytes: &[u8],
) -> Result<(Vec<u8>, Value), DecodeErrorKind> {
    let value: T = decode(bytes).map_err(|error| *error.kind())?;
    Ok((encode(&value).expect("it was decoded"), serde_json::to_value(value).expect("JSON")))
}

/// Modules of generated code, and the types of each that are compared.
macro_rules! files {
    ($($file:ident: $($name:ident)*;)*) => {
        $(sunrpc::include_x!(#[allow(dead_code, unreachable_pub, clippy::all)] mod $file);)*

        static FILES: LazyLock<Vec<(Schema, Vec<(&'static str, Generated)>)>> = LazyLock::new(|| vec![$((
            schema(stringify!($file)),
            vec![$((stringify!($name), generated::<$file::$name> as Generated)),*],
        )),*]);
    };
}

files! {
    unions: status by_bool by_flag by_enum by_alias partial by_number_of_member by_int many no_default by_short
        by_char default_first with_default only_default big named_default holder;
    lists: node list_holder directory keeper tree folder pmaplist husband grove pair hydra expression;
    scalars: plain by_c by_headers small large rates;
    arrays: arrays;
    nested: outer anonymous chosen pair;
    doctor: open_result remark doctor_reply;
    daytime: moment;
    portmap: mapping call_args call_result pmaplist;
    rpcb: rpcb rpcb_entry rpcb_stat;
}

fn schema(stem: &str) -> Schema {
    let idl = top().join("idl");
    let files =
        [idl.join(stem), idl.join("dialect").join(stem)].map(|file| file.with_extension("x"));
    let file = files.iter().find(|file| file.is_file()).expect("a file");
    Builder::new().schema(file).expect("it compiles")
}

/// Every type, with the schema it is of.
fn types() -> impl Iterator<Item = (&'static Schema, Type, &'static str, Generated)> {
    FILES.iter().flat_map(|(schema, types)| {
        types.iter().map(move |&(name, generated)| {
            let of_name = schema.definitions.iter().position(|found| found.name == name);
            (schema, Type::Named(of_name.expect(name)), name, generated)
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    /// What one writes the other reads, and writes again.
    #[test]
    fn bytes_are_the_same(seed: u64) {
        for (schema, ty, name, generated) in types() {
            let value = Values { schema, rng: Rng(seed), left: 40 }.any(&ty);
            let bytes = dynamic::encode(schema, &ty, &value, name).expect("a value of the type");
            let (again, _) = generated(&bytes).map_err(|kind| format!("{value} of {name}: {kind}")).unwrap();
            prop_assert_eq!(&bytes, &again, "{} of {}", value, name);
            for layout in [Line, Lines] {
                let back = dynamic::decode(schema, &ty, &bytes, name, layout).expect("what was encoded");
                prop_assert_eq!(&serde_json::from_str::<Value>(&back).expect("JSON"), &value, "{}", name);
            }
        }
    }

    /// What one refuses the other does, but for text that is none, and for memory, which one needs less of.
    #[test]
    fn what_is_wrong_is_refused_by_both(seed: u64, place: u64, what: u8, cut: bool) {
        for (schema, ty, name, generated) in types() {
            let value = Values { schema, rng: Rng(seed), left: 40 }.any(&ty);
            let mut bytes = dynamic::encode(schema, &ty, &value, name).expect("a value of the type");
            let Some(place) = Rng(place).number().checked_rem(bytes.len() as u64) else { continue };
            bytes[place as usize] ^= what;
            bytes.truncate(if cut { place as usize } else { bytes.len() });
            match (generated(&bytes), dynamic::decode(schema, &ty, &bytes, name, Line)) {
                (Err(DecodeErrorKind::Utf8 | DecodeErrorKind::HeapLimit), _) => {}
                (Ok((again, _)), Ok(json)) => {
                    let value = serde_json::from_str(&json).expect("JSON");
                    let back = dynamic::encode(schema, &ty, &value, name).expect("what was decoded");
                    // A number that is none has many forms.
                    prop_assert!(back == again || json.contains("NaN"), "{}: {}", name, json);
                }
                (theirs, ours) => prop_assert!(theirs.is_err() && ours.is_err(), "{}: {:?} {:?}", name, theirs, ours),
            }
        }
    }
}

/// Where a type is made of what both write alike, it is the same JSON.
#[test]
fn json_is_the_same() {
    let alike = [
        "status",
        "by_enum",
        "partial",
        "node",
        "list_holder",
        "directory",
        "keeper",
        "tree",
        "folder",
        "husband",
        "grove",
        "pair",
        "small",
        "large",
        "open_result",
        "remark",
        "doctor_reply",
        "moment",
        "mapping",
        "pmaplist",
        "rpcb",
        "rpcb_entry",
        "rpcb_stat",
    ];
    let mut seen = HashMap::new();
    for (schema, ty, name, generated) in types().filter(|(_, _, name, _)| alike.contains(name)) {
        for seed in 0..50 {
            let value = Values { schema, rng: Rng(seed), left: 40 }.any(&ty);
            let bytes = dynamic::encode(schema, &ty, &value, name).expect("a value of the type");
            let (_, theirs) = generated(&bytes).expect("what was encoded");
            let is_default = theirs.to_string().contains("\"Default\"");
            assert!(theirs == value || is_default, "{name}: {theirs} {value}");
            *seen.entry(name).or_insert(0) += usize::from(!is_default);
        }
    }
    assert!(alike.iter().all(|name| seen.get(name).is_some_and(|count| *count > 10)), "{seen:?}");
}

/// Of every type there is an example, which can be sent.
#[test]
fn examples_are_values() {
    for (schema, ty, name, generated) in types() {
        let example = dynamic::example(schema, &ty, Lines).expect(name);
        let value = serde_json::from_str(&example).expect("JSON");
        let bytes = dynamic::encode(schema, &ty, &value, name).expect("an example is a value");
        assert!(generated(&bytes).is_ok(), "{name}: {example}");
    }
}

/// Values by chance.
struct Values {
    schema: &'static Schema,
    rng: Rng,
    /// How many more values: where there are none left, what may end does.
    left: usize,
}

impl Values {
    fn any(&mut self, ty: &Type) -> Value {
        self.left = self.left.saturating_sub(1);
        match ty {
            Type::Void => Value::Null,
            Type::Plain(plain) => self.plain(*plain),
            Type::Text(max) => self.text(*max),
            Type::Opaque(max) => {
                let len = self.count(*max);
                self.hex(len)
            }
            Type::FixedOpaque(len) => self.hex(*len as usize),
            Type::Array(of, max) => {
                let count = self.count(*max);
                self.list(of, count)
            }
            Type::FixedArray(of, len) => self.list(of, *len as usize),
            Type::List(of) => {
                let count = self.count(u32::MAX);
                self.list(of, count)
            }
            Type::Optional(of) if self.count(1) == 1 => match self.schema.resolved(of) {
                Type::Optional(_) => json!([self.any(of)]),
                _ => self.any(of),
            },
            Type::Optional(_) => Value::Null,
            Type::Named(_) => self.named(ty),
            Type::Extern(_) => unreachable!("there are none"),
        }
    }

    fn named(&mut self, ty: &Type) -> Value {
        match &self.schema.definition(ty).expect("a name").kind {
            Kind::Typedef(of) => self.any(of),
            Kind::Enum(members) => {
                let value = members[self.rng.below(members.len())].value;
                let first = members.iter().find(|member| member.value == value);
                json!(first.expect("this one").name)
            }
            Kind::Struct(fields) => {
                let fields = fields.iter().map(|field| (field.name.clone(), self.any(&field.ty)));
                Value::Object(fields.collect::<Map<_, _>>())
            }
            Kind::Union(union) => {
                let choice =
                    self.rng.below(union.arms.len() + usize::from(union.default.is_some()));
                let choice = if self.left == 0 { 0 } else { choice };
                let default = || union.default.as_ref().expect("it was chosen");
                let label = self.any(&union.discriminant);
                let label = label.as_str().map_or_else(|| label.to_string(), str::to_owned);
                let of_label = union.arms.iter().find(|arm| {
                    arm.name.eq_ignore_ascii_case(&label) || arm.value.to_string() == label
                });
                let (label, ty) = match (union.arms.get(choice), of_label) {
                    (Some(arm), _) | (None, Some(arm)) => (arm.name.clone(), &arm.ty),
                    (None, None) if ["true", "false"].contains(&label.as_str()) => {
                        (label.to_uppercase(), default())
                    }
                    (None, None) => (label, default()),
                };
                match self.schema.resolved(ty) {
                    Type::Void => json!(label),
                    _ => json!({ label: self.any(ty) }),
                }
            }
        }
    }

    fn plain(&mut self, plain: Plain) -> Value {
        // Small numbers and the greatest as often as any other.
        let number = match self.rng.below(4) {
            0 => self.rng.number() % 3,
            1 => u64::MAX - self.rng.number() % 3,
            _ => self.rng.number(),
        };
        match plain {
            Plain::Int => json!(number as i32),
            Plain::Unsigned => json!(number as u32),
            Plain::Hyper => json!(number as i64),
            Plain::UnsignedHyper => json!(number),
            Plain::Float => {
                float(f32::from_bits(number as u32).into(), f32::from_bits(number as u32))
            }
            Plain::Double => float(f64::from_bits(number), f64::from_bits(number)),
            Plain::Quadruple => self.hex(16),
            Plain::Bool => json!(number % 2 == 0),
            Plain::Char => json!(number as i8),
            Plain::UnsignedChar => json!(number as u8),
            Plain::Short => json!(number as i16),
            Plain::UnsignedShort => json!(number as u16),
        }
    }

    fn text(&mut self, max: u32) -> Value {
        const LETTERS: [&str; 6] = ["a", "\"", "\\", "\u{1b}", "ä", "\u{202e}"];
        let mut text = String::new();
        for _ in 0..self.count(max) {
            let letter = LETTERS[self.rng.below(LETTERS.len())];
            text += if text.len() + letter.len() > max as usize { "" } else { letter };
        }
        json!(text)
    }

    fn hex(&mut self, len: usize) -> Value {
        json!(self.rng.bytes(len).iter().map(|byte| format!("{byte:02x}")).collect::<String>())
    }

    fn list(&mut self, of: &Type, count: usize) -> Value {
        (0..count).map(|_| self.any(of)).collect()
    }

    fn count(&mut self, max: u32) -> usize {
        if self.left == 0 { 0 } else { self.rng.below(MOST.min(max as usize) + 1) }
    }
}

/// A number as JSON has it, in the digits that it has as itself.
fn float(value: f64, digits: impl std::fmt::Debug) -> Value {
    match value {
        f64::INFINITY => json!("Infinity"),
        f64::NEG_INFINITY => json!("-Infinity"),
        _ if value.is_nan() => json!("NaN"),
        _ => serde_json::from_str(&format!("{digits:?}")).expect("a number"),
    }
}
