//! XDR to JSON.

use sunrpc::xdr::{DecodeError, Limits, Reader, Small};
use sunrpc_rpcgen::schema::{Field, Kind, Member, Plain, Schema, Type, Union};

use super::{Error, open, place::Place};
use crate::json::{Layout, Text};

/// How long the JSON may be: a bool of four bytes can have a name of fifty, and stand on a line of its own.
const LIMITS: Limits = Limits { max_depth: 0, heap_factor: 32, heap_floor: 1 << 20 };

/// The JSON of a value that takes all of `bytes`; `what` it is, such as `result`, begins the message of an error.
///
/// # Errors
///
/// The bytes are no value of this type.
pub fn decode(
    schema: &Schema,
    ty: &Type,
    bytes: &[u8],
    what: &str,
    layout: Layout,
) -> Result<String, Error> {
    let from = Reader::with_limits(bytes, LIMITS);
    let (place, to) = (Place::new(what), Text::new(layout));
    let mut decoder = Decoder { schema, place, from, to, paid: 0 };
    decoder.value(ty)?;
    let Decoder { place, from, to, .. } = decoder;
    from.finish().map_err(|error| place.error(error))?;
    Ok(to.finish())
}

struct Decoder<'s, 'b> {
    schema: &'s Schema,
    place: Place<'s>,
    from: Reader<'b>,
    to: Text,
    /// How much of the text has been charged to the input.
    paid: usize,
}

impl<'s, 'b> Decoder<'s, 'b> {
    fn value(&mut self, ty: &'s Type) -> Result<(), Error> {
        self.pay()?;
        match self.schema.resolved(ty) {
            Type::Void => self.to.plain("null"),
            Type::Plain(plain) => self.plain(*plain)?,
            Type::Text(max) => {
                let bytes = self.bytes(*max)?;
                self.text(bytes);
            }
            Type::Opaque(max) => {
                let bytes = self.bytes(*max)?;
                self.to.string(&hex(bytes));
            }
            Type::FixedOpaque(len) => {
                let bytes = self.read(|from| from.take_padded(*len as usize))?;
                self.to.string(&hex(bytes));
            }
            Type::Array(of, max) => {
                let len = self.read(|from| from.take_len(*max))?;
                self.items(of, |_, index| Ok(index < len))?;
            }
            Type::FixedArray(of, len) => {
                self.items(of, |_, index| Ok(index < *len as usize))?;
            }
            Type::List(of) => self.items(of, |decoder, _| decoder.read(|from| from.get()))?,
            Type::Optional(of) => self.optional(of)?,
            ty @ Type::Named(_) => self.named(ty)?,
            Type::Extern(path) => {
                let what =
                    format_args!("{path} is a type of Rust's, of which the file says nothing");
                return Err(self.place.error(what));
            }
        }
        Ok(())
    }

    fn named(&mut self, ty: &'s Type) -> Result<(), Error> {
        let Some(definition) = self.schema.definition(ty) else { return Ok(()) };
        match &definition.kind {
            Kind::Typedef(of) => self.value(of),
            Kind::Enum(members) => {
                let member = self.member(&definition.name, members)?;
                self.to.string(&member.name);
                Ok(())
            }
            Kind::Struct(fields) => self.fields(fields),
            Kind::Union(union) => self.union(&definition.name, union),
        }
    }

    fn plain(&mut self, plain: Plain) -> Result<(), Error> {
        match plain {
            Plain::Bool => {
                let on: bool = self.read(|from| from.get())?;
                self.to.plain(if on { "true" } else { "false" });
            }
            // In as many digits as tell it from its neighbours, which a float has others than a double.
            Plain::Float => {
                let float: f32 = self.read(|from| from.get())?;
                self.float(float.is_finite(), float.into(), &format!("{float:?}"));
            }
            Plain::Double => {
                let float: f64 = self.read(|from| from.get())?;
                self.float(float.is_finite(), float, &format!("{float:?}"));
            }
            Plain::Quadruple => {
                let bytes = self.read(|from| from.take(16))?;
                self.to.string(&hex(bytes));
            }
            integer => {
                let number = self.integer(integer)?;
                self.to.plain(&number.to_string());
            }
        }
        Ok(())
    }

    fn float(&mut self, is_finite: bool, value: f64, text: &str) {
        match value {
            _ if is_finite => self.to.plain(text),
            f64::INFINITY => self.to.string("Infinity"),
            f64::NEG_INFINITY => self.to.string("-Infinity"),
            _ => self.to.string("NaN"),
        }
    }

    fn integer(&mut self, plain: Plain) -> Result<i128, Error> {
        self.read(|from| match plain {
            Plain::Hyper => from.get::<i64>().map(i128::from),
            Plain::UnsignedHyper => from.get::<u64>().map(i128::from),
            Plain::Unsigned => from.get::<u32>().map(i128::from),
            Plain::Char => from.get_as::<Small, i8>().map(i128::from),
            Plain::UnsignedChar => from.get_as::<Small, u8>().map(i128::from),
            Plain::Short => from.get_as::<Small, i16>().map(i128::from),
            Plain::UnsignedShort => from.get_as::<Small, u16>().map(i128::from),
            _ => from.get::<i32>().map(i128::from),
        })
    }

