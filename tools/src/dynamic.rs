//! Values of types that are known only when a program runs: JSON to XDR and back, by what a `.x` file says.
//!
//! | type | JSON |
//! |---|---|
//! | number | a number; in a string too where JSON is read |
//! | float, double | a number, or `"NaN"`, `"Infinity"`, `"-Infinity"` |
//! | quadruple, opaque | a string of hexadecimal digits |
//! | bool | `true`, `false` |
//! | enum | the member's name; its number too where JSON is read |
//! | string | a string; bytes that are no UTF-8 as `{"hex": "ff"}` |
//! | array, list | an array |
//! | optional | `null` or the value; within another optional, an array of it |
//! | struct | an object of all its fields |
//! | union | `{"LABEL": value}`, or `"LABEL"` where nothing is behind it; a label without a name is its number |
//! | void | `null` |
//!
//! These are the forms that serde gives generated types, but for opaque data and quadruples, and that serde has Rust's
//! names, and `Default` for a union's default.
//!
//! Both ways hold every bound of the file, and go as deep as JSON may be for most who read it. What comes from a
//! network can take no more memory than some multiple of its length.

mod decode;
mod encode;
mod example;
mod place;

use std::fmt;

use sunrpc_rpcgen::schema::{Schema, Type};

use crate::json::Text;
pub use decode::decode;
pub use encode::encode;
pub use example::example;

/// Where in a value something is wrong, and what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error(String);

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Error {}

/// Begins an array of a type.
fn open(schema: &Schema, of: &Type, to: &mut Text) {
    match schema.resolved(of) {
        Type::Plain(_) => to.open_row(),
        _ => to.open('['),
    }
}
