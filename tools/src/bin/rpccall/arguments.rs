//! Arguments: words of the command line to XDR.

use std::{
    fs::File,
    io::{self, Read},
};

use serde_json::Value;
use sunrpc_rpcgen::schema::{Kind, Plain, Schema, Type};
use sunrpc_tools::dynamic;

use crate::{
    find::Target,
    show::{signature, usage},
    trouble::Trouble,
};

/// The longest JSON that is read.
const MAX_LEN: u64 = 16 << 20;
/// The longest example that an error shows.
const MAX_EXAMPLE: usize = 240;

/// The arguments of a procedure, one behind the other.
pub(crate) fn encode(
    schema: &Schema,
    target: &Target<'_>,
    words: &[String],
) -> Result<Vec<u8>, Trouble> {
    let arguments = &target.procedure.arguments;
    if words.len() != arguments.len() {
        return Err(wrong_count(schema, target, words.len()));
    }
    let mut bytes = Vec::new();
    for ((argument, word), number) in arguments.iter().zip(words).zip(1_usize..) {
        let what = format!("argument {number}");
        let value = value(schema, &argument.ty, word)
            .map_err(|error| not_read(schema, target, &what, &error))?;
        let encoded = dynamic::encode(schema, &argument.ty, &value, &what);
        bytes.extend(encoded.map_err(Trouble::misuse)?);
    }
    Ok(bytes)
}

/// Whether an argument of this type is a word: its JSON would be a string.
pub(crate) fn is_word(schema: &Schema, ty: &Type) -> bool {
    let ty = schema.resolved(ty);
    match schema.definition(ty).map(|definition| &definition.kind) {
        Some(kind) => matches!(kind, Kind::Enum(_)),
        None => {
            matches!(ty, Type::Text(_) | Type::Opaque(_) | Type::FixedOpaque(_))
                || *ty == Type::Plain(Plain::Quadruple)
        }
    }
}

/// What a word says.
fn value(schema: &Schema, ty: &Type, word: &str) -> io::Result<Value> {
    // Whatever a string begins with, it is its own text: it may come from anywhere.
    if matches!(schema.resolved(ty), Type::Text(_)) {
        return Ok(Value::String(word.to_owned()));
    }
    match word.strip_prefix('@') {
        Some(path) => File::open(path).and_then(json).map_err(|error| within(path, &error)),
        None if word == "-" => json(io::stdin()),
        None if is_word(schema, ty) && !word.starts_with('"') => Ok(Value::String(word.to_owned())),
        None => Ok(serde_json::from_str(word)?),
    }
}

fn json(from: impl Read) -> io::Result<Value> {
    let mut text = String::new();
    from.take(MAX_LEN.saturating_add(1)).read_to_string(&mut text)?;
    if u64::try_from(text.len()).unwrap_or(u64::MAX) > MAX_LEN {
        return Err(io::Error::other(format!("longer than {MAX_LEN} bytes")));
    }
    Ok(serde_json::from_str(&text)?)
}

fn within(path: &str, error: &io::Error) -> io::Error {
    io::Error::other(format!("{path}: {error}"))
}

fn wrong_count(schema: &Schema, target: &Target<'_>, given: usize) -> Trouble {
    let expected = match target.procedure.arguments.len() {
        0 => "no argument".to_owned(),
        1 => "1 argument".to_owned(),
        many => format!("{many} arguments"),
    };
    let (signature, example) = (signature(schema, target), example(schema, target));
    Trouble::misuse(format_args!("{signature} takes {expected}, not {given}{example}"))
}

fn not_read(schema: &Schema, target: &Target<'_>, what: &str, error: &io::Error) -> Trouble {
    Trouble::misuse(format_args!(
        "{what} cannot be read as JSON: {error}{}",
        example(schema, target)
    ))
}

/// How the procedure could be called.
fn example(schema: &Schema, target: &Target<'_>) -> String {
    let name = &target.procedure.name;
    match usage(schema, target) {
        usage if usage.is_empty() => String::new(),
        usage if usage.len() <= MAX_EXAMPLE => format!("; for example: {name}{usage}"),
        _ => format!("; --describe {name} shows an example"),
    }
}
