//! Types and constants to the model.

use std::collections::HashMap;

use super::Options;
use super::collect::{Collected, RawBody, RawType};
use super::constants::{Constants, radix};
use super::missing::{self, Missing};
use super::paths::Places;
use super::{programs, unions};
use crate::ast::{self, Array, Declaration, Expr, ExprKind, ItemKind, Plain};
use crate::diag::{Diagnostic, Diagnostics};
use crate::model::{
    Bound, Constant, Facts, Field, Item, Length, Member, Model, Struct, Ty, TypeDef, TypeKind,
    Value,
};
use crate::source::{Sources, Span};

/// Lowers everything but programs, whose place among the items is kept for them.
pub(super) fn lower(
    items: &[ast::Item],
    collected: &Collected<'_>,
    constants: &Constants<'_>,
    options: &Options,
    sources: &Sources,
    diagnostics: &mut Diagnostics,
) -> (Model, Places) {
    let mut model = Model::default();
    let names = lower_constants(items, constants, &mut model, diagnostics);
    let mut lowerer = Lowerer {
        collected,
        constants,
        options,
        sources,
        names,
        missing: Missing::default(),
        owner: String::new(),
        places: Places::default(),
        diagnostics,
    };
    model.types = collected.types.iter().map(|raw| lowerer.type_def(raw)).collect();
    lowerer.owner.clear();
    model.programs = programs::lower(&mut lowerer, items);
    lowerer.report_missing();
    let places = lowerer.places;
    model.items = order(items, collected, &model);
    (model, places)
}

/// Emits constants and types where the text has them; a program takes its number from its item.
fn order(items: &[ast::Item], collected: &Collected<'_>, model: &Model) -> Vec<Item> {
    let by_span: HashMap<Span, usize> = model
        .constants
        .iter()
        .enumerate()
        .map(|(index, constant)| (constant.span, index))
        .collect();
    let mut programs = 0usize..;
    let mut out = Vec::with_capacity(items.len());
    for (item, types) in items.iter().zip(&collected.by_item) {
        match &item.kind {
            ItemKind::Const { .. } => {
                out.extend(by_span.get(&item.span).copied().map(Item::Constant))
            }
            ItemKind::Program(_) => {
                out.extend(types.iter().copied().map(Item::Type));
                out.extend(programs.next().map(Item::Program));
            }
            _ => out.extend(types.iter().copied().map(Item::Type)),
        }
    }
    out.dedup_by(|a, b| matches!((a, b), (Item::Constant(a), Item::Constant(b)) if a == b));
    out
}

fn lower_constants<'a>(
    items: &'a [ast::Item],
    constants: &Constants<'_>,
    model: &mut Model,
    diagnostics: &mut Diagnostics,
) -> HashMap<&'a str, usize> {
    let mut names = HashMap::new();
    for item in items {
        let ItemKind::Const { name, value: expr } = &item.kind else { continue };
        if names.contains_key(name.name.as_str()) {
            continue;
        }
        let Some(value) = constants.named(&name.name).cloned() else { continue };
        check_range(&value, expr, diagnostics);
        names.insert(name.name.as_str(), model.constants.len());
        let (doc, span) = (item.doc.clone(), item.span);
        let constant = Constant {
            name: name.name.clone(),
            rust: String::new(),
            value,
            radix: radix(expr),
            doc,
            span,
        };
        model.constants.push(constant);
    }
    names
}

fn check_range(value: &Value, expr: &Expr, diagnostics: &mut Diagnostics) {
    if let Value::Number(number) = value
        && !(i128::from(i64::MIN)..=i128::from(u64::MAX)).contains(number)
    {
        diagnostics.push(
            Diagnostic::error("X217", "a constant has at most 64 bits")
                .at(expr.span, format!("this is {number}")),
        );
    }
}

