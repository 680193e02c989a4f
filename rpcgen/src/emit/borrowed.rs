//! What a type and its twin that borrows have in common, and what the twin alone has.

use super::Context;
use super::layout::Out;
use crate::model::{Ty, TypeDef};

/// A type as it is emitted: as that which owns its parts, or as that which borrows them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Form<'a> {
    pub(super) name: &'a str,
    pub(super) borrows: bool,
}

impl<'a> Form<'a> {
    pub(super) fn owned(def: &'a TypeDef) -> Self {
        Self { name: &def.rust, borrows: false }
    }

    pub(super) fn borrowed(def: &'a TypeDef) -> Option<Self> {
        def.borrowed.as_ref().map(|name| Self { name, borrows: true })
    }

    /// `Entry` or `EntryRef<'a>`
    pub(super) fn declared(self) -> String {
        self.with("<'a>")
    }

    /// `Entry` or `EntryRef<'de>`
    pub(super) fn decoded(self) -> String {
        self.with("<'de>")
    }

    fn with(self, generics: &str) -> String {
        format!("{}{}", self.name, if self.borrows { generics } else { "" })
    }

    /// The generics where no name is needed.
    pub(super) fn elided(self) -> &'static str {
        if self.borrows { "<'_>" } else { "" }
    }

    /// The type of a part.
    pub(super) fn rust(self, context: &Context<'_>, ty: &Ty) -> String {
        if self.borrows { context.rust_borrowed(ty, true) } else { context.rust(ty) }
    }
}

impl Context<'_> {
    pub(super) fn borrowed_docs(&self, def: &TypeDef, out: &mut Out) {
        out.pieces(0, &["/// [`", &def.rust, "`] that borrows from the bytes it is read from."]);
        self.allow_style(out);
    }

    /// The twin's derives, and the attributes that it has by its own name.
    pub(super) fn borrowed_attributes(&self, out: &mut Out, form: Form<'_>, derives: &[&str]) {
        let mut derives = derives.to_vec();
        derives.extend(self.options.serde.then_some("::serde::Serialize"));
        self.attributes_of(out, &[form.name], &derives);
    }

    /// The owned type as a codec of its twin, so that codecs made of it are the twin's too.
    pub(super) fn borrowed_codec(&self, def: &TypeDef, form: Form<'_>, out: &mut Out) {
        let (xdr, sink) = (&self.xdr, self.sink);
        let twin = form.name;
        out.blank();
        out.impl_head(&format!("impl {xdr}::EncodeWith<{twin}<'_>>"), &def.rust);
        out.line(4, "#[inline]");
        out.signature(
            4,
            &format!("fn encode_with<{sink}: {xdr}::Sink + ?Sized>"),
            &[format!("value: &{twin}<'_>"), format!("to: &mut {sink}")],
            &format!(" -> Result<(), {xdr}::EncodeError> {{"),
        );
        out.line(8, "to.put(value)");
        self.codec_end(out);
        out.blank();
        out.impl_head(&format!("impl<'de> {xdr}::DecodeWith<'de, {twin}<'de>>"), &def.rust);
        out.line(4, &format!("const MIN_LEN: usize = {};", def.facts.min_len));
        out.blank();
        out.line(4, "#[inline]");
        out.signature(
            4,
            "fn decode_with",
            &[format!("from: &mut {xdr}::Reader<'de>")],
            &format!(" -> Result<{twin}<'de>, {xdr}::DecodeError> {{"),
        );
        out.line(8, "from.get()");
        self.codec_end(out);
    }

    /// Up to and with the head of `into_owned`.
    pub(super) fn conversion_head(&self, def: &TypeDef, form: Form<'_>, out: &mut Out) {
        out.blank();
        out.impl_head(&format!("impl {}::IntoOwned", self.xdr), &format!("{}<'_>", form.name));
        out.pieces(4, &["type Owned = ", &def.rust, ";"]);
        out.blank();
        out.line(4, "fn into_owned(self) -> Self::Owned {");
    }

    /// The end of `into_owned`, and the conversion by it.
    pub(super) fn conversion_end(&self, def: &TypeDef, form: Form<'_>, out: &mut Out) {
        self.codec_end(out);
        out.blank();
        out.impl_head(&format!("impl From<{}<'_>>", form.name), &def.rust);
        out.signature(4, "fn from", &[format!("value: {}<'_>", form.name)], " -> Self {");
        out.pieces(8, &[&self.xdr, "::owned(value)"]);
        self.codec_end(out);
    }

    /// What owns the parts of a value.
    pub(super) fn owned(&self, ty: &Ty, value: String) -> String {
        if self.model.borrows(ty) { format!("{}::owned({value})", self.xdr) } else { value }
    }
}
