//! JSON to XDR.

use std::{borrow::Cow, fmt, str::FromStr};

use serde_json::{Map, Value};
use sunrpc::xdr::Sink as _;
use sunrpc_rpcgen::schema::{Field, Kind, Member, Plain, Schema, Type, Union, closest};

use super::{Error, place::Place};

/// The names that an error lists.
const MAX_NAMES: usize = 8;
/// The characters that an error shows of a value.
const MAX_SHOWN: usize = 40;

/// The XDR form of a value; `what` it is, such as `argument 1`, begins the message of an error.
///
/// # Errors
///
/// The value is none of this type, or exceeds a bound of the file.
pub fn encode(schema: &Schema, ty: &Type, value: &Value, what: &str) -> Result<Vec<u8>, Error> {
    let mut encoder = Encoder { schema, place: Place::new(what), to: Vec::new() };
    encoder.value(ty, value)?;
    Ok(encoder.to)
}

struct Encoder<'s> {
    schema: &'s Schema,
    place: Place<'s>,
    to: Vec<u8>,
}

impl<'s> Encoder<'s> {
    fn value(&mut self, ty: &'s Type, value: &Value) -> Result<(), Error> {
        match self.schema.resolved(ty) {
            Type::Void if value.is_null() => Ok(()),
            Type::Void => Err(self.expected("null", value)),
            Type::Plain(plain) => self.plain(*plain, value),
            Type::Text(max) => self.bytes(&self.text(value)?, *max),
            Type::Opaque(max) => self.bytes(&self.hex(value)?, *max),
            Type::FixedOpaque(len) => self.fixed_bytes(&self.hex(value)?, *len),
            Type::Array(of, max) => {
                let items = self.array(value)?;
                self.length(items.len(), *max, "items")?;
                self.items(of, items, |_| {})
            }
            Type::FixedArray(of, len) => {
                let items = self.array(value)?;
                self.exactly(items.len(), *len, "items")?;
                self.items(of, items, |_| {})
            }
            Type::List(of) => {
                self.items(of, self.array(value)?, |encoder| encoder.word(1))?;
                self.word(0);
                Ok(())
            }
            Type::Optional(of) => self.optional(of, value),
            ty @ Type::Named(_) => self.named(ty, value),
            Type::Extern(path) => Err(self
                .place
                .error(format_args!("{path} is a type of Rust's, of which the file says nothing"))),
        }
    }

    fn named(&mut self, ty: &'s Type, value: &Value) -> Result<(), Error> {
        let Some(definition) = self.schema.definition(ty) else { return Ok(()) };
        match &definition.kind {
            Kind::Typedef(of) => self.value(of, value),
            Kind::Enum(members) => {
                let member = self.member(&definition.name, members, value)?;
                self.integer(Plain::Int, member.into())
            }
            Kind::Struct(fields) => self.fields(fields, self.object(value)?),
            Kind::Union(union) => self.union(&definition.name, union, value),
        }
    }

    fn plain(&mut self, plain: Plain, value: &Value) -> Result<(), Error> {
        match (plain, value) {
            (Plain::Bool, Value::Bool(on)) => self.word(u32::from(*on)),
            (Plain::Bool, _) => return Err(self.expected("true or false", value)),
            (Plain::Float, _) => self.to.put_bytes(&self.float::<f32>(value)?.to_be_bytes()),
            (Plain::Double, _) => self.to.put_bytes(&self.float::<f64>(value)?.to_be_bytes()),
            (Plain::Quadruple, _) => return self.fixed_bytes(&self.hex(value)?, 16),
            _ => {
                let number = match value {
                    Value::Number(number) => number.as_i128(),
                    Value::String(text) => text.parse().ok(),
                    _ => None,
                };
                let number = number.ok_or_else(|| self.expected("an integer", value))?;
                return self.integer(plain, number);
            }
        }
        Ok(())
    }

    fn integer(&mut self, plain: Plain, number: i128) -> Result<(), Error> {
        let (low, high): (i128, i128) = match plain {
            Plain::Unsigned => (0, u32::MAX.into()),
            Plain::Hyper => (i64::MIN.into(), i64::MAX.into()),
            Plain::UnsignedHyper => (0, u64::MAX.into()),
            Plain::Char => (i8::MIN.into(), i8::MAX.into()),
            Plain::UnsignedChar => (0, u8::MAX.into()),
            Plain::Short => (i16::MIN.into(), i16::MAX.into()),
            Plain::UnsignedShort => (0, u16::MAX.into()),
            _ => (i32::MIN.into(), i32::MAX.into()),
        };
        if !(low..=high).contains(&number) {
            let range = format_args!("{number} is not from {low} to {high}");
            return Err(self.place.error(range));
        }
        let len = if matches!(plain, Plain::Hyper | Plain::UnsignedHyper) { 8 } else { 4 };
        let bytes = number.to_be_bytes();
        self.to.put_bytes(bytes.split_at(bytes.len().saturating_sub(len)).1);
        Ok(())
    }