/// What lowering types needs to know.
pub(super) struct Lowerer<'a> {
    pub(super) collected: &'a Collected<'a>,
    pub(super) constants: &'a Constants<'a>,
    pub(super) options: &'a Options,
    pub(super) sources: &'a Sources,
    /// The constants of the model by their names in the text.
    names: HashMap<&'a str, usize>,
    /// Types that nothing defines, and where they are used.
    missing: Missing,
    /// The type being lowered.
    owner: String,
    /// What the options could have named.
    places: Places,
    pub(super) diagnostics: &'a mut Diagnostics,
}

/// Stands in where an error has been reported.
const BROKEN: Ty = Ty::Plain(Plain::Int);

impl Lowerer<'_> {
    fn type_def(&mut self, raw: &RawType<'_>) -> TypeDef {
        self.owner.clone_from(&raw.name);
        let kind = match &raw.body {
            RawBody::Enum(members) => TypeKind::Enum(self.members(members)),
            RawBody::Struct(fields, _) => TypeKind::Struct(self.structure(fields)),
            RawBody::Union(body) => TypeKind::Union(unions::lower(self, body, &raw.name)),
            RawBody::Alias(declaration) => TypeKind::Alias(self.ty(declaration)),
        };
        let (name, doc, span) = (raw.name.clone(), raw.doc.clone(), raw.span);
        let facts = Facts::default();
        TypeDef { name, rust: String::new(), borrowed: None, kind, doc, span, facts }
    }

    fn members(&mut self, members: &[ast::Member]) -> Vec<Member> {
        let mut seen: HashMap<i32, usize> = HashMap::new();
        let mut out = Vec::with_capacity(members.len());
        for (index, member) in members.iter().enumerate() {
            let Some(value) = self.constants.member(members, index) else { continue };
            let Some(value) = self.enum_value(value, member) else { continue };
            let same_as = seen.get(&value).copied();
            seen.entry(value).or_insert(out.len());
            let (name, doc) = (member.name.name.clone(), member.doc.clone());
            out.push(Member { name, rust: String::new(), value, same_as, doc });
        }
        out
    }

    /// An enum is an int on the wire; C's files also write its bits as an unsigned number.
    fn enum_value(&mut self, value: i128, member: &ast::Member) -> Option<i32> {
        let fits =
            i32::try_from(value).ok().or_else(|| u32::try_from(value).ok().map(u32::cast_signed));
        let is_decimal =
            member.value.as_ref().is_none_or(|expr| radix(expr) == crate::number::Radix::Decimal);
        let span = member.value.as_ref().map_or(member.name.span, |expr| expr.span);
        match fits {
            None => self.diagnostics.push(
                Diagnostic::error("X218", format!("an enum's value can't be {value}"))
                    .at(span, "this does not fit 32 bits"),
            ),
            Some(bits) if is_decimal && i128::from(bits) != value => self.diagnostics.push(
                Diagnostic::warning("X219", format!("an enum has a sign: {value} becomes {bits}"))
                    .at(span, "the same 32 bits"),
            ),
            Some(_) => {}
        }
        fits
    }

    fn structure(&mut self, fields: &[Declaration]) -> Struct {
        self.check_names(fields);
        Struct { fields: fields.iter().filter_map(|field| self.field(field)).collect(), next: None }
    }

    fn check_names(&mut self, fields: &[Declaration]) {
        let mut seen: HashMap<&str, Span> = HashMap::new();
        for name in fields.iter().filter_map(|field| field.name.as_ref()) {
            if let Some(first) = seen.insert(&name.name, name.span) {
                self.diagnostics.push(
                    Diagnostic::error("X220", format!("the field `{}` is there twice", name.name))
                        .at(name.span, "again here")
                        .at(first, "first here"),
                );
            }
        }
    }

    fn field(&mut self, declaration: &Declaration) -> Option<Field> {
        let name = declaration.name.as_ref()?.name.clone();
        let (ty, doc, span) = (self.ty(declaration), declaration.doc.clone(), declaration.span);
        Some(Field { name, rust: String::new(), ty, doc, span })
    }

    /// Strings that the user wants as bytes have the wire form of opaque data.
    fn text(&mut self, bound: Bound, declaration: &Declaration) -> Ty {
        self.note(declaration, |places| &mut places.text);
        let Options { bytes, shared_bytes, .. } = self.options;
        let is_bytes = are_all(bytes)
            || self.is_among(bytes, declaration)
            || self.is_among(shared_bytes, declaration);
        if is_bytes { self.shared(Ty::Opaque(bound), declaration) } else { Ty::Text(bound) }
    }

    fn opaque(&mut self, ty: Ty, declaration: &Declaration) -> Ty {
        if matches!(ty, Ty::Opaque(_) | Ty::FixedOpaque(_)) {
            self.note(declaration, |places| &mut places.opaque);
        }
        self.shared(ty, declaration)
    }

    /// Opaque data that would be a `Vec<u8>`, and that the user wants shared, is a part of its message.
    fn shared(&self, ty: Ty, declaration: &Declaration) -> Ty {
        let paths = &self.options.shared_bytes;
        let is_vec = match &ty {
            Ty::Opaque(_) => true,
            Ty::FixedOpaque(length) => length.value > 32,
            _ => false,
        };
        let is_shared = is_vec && (are_all(paths) || self.is_among(paths, declaration));
        if is_shared { Ty::Shared(Box::new(ty)) } else { ty }
    }

    /// Notes the declaration's path where an option might name it.
    fn note(&mut self, declaration: &Declaration, among: fn(&mut Places) -> &mut Vec<String>) {
        let Options { bytes, shared_bytes, .. } = self.options;
        if bytes.is_empty() && shared_bytes.is_empty() || self.owner.is_empty() {
            return;
        }
        let name = declaration.name.as_ref().map_or("", |name| &name.name);
        let owner = &self.owner;
        let typedef = (name == owner).then(|| owner.clone());
        let paths = typedef.into_iter().chain([format!("{owner}.{name}")]);
        among(&mut self.places).extend(paths);
    }

    /// Whether one of the paths is the declaration's own: `type.field`, or a typedef's name.
    fn is_among(&self, paths: &[String], declaration: &Declaration) -> bool {
        let name = declaration.name.as_ref().map_or("", |name| &name.name);
        paths.iter().any(|path| match path.rsplit_once('.') {
            Some((owner, field)) => path != "." && owner == self.owner && field == name,
            None => path == name && self.owner == name,
        })
    }

    /// The type of what is declared.
    pub(super) fn ty(&mut self, declaration: &Declaration) -> Ty {
        let array = declaration.array.as_ref();
        let ty = match (&declaration.ty.kind, array) {
            (ast::TypeKind::Text, Some(Array::Variable(bound))) => {
                let bound = self.bound(bound.as_ref());
                self.text(bound, declaration)
            }
            (ast::TypeKind::Opaque, Some(Array::Variable(bound))) => {
                let bound = self.bound(bound.as_ref());
                self.opaque(Ty::Opaque(bound), declaration)
            }
            (ast::TypeKind::Opaque, Some(Array::Fixed(size))) => {
                let ty = self.length(size).map_or(BROKEN, Ty::FixedOpaque);
                self.opaque(ty, declaration)
            }
            (_, None) => self.element(declaration),
            (_, Some(Array::Variable(bound))) => {
                let of = Box::new(self.element(declaration));
                Ty::Array(of, self.bound(bound.as_ref()))
            }
            (_, Some(Array::Fixed(size))) => {
                let of = Box::new(self.element(declaration));
                match self.length(size) {
                    Some(length) => Ty::FixedArray { of, in_vec: length.value > 32, length },
                    None => BROKEN,
                }
            }
        };
        match declaration.pointer {
            Some(_) => Ty::Optional { of: Box::new(ty), boxed: false },
            None => ty,
        }
    }

    fn bound(&mut self, bound: Option<&Expr>) -> Bound {
        bound.and_then(|bound| self.number(bound, "a bound"))
    }

    fn length(&mut self, size: &Expr) -> Option<Length> {
        self.number(size, "a length")
    }

    fn number(&mut self, expr: &Expr, what: &str) -> Option<Length> {
        let value = self.constants.unsigned(expr, what, self.diagnostics)?;
        let constant = match &expr.kind {
            ExprKind::Name(name) => self.names.get(name.as_str()).copied(),
            _ => None,
        };
        Some(Length { value, constant })
    }

    fn element(&mut self, declaration: &Declaration) -> Ty {
        match &declaration.ty.kind {
            ast::TypeKind::Plain(plain) => Ty::Plain(*plain),
            ast::TypeKind::Named(name) => {
                let ty = self.named(&name.name, name.span);
                self.opaque(ty, declaration)
            }
            _ => self.collected.inline(&declaration.ty).map_or(BROKEN, Ty::Named),
        }
    }

    fn named(&mut self, name: &str, span: Span) -> Ty {
        if let Some(path) = self.options.externs.get(name) {
            return Ty::Extern(path.clone());
        }
        if let Some(id) = self.collected.named(name) {
            let is_optional = matches!(
                self.collected.types.get(id).map(|raw| &raw.body),
                Some(RawBody::Struct(_, true))
            );
            return match is_optional {
                true => Ty::Optional { of: Box::new(Ty::Named(id)), boxed: false },
                false => Ty::Named(id),
            };
        }
        builtin(name).unwrap_or_else(|| {
            self.missing.add(name, span);
            BROKEN
        })
    }

    /// What was used and not found, unless something that can't be read may define it.
    fn report_missing(&mut self) {
        let plain = [
            "bool",
            "float",
            "double",
            "quadruple",
            "hyper",
            "int",
            "unsigned",
            "string",
            "opaque",
        ];
        let mut known: Vec<&str> = self.collected.names().chain(plain).collect();
        known.sort_unstable();
        let options = self.options;
        self.missing.report(&missing::TYPES, &known, options, self.diagnostics);
        let mut known: Vec<&str> = self.constants.names().chain(["TRUE", "FALSE"]).collect();
        known.sort_unstable();
        let constants = self.constants.missing.borrow();
        constants.report(&missing::CONSTANTS, &known, options, self.diagnostics);
    }
}