    fn text(&mut self, bytes: &[u8]) {
        match str::from_utf8(bytes) {
            Ok(text) => self.to.string(text),
            Err(_) => {
                self.to.open('{');
                self.to.key("hex");
                self.to.string(&hex(bytes));
                self.to.close('}');
            }
        }
    }

    fn bytes(&mut self, max: u32) -> Result<&'b [u8], Error> {
        self.read(|from| {
            let len = from.take_len(max)?;
            from.take_padded(len)
        })
    }

    /// Items for as long as there is another.
    fn items(
        &mut self,
        of: &'s Type,
        is_there: impl Fn(&mut Self, usize) -> Result<bool, Error>,
    ) -> Result<(), Error> {
        open(self.schema, of, &mut self.to);
        let mut index = 0_usize;
        while is_there(self, index)? {
            self.to.item();
            self.place.enter_item(index)?;
            self.value(of)?;
            self.place.leave();
            index = index.saturating_add(1);
        }
        self.to.close(']');
        Ok(())
    }

    fn optional(&mut self, of: &'s Type) -> Result<(), Error> {
        if !self.read(|from| from.get())? {
            self.to.plain("null");
            return Ok(());
        }
        match self.schema.resolved(of) {
            Type::Optional(_) => self.items(of, |_, index| Ok(index == 0)),
            _ => self.value(of),
        }
    }

    fn fields(&mut self, fields: &'s [Field]) -> Result<(), Error> {
        self.to.open('{');
        for field in fields {
            self.to.key(&field.name);
            self.place.enter(&field.name)?;
            self.value(&field.ty)?;
            self.place.leave();
        }
        self.to.close('}');
        Ok(())
    }

    fn member(&mut self, name: &str, members: &'s [Member]) -> Result<&'s Member, Error> {
        let value: i32 = self.read(|from| from.get())?;
        members.iter().find(|member| member.value == value).ok_or_else(|| {
            self.place.error(format_args!("the enum {name} has no value {value}{}", self.behind()))
        })
    }

    fn union(&mut self, name: &str, union: &'s Union) -> Result<(), Error> {
        let (number, label) = self.discriminant(&union.discriminant)?;
        let arm = union.arms.iter().find(|arm| i128::from(arm.value) == number);
        let (label, step, ty) = match (arm, &union.default) {
            (Some(arm), _) => (arm.name.as_str(), arm.name.as_str(), &arm.ty),
            (None, Some(ty)) => (label.as_str(), "default", ty),
            (None, None) => {
                let what = format_args!("the union {name} has no arm for {label}{}", self.behind());
                return Err(self.place.error(what));
            }
        };
        if *self.schema.resolved(ty) == Type::Void {
            self.to.string(label);
            return Ok(());
        }
        self.to.open('{');
        self.to.key(label);
        self.place.enter(step)?;
        self.value(ty)?;
        self.place.leave();
        self.to.close('}');
        Ok(())
    }

    /// The number in front of a union, and what it is called where no arm says it.
    fn discriminant(&mut self, ty: &'s Type) -> Result<(i128, String), Error> {
        let ty = self.schema.resolved(ty);
        let definition = self.schema.definition(ty);
        match (ty, definition.map(|definition| (&definition.name, &definition.kind))) {
            (_, Some((name, Kind::Enum(members)))) => {
                let member = self.member(name, members)?;
                Ok((member.value.into(), member.name.clone()))
            }
            (Type::Plain(Plain::Bool), _) => {
                let on: bool = self.read(|from| from.get())?;
                Ok((on.into(), if on { "TRUE" } else { "FALSE" }.to_owned()))
            }
            (Type::Plain(plain), _) => {
                let number = self.integer(*plain)?;
                Ok((number, number.to_string()))
            }
            _ => Err(self.place.error("no discriminant")),
        }
    }

    /// Reads, and says where that failed.
    fn read<T>(
        &mut self,
        read: impl FnOnce(&mut Reader<'b>) -> Result<T, DecodeError>,
    ) -> Result<T, Error> {
        read(&mut self.from).map_err(|error| self.place.error(error))
    }

    /// Charges what was written to the input.
    fn pay(&mut self) -> Result<(), Error> {
        let due = self.to.len().saturating_sub(self.paid);
        self.paid = self.to.len();
        self.read(|from| from.charge(due))
    }

    /// Where the four bytes just read are.
    fn behind(&self) -> String {
        format!(" at byte {}", self.from.offset().saturating_sub(4))
    }
}

fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |value: u8| DIGITS.get(usize::from(value)).copied().map_or('?', char::from);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 0xf)]).collect()
}