    fn float<T: FromStr + Copy + Into<f64>>(&self, value: &Value) -> Result<T, Error> {
        let text = match value {
            Value::Number(number) => Cow::Owned(number.to_string()),
            Value::String(text) if ["NaN", "Infinity", "-Infinity"].contains(&text.as_str()) => {
                Cow::Borrowed(text.as_str())
            }
            _ => return Err(self.expected("a number", value)),
        };
        let float: Option<T> = text.parse().ok();
        float
            .filter(|float| !value.is_number() || (*float).into().is_finite())
            .ok_or_else(|| self.place.error(format_args!("{text} is too large")))
    }

    /// The bytes of a string.
    fn text<'v>(&self, value: &'v Value) -> Result<Cow<'v, [u8]>, Error> {
        let hex = value.as_object().filter(|object| object.len() == 1);
        match (value, hex.and_then(|object| object.get("hex"))) {
            (Value::String(text), _) => Ok(Cow::Borrowed(text.as_bytes())),
            (_, Some(hex)) => self.hex(hex).map(Cow::Owned),
            _ => Err(self.expected("a string", value)),
        }
    }

    fn hex(&self, value: &Value) -> Result<Vec<u8>, Error> {
        let digits = value
            .as_str()
            .and_then(|text| text.chars().map(|c| c.to_digit(16)).collect::<Option<Vec<u32>>>());
        let (pairs, []) = digits
            .as_deref()
            .ok_or_else(|| self.expected("a string of hexadecimal digits", value))?
            .as_chunks()
        else {
            return Err(self.place.error("an odd number of hexadecimal digits"));
        };
        Ok(pairs.iter().map(|[high, low]| byte(*high, *low)).collect())
    }

    fn bytes(&mut self, bytes: &[u8], max: u32) -> Result<(), Error> {
        self.length(bytes.len(), max, "bytes")?;
        self.to.put_padded(bytes);
        Ok(())
    }

    fn fixed_bytes(&mut self, bytes: &[u8], len: u32) -> Result<(), Error> {
        self.exactly(bytes.len(), len, "bytes")?;
        self.to.put_padded(bytes);
        Ok(())
    }

    /// Checks a length and writes it.
    fn length(&mut self, len: usize, max: u32, of: &str) -> Result<(), Error> {
        match u32::try_from(len) {
            Ok(len) if len <= max => self.word(len),
            _ => {
                let what = format_args!("{len} {of}, at most {max} are allowed");
                return Err(self.place.error(what));
            }
        }
        Ok(())
    }

    fn exactly(&self, len: usize, expected: u32, of: &str) -> Result<(), Error> {
        if u32::try_from(len) == Ok(expected) {
            return Ok(());
        }
        Err(self.place.error(format_args!("{len} {of}, exactly {expected} are expected")))
    }

    fn word(&mut self, word: u32) {
        self.to.put_bytes(&word.to_be_bytes());
    }

    fn array<'v>(&self, value: &'v Value) -> Result<&'v [Value], Error> {
        value.as_array().map(Vec::as_slice).ok_or_else(|| self.expected("an array", value))
    }

    fn items(
        &mut self,
        of: &'s Type,
        items: &[Value],
        before_each: impl Fn(&mut Self),
    ) -> Result<(), Error> {
        for (index, item) in items.iter().enumerate() {
            before_each(self);
            self.place.enter_item(index)?;
            self.value(of, item)?;
            self.place.leave();
        }
        Ok(())
    }

    fn optional(&mut self, of: &'s Type, value: &Value) -> Result<(), Error> {
        if value.is_null() {
            self.word(0);
            return Ok(());
        }
        self.word(1);
        match (self.schema.resolved(of), value) {
            (Type::Optional(_), Value::Array(items)) if items.len() == 1 => {
                self.items(of, items, |_| {})
            }
            (Type::Optional(_), _) => Err(self.expected("null or an array of one", value)),
            _ => self.value(of, value),
        }
    }

    fn object<'v>(&self, value: &'v Value) -> Result<&'v Map<String, Value>, Error> {
        value.as_object().ok_or_else(|| self.expected("an object", value))
    }

    fn fields(&mut self, fields: &'s [Field], object: &Map<String, Value>) -> Result<(), Error> {
        let names = || fields.iter().map(|field| field.name.as_str());
        if let Some(unknown) = object.keys().find(|key| !names().any(|name| name == *key)) {
            return Err(self.unknown("field", unknown, names()));
        }
        for field in fields {
            let value = object.get(&field.name).ok_or_else(|| {
                let spelled = self.schema.spell(&field.ty);
                self.place.error(format_args!("the field `{}` ({spelled}) is missing", field.name))
            })?;
            self.place.enter(&field.name)?;
            self.value(&field.ty, value)?;
            self.place.leave();
        }
        Ok(())
    }

    fn member(&self, name: &str, members: &[Member], value: &Value) -> Result<i32, Error> {
        let text = match value {
            Value::String(text) => Cow::Borrowed(text),
            Value::Number(number) => Cow::Owned(number.to_string()),
            _ => return Err(self.expected(format_args!("a member of {name}"), value)),
        };
        member(members, &text).ok_or_else(|| {
            let names = members.iter().map(|member| member.name.as_str());
            self.unknown(&format!("member of {name}"), &text, names)
        })
    }

    fn union(&mut self, name: &str, union: &'s Union, value: &Value) -> Result<(), Error> {
        let (label, behind) = self.labelled(name, value)?;
        let labels = union.arms.iter().map(|arm| arm.name.as_str());
        let unknown = || self.unknown(&format!("arm of {name}"), label, labels);
        let number = self.number(union, label).ok_or_else(unknown.clone())?;
        let arm = union.arms.iter().find(|arm| i128::from(arm.value) == number);
        let (step, ty) = match (arm, &union.default) {
            (Some(arm), _) => (arm.name.as_str(), &arm.ty),
            (None, Some(ty)) => ("default", ty),
            (None, None) => return Err(unknown()),
        };
        if value.is_string() && *self.schema.resolved(ty) != Type::Void {
            let ty = self.schema.spell(ty);
            let what = format_args!("{label} has a value, of type {ty}: {{\"{label}\": ...}}");
            return Err(self.place.error(what));
        }
        self.integer(width(self.schema.resolved(&union.discriminant)), number)?;
        self.place.enter(step)?;
        self.value(ty, behind)?;
        self.place.leave();
        Ok(())
    }

    /// A union's label, and the value behind it.
    fn labelled<'v>(&self, name: &str, value: &'v Value) -> Result<(&'v str, &'v Value), Error> {
        let entry = match value {
            Value::String(label) => Some((label, &Value::Null)),
            Value::Object(object) if object.len() == 1 => object.iter().next(),
            _ => None,
        };
        let what = format_args!("{{\"LABEL\": value}} of {name}, or \"LABEL\" of what is void");
        entry
            .map(|(label, behind)| (label.as_str(), behind))
            .ok_or_else(|| self.expected(what, value))
    }

    /// The number that a label stands for.
    fn number(&self, union: &Union, label: &str) -> Option<i128> {
        if let Some(arm) = union.arms.iter().find(|arm| arm.name == label) {
            return Some(arm.value.into());
        }
        let discriminant = self.schema.resolved(&union.discriminant);
        let kind = self.schema.definition(discriminant).map(|definition| &definition.kind);
        match (discriminant, kind) {
            (_, Some(Kind::Enum(members))) => member(members, label).map(i128::from),
            (Type::Plain(Plain::Bool), _) => {
                let of_name =
                    ["FALSE", "TRUE"].iter().position(|name| name.eq_ignore_ascii_case(label));
                i128::try_from(of_name?).ok()
            }
            _ => label.parse().ok(),
        }
    }

    fn expected(&self, what: impl fmt::Display, value: &Value) -> Error {
        self.place.error(format_args!("expected {what}, not {}", shown(value)))
    }

    fn unknown<'n>(
        &self,
        what: &str,
        name: &str,
        names: impl Iterator<Item = &'n str> + Clone,
    ) -> Error {
        match closest(name, names.clone()) {
            Some(near) => {
                self.place.error(format_args!("no {what} is `{name}`; did you mean `{near}`?"))
            }
            None => {
                let name: String = name.chars().take(MAX_SHOWN).collect();
                self.place.error(format_args!("no {what} is `{name}`{}", known(names)))
            }
        }
    }
}

