//! Types and what is declared with them: fields, arms, typedefs, arguments.

use super::Parsed;
use super::cursor::Parser;
use super::expected::is_keyword;
use crate::ast::{Array, Declaration, Expr, Ident, Plain, TypeKind, TypeSpec};
use crate::diag::Diagnostic;
use crate::lex::{Kind, Token};
use crate::source::Span;

/// Stands in for a type where an error has been told.
pub(super) const BROKEN: TypeKind = TypeKind::Plain(Plain::Int);

/// What may be declared where.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// Has a name, and is no `void`.
    Field,
    /// Has a name; what it must be is told when its type is known.
    Discriminant,
    /// Has a name, or is `void`.
    Arm,
    /// An argument or a result: the name may be left out, and so may `<>` behind `string`.
    Procedure,
}

impl Parser<'_> {
    pub(super) fn declaration(&mut self, place: Place) -> Parsed<Declaration> {
        let start = self.peek();
        let mut ty = self.nested(Self::type_spec)?;
        let pointer = self.pointer()?;
        let may_be_early = place != Place::Procedure;
        let early = if may_be_early { self.bound_before_name(&mut ty)? } else { None };
        let name = self.declared_name(place, &ty)?;
        let array = early.or(self.array()?);
        let span = self.span_from(start);
        let mut declaration = Declaration { ty, pointer, name, array, span, doc: Vec::new() };
        self.check_declaration(&mut declaration, place);
        Ok(declaration)
    }

    /// A procedure's result: a type, where `string<64>` and `T *` may be written in place. It is not checked yet.
    pub(super) fn result_type(&mut self) -> Parsed<Declaration> {
        let start = self.peek();
        let ty = self.nested(Self::type_spec)?;
        let pointer = self.pointer()?;
        let array = self.array()?;
        let span = self.span_from(start);
        Ok(Declaration { ty, pointer, name: None, array, span, doc: Vec::new() })
    }

    fn pointer(&mut self) -> Parsed<Option<Span>> {
        if !self.is_mark(b'*') {
            return Ok(None);
        }
        let star = self.next();
        if !self.is_mark(b'*') {
            return Ok(Some(star.at));
        }
        while self.eat(b'*') {}
        self.tell(
            Diagnostic::error("X110", "a pointer to a pointer has no form on the wire")
                .at(self.span_from(star), "one `*` only")
                .help("give the inner pointer a name of its own with `typedef`"),
        );
        Ok(Some(star.at))
    }

    fn declared_name(&mut self, place: Place, ty: &TypeSpec) -> Parsed<Option<Ident>> {
        let is_void = matches!(ty.kind, TypeKind::Void);
        if place == Place::Procedure && self.peek().kind != Kind::Word
            || is_void && self.peek().kind != Kind::Word
        {
            return Ok(None);
        }
        match &ty.kind {
            TypeKind::Named(ty) if self.word().is_empty() => self.only_one_word(ty),
            _ => self.name("a name").map(Some),
        }
    }

    fn array(&mut self) -> Parsed<Option<Array>> {
        let array = match self.dimension()? {
            None => self.unopened()?,
            array => array,
        };
        let second = self.peek().at;
        if array.is_some() && self.dimension()?.is_some() {
            while self.dimension()?.is_some() {}
            self.tell(
                Diagnostic::error("X111", "an array of arrays needs a typedef for the inner array")
                    .at(second, "a second dimension")
                    .help("`typedef T row[N];` and then `row name[M];`"),
            );
        }
        Ok(array)
    }

    /// `[]`
    fn missing_length(&mut self) -> Expr {
        let at = self.peek().at;
        self.tell(
            Diagnostic::error("X112", "an array in brackets needs a length")
                .at(at, "missing before this")
                .help("write `[N]` for N elements, `<N>` for at most N, `<>` for any number"),
        );
        self.unknown()
    }

    pub(super) fn dimension(&mut self) -> Parsed<Option<Array>> {
        if self.eat(b'[') {
            self.fixed().map(Some)
        } else if self.eat(b'<') {
            self.variable().map(Some)
        } else {
            Ok(None)
        }
    }

    /// What follows `[`.
    fn fixed(&mut self) -> Parsed<Array> {
        let size = if self.is_mark(b']') { self.missing_length() } else { self.expression()? };
        self.close_bound(b']', "behind the size")?;
        Ok(Array::Fixed(size))
    }

    /// What follows `<`.
    fn variable(&mut self) -> Parsed<Array> {
        let bound = if self.is_mark(b'>') { None } else { Some(self.expression()?) };
        self.close_bound(b'>', "behind the bound")?;
        Ok(Array::Variable(bound))
    }

    /// `5]` or `5>`, where nothing opened it; without the 5, it may be a part of the name.
    fn unopened(&mut self) -> Parsed<Option<Array>> {
        let is_bound = matches!(self.peek().kind, Kind::Number | Kind::Word);
        let close = self.ahead(usize::from(is_bound)).kind;
        let (open, read): (u8, fn(&mut Self) -> Parsed<Array>) = match close {
            Kind::Mark(b']') => (b'[', Self::fixed),
            Kind::Mark(b'>') => (b'<', Self::variable),
            _ => return Ok(None),
        };
        let _: Parsed<Token> = self.expect(open, "before the bound");
        if is_bound {
            return read(self).map(Some);
        }
        self.next();
        self.unnamed = true;
        Ok(Some(Array::Variable(None)))
    }

    /// Says what is wrong with it; its parts are known, so they are checked nevertheless.
    pub(super) fn check_declaration(&mut self, declaration: &mut Declaration, place: Place) {
        let fault = match (&declaration.ty.kind, &declaration.array, declaration.pointer) {
            _ if place == Place::Discriminant => None,
            (TypeKind::Void, ..) => void_fault(declaration, place),
            (TypeKind::Text, None, None) if place == Place::Procedure => {
                declaration.array = Some(Array::Variable(None));
                None
            }
            _ => array_fault(declaration),
        };
        if let Some(fault) = fault {
            self.tell(fault);
        }
    }

    fn type_spec(&mut self) -> Parsed<TypeSpec> {
        let start = self.peek();
        let kind = self.type_kind()?;
        Ok(TypeSpec { kind, span: self.span_from(start) })
    }

    fn type_kind(&mut self) -> Parsed<TypeKind> {
        match self.word() {
            "unsigned" | "signed" | "char" | "short" | "int" | "long" | "hyper" => {
                self.integer().map(TypeKind::Plain)
            }
            "float" => self.take(TypeKind::Plain(Plain::Float)),
            "double" => self.take(TypeKind::Plain(Plain::Double)),
            "bool" => self.take(TypeKind::Plain(Plain::Bool)),
            "void" => self.take(TypeKind::Void),
            "string" => self.take(TypeKind::Text),
            "opaque" => self.take(TypeKind::Opaque),
            "enum" => self.inline_enum(),
            "struct" => self.inline_struct(),
            "union" => self.inline_union(),
            "" => self.unexpected("a type", ""),
            _ => self.named_type(),
        }
    }

    fn named_type(&mut self) -> Parsed<TypeKind> {
        if is_keyword(self.word()) {
            return self.refuse_keyword("a type");
        }
        let open = self.ahead(1).kind == Kind::Mark(b'(');
        if open && self.ahead(2).kind != Kind::Mark(b'*') {
            self.refuse_call();
            return Ok(BROKEN);
        }
        self.name("a type").map(TypeKind::Named)
    }

    fn take(&mut self, kind: TypeKind) -> Parsed<TypeKind> {
        self.next();
        Ok(kind)
    }

    /// `unsigned`, `short int`, `unsigned long long` and every other way C has to say it.
    fn integer(&mut self) -> Parsed<Plain> {
        let start = self.peek();
        let (mut sign, mut size, mut is_plain) = (None, None, true);
        loop {
            match self.word() {
                word @ ("unsigned" | "signed") => is_plain &= sign.replace(word).is_none(),
                "int" => {}
                "long" if size == Some("long") => size = Some("hyper"),
                word @ ("char" | "short" | "long" | "hyper") => {
                    is_plain &= size.replace(word).is_none()
                }
                "float" | "double" if self.ahead(1).kind == Kind::Word => is_plain = false,
                _ => break,
            }
            self.next();
        }
        if !is_plain {
            let span = self.span_from(start);
            let text = self.sources.text(span).to_owned();
            self.tell(
                Diagnostic::error("X115", format!("`{text}` is no type"))
                    .at(span, "these words exclude each other"),
            );
        }
        let unsigned = sign == Some("unsigned");
        Ok(match (size, unsigned) {
            // C's `long` has 4 bytes on the wire.
            (None | Some("long"), false) => Plain::Int,
            (None | Some("long"), true) => Plain::Unsigned,
            (Some("char"), false) => Plain::Char,
            (Some("char"), true) => Plain::UnsignedChar,
            (Some("short"), false) => Plain::Short,
            (Some("short"), true) => Plain::UnsignedShort,
            (_, false) => Plain::Hyper,
            (_, true) => Plain::UnsignedHyper,
        })
    }

    /// `enum name` refers; `enum { … }` and `enum name { … }` define.
    fn inline_enum(&mut self) -> Parsed<TypeKind> {
        self.next();
        let name = self.tag()?;
        if !self.is_mark(b'{') {
            return self.reference(name);
        }
        Ok(TypeKind::Enum(name, self.enum_body()?))
    }

    fn inline_struct(&mut self) -> Parsed<TypeKind> {
        self.next();
        let name = self.tag()?;
        // Two words are a field of a body that lacks its brace.
        let is_field = self.peek().kind == Kind::Word && self.ahead(1).kind == Kind::Word;
        let is_unopened = is_field && self.is_closed_before_name();
        if !self.is_mark(b'{') && !is_unopened {
            return self.reference(name);
        }
        Ok(TypeKind::Struct(name, self.struct_body()?))
    }

    fn inline_union(&mut self) -> Parsed<TypeKind> {
        self.next();
        let name = if self.word() == "switch" { None } else { self.tag()? };
        if self.word() != "switch" {
            return self.reference(name);
        }
        Ok(TypeKind::Union(name, Box::new(self.union_body()?)))
    }

    fn tag(&mut self) -> Parsed<Option<Ident>> {
        if self.is_mark(b'{') { Ok(None) } else { self.name("a name or `{`").map(Some) }
    }

    fn reference(&mut self, name: Option<Ident>) -> Parsed<TypeKind> {
        match name {
            Some(name) => Ok(TypeKind::Named(name)),
            None => self.unexpected("a name or `{`", ""),
        }
    }
}