/// The path of everything.
pub(super) const ALL: &str = ".";

/// Whether the path of everything is among them.
pub(super) fn are_all(paths: &[String]) -> bool {
    paths.iter().any(|path| path == ALL)
}

/// Types that C's headers define for every `.x` file.
fn builtin(name: &str) -> Option<Ty> {
    let plain = match name {
        "bool_t" => Plain::Bool,
        "enum_t" | "int32_t" | "int_t" | "s_int" => Plain::Int,
        "u_int" | "uint" | "uint_t" | "u_long" | "ulong" | "ulong_t" | "uint32_t" | "u_int32_t" => {
            Plain::Unsigned
        }
        "rpcprog_t" | "rpcvers_t" | "rpcproc_t" | "rpcprot_t" | "rpcport_t" => Plain::Unsigned,
        "long_t" => Plain::Int,
        // C's rpcgen has no such type, so that files may define it.
        "quadruple" => Plain::Quadruple,
        "longlong_t" | "quad_t" | "int64_t" => Plain::Hyper,
        "u_longlong_t" | "ulonglong_t" | "u_quad_t" | "uint64_t" | "u_int64_t" => {
            Plain::UnsignedHyper
        }
        "short_t" | "int16_t" => Plain::Short,
        "u_short" | "ushort" | "ushort_t" | "uint16_t" | "u_int16_t" => Plain::UnsignedShort,
        "char_t" | "int8_t" => Plain::Char,
        "u_char" | "uchar" | "uchar_t" | "uint8_t" | "u_int8_t" => Plain::UnsignedChar,
        "netobj" => return Some(Ty::Opaque(Some(Length { value: 1024, constant: None }))),
        "des_block" => return Some(Ty::FixedOpaque(Length { value: 8, constant: None })),
        _ => return None,
    };
    Some(Ty::Plain(plain))
}