/// The value of an enum's member, by its name or its number.
fn member(members: &[Member], text: &str) -> Option<i32> {
    let by_name = members.iter().find(|member| member.name == text);
    let by_number = || {
        let number: i32 = text.parse().ok()?;
        members.iter().find(|member| member.value == number)
    };
    by_name.or_else(by_number).map(|member| member.value)
}

/// How a discriminant travels.
fn width(discriminant: &Type) -> Plain {
    match discriminant {
        Type::Plain(Plain::Bool) => Plain::Unsigned,
        Type::Plain(plain) => *plain,
        _ => Plain::Int,
    }
}

fn byte(high: u32, low: u32) -> u8 {
    u8::try_from(high << 4 | low).unwrap_or_default()
}

/// The first of some names.
fn known<'n>(names: impl Iterator<Item = &'n str> + Clone) -> String {
    let first: Vec<&str> = names.clone().take(MAX_NAMES).collect();
    let more = if names.count() > first.len() { ", ..." } else { "" };
    format!(" (there are {}{more})", first.join(", "))
}

/// The beginning of a value.
fn shown(value: &Value) -> String {
    match value {
        Value::Array(_) => "an array".to_owned(),
        Value::Object(_) => "an object".to_owned(),
        Value::String(text) => text.chars().take(MAX_SHOWN).collect(),
        other => other.to_string(),
    }
}
