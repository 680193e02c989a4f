//! Every type that the text defines, those within others included.

use std::collections::HashMap;

use super::Options;
use crate::ast::{Declaration, Doc, Ident, Item, ItemKind, Member, TypeKind, TypeSpec, UnionBody};
use crate::diag::{Diagnostic, Diagnostics};
use crate::model::TypeId;
use crate::source::Span;

/// The types of a text, by their place in it.
pub(super) struct Collected<'a> {
    pub(super) types: Vec<RawType<'a>>,
    names: HashMap<&'a str, TypeId>,
    /// Types defined where they are used, by the address of that use.
    inline: HashMap<*const TypeSpec, TypeId>,
    /// The types of each item, by the item's index.
    pub(super) by_item: Vec<Vec<TypeId>>,
}

pub(super) struct RawType<'a> {
    /// The name in the text, or one made from what surrounds it.
    pub(super) name: String,
    pub(super) doc: Doc,
    pub(super) span: Span,
    pub(super) body: RawBody<'a>,
}

pub(super) enum RawBody<'a> {
    Enum(&'a [Member]),
    /// Optional for `struct *name`.
    Struct(&'a [Declaration], bool),
    Union(&'a UnionBody),
    Alias(&'a Declaration),
}

impl<'a> Collected<'a> {
    pub(super) fn named(&self, name: &str) -> Option<TypeId> {
        self.names.get(name).copied()
    }

    pub(super) fn inline(&self, spec: &TypeSpec) -> Option<TypeId> {
        self.inline.get(&std::ptr::from_ref(spec)).copied()
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &'a str> {
        self.names.keys().copied()
    }
}

/// Finds every type, and the names that are taken twice.
pub(super) fn collect<'a>(
    items: &'a [Item],
    options: &Options,
    diagnostics: &mut Diagnostics,
) -> Collected<'a> {
    let mut collector = Collector {
        found: Collected {
            types: Vec::new(),
            names: HashMap::new(),
            inline: HashMap::new(),
            by_item: Vec::with_capacity(items.len()),
        },
        places: HashMap::new(),
        self_named: Vec::new(),
        diagnostics,
    };
    for item in items {
        let before = collector.found.types.len();
        collector.item(item);
        collector.found.by_item.push((before..collector.found.types.len()).collect());
    }
    collector.check_self_named(options);
    collector.found
}

struct Collector<'a, 'd> {
    found: Collected<'a>,
    places: HashMap<&'a str, Span>,
    /// `typedef struct a a;`, which says nothing new.
    self_named: Vec<&'a Ident>,
    diagnostics: &'d mut Diagnostics,
}

impl<'a> Collector<'a, '_> {
    fn item(&mut self, item: &'a Item) {
        let (doc, span) = (item.doc.clone(), item.span);
        match &item.kind {
            ItemKind::Enum { name, body } => self.define(name, doc, span, RawBody::Enum(body)),
            ItemKind::Struct { name, body, optional } => {
                self.define(name, doc, span, RawBody::Struct(body, *optional));
                self.fields(&name.name, body);
            }
            ItemKind::Union { name, body } => {
                self.define(name, doc, span, RawBody::Union(body));
                self.arms(&name.name, body);
            }
            ItemKind::Typedef(declaration) => self.typedef(declaration, doc, span),
            ItemKind::Program(program) => {
                for procedure in program.versions.iter().flat_map(|version| &version.procedures) {
                    self.nested(&procedure.name.name, &procedure.result);
                    procedure
                        .arguments
                        .iter()
                        .for_each(|argument| self.nested(&procedure.name.name, argument));
                }
            }
            ItemKind::Const { .. } => {}
        }
    }

    fn typedef(&mut self, declaration: &'a Declaration, doc: Doc, span: Span) {
        let Some(name) = &declaration.name else { return };
        let is_plain = declaration.pointer.is_none() && declaration.array.is_none();
        match &declaration.ty.kind {
            TypeKind::Named(of) if of.name == name.name && is_plain => self.self_named.push(name),
            // The type that has no other name gets this one.
            TypeKind::Enum(tag, _) | TypeKind::Struct(tag, _) | TypeKind::Union(tag, _)
                if is_plain && tag.as_ref().is_none_or(|tag| tag.name == name.name) =>
            {
                self.inline_type(&declaration.ty, name.clone(), Some(name), doc, span);
            }
            _ => {
                self.define(name, doc, span, RawBody::Alias(declaration));
                let inner =
                    if is_plain { name.name.clone() } else { format!("{}_item", name.name) };
                self.nested_named(&inner, declaration);
            }
        }
    }

    fn define(&mut self, name: &'a Ident, doc: Doc, span: Span, body: RawBody<'a>) {
        let id = self.add(name.name.clone(), doc, span, body);
        self.register(name, id);
    }

    fn add(&mut self, name: String, doc: Doc, span: Span, body: RawBody<'a>) -> TypeId {
        self.found.types.push(RawType { name, doc, span, body });
        self.found.types.len().saturating_sub(1)
    }

    fn register(&mut self, name: &'a Ident, id: TypeId) {
        let Some(&first) = self.places.get(name.name.as_str()) else {
            self.places.insert(&name.name, name.span);
            self.found.names.insert(&name.name, id);
            return;
        };
        self.diagnostics.push(
            Diagnostic::error("X200", format!("the type `{}` is defined twice", name.name))
                .at(name.span, "defined again here")
                .at(first, "first defined here"),
        );
    }

    fn check_self_named(&mut self, options: &Options) {
        for name in std::mem::take(&mut self.self_named) {
            if self.found.named(&name.name).is_none() && !options.may_define(&name.name) {
                self.diagnostics.push(
                    Diagnostic::error("X201", format!("the type `{}` is not defined", name.name))
                        .at(name.span, "this typedef names only itself"),
                );
            }
        }
    }

    fn fields(&mut self, parent: &str, fields: &'a [Declaration]) {
        fields.iter().for_each(|field| self.nested(parent, field));
    }

    fn arms(&mut self, parent: &str, body: &'a UnionBody) {
        self.nested(parent, &body.discriminant);
        body.arms.iter().for_each(|arm| self.nested(parent, &arm.body));
    }

    /// A type defined within a declaration takes its name from both.
    fn nested(&mut self, parent: &str, declaration: &'a Declaration) {
        let own = declaration.name.as_ref().map_or("value", |name| &name.name);
        self.nested_named(&format!("{parent}_{own}"), declaration);
    }

    fn nested_named(&mut self, name: &str, declaration: &'a Declaration) {
        let tag = match &declaration.ty.kind {
            TypeKind::Enum(tag, _) | TypeKind::Struct(tag, _) | TypeKind::Union(tag, _) => {
                tag.as_ref()
            }
            _ => return,
        };
        let ident = tag
            .cloned()
            .unwrap_or_else(|| Ident { name: name.to_owned(), span: declaration.ty.span });
        self.inline_type(&declaration.ty, ident, tag, Doc::new(), declaration.ty.span);
    }

    fn inline_type(
        &mut self,
        spec: &'a TypeSpec,
        name: Ident,
        register: Option<&'a Ident>,
        doc: Doc,
        span: Span,
    ) {
        let body = match &spec.kind {
            TypeKind::Enum(_, members) => RawBody::Enum(members),
            TypeKind::Struct(_, fields) => RawBody::Struct(fields, false),
            TypeKind::Union(_, body) => RawBody::Union(body),
            _ => return,
        };
        let id = self.add(name.name.clone(), doc, span, body);
        self.found.inline.insert(std::ptr::from_ref(spec), id);
        if let Some(ident) = register {
            self.register(ident, id);
        }
        match &spec.kind {
            TypeKind::Struct(_, fields) => self.fields(&name.name, fields),
            TypeKind::Union(_, body) => self.arms(&name.name, body),
            _ => {}
        }
    }
}