impl Declaration {
    /// Stands in where an error has been told.
    pub(super) fn broken(span: Span) -> Self {
        let ty = TypeSpec { kind: BROKEN, span };
        Self { ty, pointer: None, name: None, array: None, span, doc: Vec::new() }
    }
}

/// More than `void`, or where there must be more.
fn void_fault(declaration: &Declaration, place: Place) -> Option<Diagnostic> {
    let Declaration { pointer, name, array, span, .. } = declaration;
    if pointer.is_some() || array.is_some() || name.is_some() {
        let told = Diagnostic::error("X114", "nothing can be made of `void`")
            .at(*span, "`void` stands alone");
        let help = "where any bytes are meant, write `opaque name<>`";
        return Some(told.maybe_help(pointer.map(|_| help.to_owned())));
    }
    (place == Place::Field).then(|| {
        Diagnostic::error("X114", "a field can't be `void`")
            .at(*span, "only arms of unions, arguments and results can")
    })
}

/// An array that is missing, or one of the wrong kind.
fn array_fault(declaration: &Declaration) -> Option<Diagnostic> {
    let span = declaration.span;
    Some(match (&declaration.ty.kind, &declaration.array, declaration.pointer) {
        (TypeKind::Text, Some(Array::Fixed(_)), _) => {
            Diagnostic::error("X112", "a string has no fixed length")
                .at(span, "`[…]` makes it fixed")
                .help("write `<N>` for at most N bytes")
        }
        (TypeKind::Text, None, _) => Diagnostic::error("X112", "a string needs a bound")
            .at(span, "`<>` or `<N>` is missing")
            .help("write `<N>` for at most N bytes, `<>` for any number"),
        (TypeKind::Opaque, None, _) => Diagnostic::error("X112", "opaque data needs a length")
            .at(span, "`[N]`, `<N>` or `<>` is missing")
            .help("write `[N]` for N bytes, `<N>` for at most N, `<>` for any number"),
        (_, Some(_), Some(star)) => {
            Diagnostic::error("X113", "an array of pointers needs a typedef for the pointer")
                .at(star, "`*` and an array in one declaration")
                .help("`typedef T *pointer;` and then `pointer name<N>;`")
        }
        _ => return None,
    })
}
