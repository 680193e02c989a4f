//! What follows from a type's parts: circles, boxes, sizes, least lengths.

use std::collections::HashSet;

use super::graph::{self, Components};
use crate::ast::Plain;
use crate::diag::{Diagnostic, Diagnostics};
use crate::model::{Facts, Model, Ty, TypeId, TypeKind};

/// Fills in every type's facts, or reports what has none.
pub(super) fn complete(model: &mut Model, diagnostics: &mut Diagnostics) {
    if report_circles(model, true, diagnostics) {
        return;
    }
    let all = edges(model, Reach::All);
    let circles = graph::components(&all);
    keep_circles_on_the_heap(model, &circles);
    box_arms(model);
    box_pointers(model);
    for id in order(model, &circles) {
        let facts = Facts { recursive: circles.is_circular(id, &all), ..facts_of(model, id) };
        if let Some(def) = model.types.get_mut(id) {
            def.facts = facts;
        }
    }
    spread_no_eq(model, &circles, &all);
    report_nesting(model, diagnostics);
}

/// Reports types that nothing could be a value of. Of a model that is not whole, unions may have arms that were left out.
pub(super) fn report_circles(model: &Model, is_whole: bool, diagnostics: &mut Diagnostics) -> bool {
    report_endless(model, is_whole, diagnostics) || report_alias_circle(model, diagnostics)
}

/// The types, parts by value before what they are parts of. Where a union leads back to itself through an array, what
/// is stored in place comes first.
fn order(model: &Model, circles: &Components) -> Vec<TypeId> {
    let values = graph::components(&edges(model, Reach::Value));
    let mut order = graph::components(&edges(model, Reach::Inline)).order();
    order.sort_by_key(|&id| (circles.component(id), values.component(id)));
    order
}

/// On a circle, what one type is made of the others are made of too.
fn spread_no_eq(model: &mut Model, circles: &Components, edges: &[Vec<TypeId>]) {
    let mut tainted: HashSet<usize> = HashSet::new();
    for id in circles.order() {
        let direct = model.def(id).is_some_and(|def| def.facts.no_eq);
        let through = edges
            .get(id)
            .is_some_and(|to| to.iter().any(|&to| tainted.contains(&circles.component(to))));
        if direct || through {
            tainted.insert(circles.component(id));
        }
    }
    for (id, def) in model.types.iter_mut().enumerate() {
        def.facts.no_eq = tainted.contains(&circles.component(id));
    }
}

/// Which uses of a type count.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    /// Whatever is there in a value that has it at all, arrays of fixed length included.
    Value,
    /// What of that is stored in place.
    Inline,
    /// What is stored in place, were no pointer boxed.
    Place,
    All,
}

pub(super) fn edges(model: &Model, reach: Reach) -> Vec<Vec<TypeId>> {
    let of = |id| {
        let mut to = Vec::new();
        parts(model, id).for_each(|ty| targets(ty, reach, &mut to));
        to
    };
    (0..model.types.len()).map(of).collect()
}

/// The types that a type is made of.
pub(super) fn parts(model: &Model, id: TypeId) -> impl Iterator<Item = &Ty> {
    let kind = model.def(id).map(|def| &def.kind);
    let (fields, union, alias) = match kind {
        Some(TypeKind::Struct(body)) => (Some(body), None, None),
        Some(TypeKind::Union(body)) => (None, Some(body), None),
        Some(TypeKind::Alias(ty)) => (None, None, Some(ty)),
        _ => (None, None, None),
    };
    let fields = fields.into_iter().flat_map(|body| body.fields.iter().map(|field| &field.ty));
    let arms = union.into_iter().flat_map(|body| {
        let arms = body.arms.iter().filter_map(|arm| arm.ty.as_ref());
        arms.chain(body.default.iter().filter_map(|arm| arm.ty.as_ref()))
    });
    fields.chain(arms).chain(alias)
}

fn targets(ty: &Ty, reach: Reach, to: &mut Vec<TypeId>) {
    match ty {
        Ty::Named(id) => to.push(*id),
        Ty::List(id) if reach == Reach::All => to.push(*id),
        Ty::Boxed(id) if reach == Reach::All => to.push(*id),
        Ty::Optional { of, .. } if matches!(reach, Reach::Place | Reach::All) => {
            targets(of, reach, to);
        }
        Ty::Array(of, _) if reach == Reach::All => targets(of, reach, to),
        Ty::FixedArray { of, length, in_vec } => {
            let counts = match reach {
                Reach::Value => length.value > 0,
                Reach::Inline | Reach::Place => !in_vec,
                Reach::All => true,
            };
            if counts {
                targets(of, reach, to);
            }
        }
        _ => {}
    }
}

/// A type that holds itself in every value has no end. A union that holds itself in some arm has, where another arm
/// leads elsewhere.
fn report_endless(model: &Model, is_whole: bool, diagnostics: &mut Diagnostics) -> bool {
    let edges = &edges(model, Reach::Value);
    let values = &graph::components(edges);
    let ends = ends(model, is_whole, edges);
    let is_endless = |id| values.is_circular(id, edges) && ends.get(id) == Some(&false);
    let mut reported: Vec<TypeId> = Vec::new();
    for (id, def) in model.types.iter().enumerate() {
        if !is_endless(id) || reported.iter().any(|&other| values.same(id, other)) {
            continue;
        }
        reported.push(id);
        let name = &def.name;
        let mut diagnostic =
            Diagnostic::error("X240", format!("the type `{name}` contains itself without end"))
                .at(def.span, "has no finite size");
        let others = model
            .types
            .iter()
            .enumerate()
            .filter(|&(other, _)| other != id && values.same(id, other) && is_endless(other));
        for (_, other) in others.take(3) {
            diagnostic =
                diagnostic.at(other.span, format!("`{}` is part of the circle", other.name));
        }
        diagnostics.push(diagnostic.help(
            "a union with an arm that does not lead back would end it; so would a pointer, `T *name`, but that puts a \
             bool on the wire",
        ));
    }
    !reported.is_empty()
}

/// Which types have values of finite size.
fn ends(model: &Model, is_whole: bool, edges: &[Vec<TypeId>]) -> Vec<bool> {
    let used_by = reversed(edges);
    let to_end = |(id, to): (TypeId, &Vec<TypeId>)| uses_to_end(model, is_whole, id, to);
    let mut waits: Vec<usize> = edges.iter().enumerate().map(to_end).collect();
    let mut open: Vec<TypeId> = (0..edges.len()).filter(|&id| waits.get(id) == Some(&0)).collect();
    while let Some(id) = open.pop() {
        for &user in used_by.get(id).into_iter().flatten() {
            if let Some(waits) = waits.get_mut(user).filter(|waits| **waits > 0) {
                *waits = waits.saturating_sub(1);
                open.extend((*waits == 0).then_some(user));
            }
        }
    }
    waits.into_iter().map(|waits| waits == 0).collect()
}

/// How many of the uses must end for the type to: of a struct all, of a union one, or none where an arm uses nothing.
fn uses_to_end(model: &Model, is_whole: bool, id: TypeId, uses: &[TypeId]) -> usize {
    match model.def(id).map(|def| &def.kind) {
        Some(TypeKind::Union(body)) => {
            // An arm uses one type at most.
            let arms = body.arms.len().saturating_add(usize::from(body.default.is_some()));
            usize::from(is_whole && uses.len() >= arms)
        }
        _ => uses.len(),
    }
}

fn reversed(edges: &[Vec<TypeId>]) -> Vec<Vec<TypeId>> {
    let mut reversed = vec![Vec::new(); edges.len()];
    for (from, to) in edges.iter().enumerate() {
        for &to in to {
            if let Some(froms) = reversed.get_mut(to) {
                froms.push(from);
            }
        }
    }
    reversed
}

/// Typedefs that are made of nothing but each other.
fn report_alias_circle(model: &Model, diagnostics: &mut Diagnostics) -> bool {
    let is_alias =
        |id: TypeId| matches!(model.def(id).map(|def| &def.kind), Some(TypeKind::Alias(_)));
    let among = |id: TypeId, to: &Vec<TypeId>| {
        let kept = to.iter().copied().filter(|&to| is_alias(id) && is_alias(to));
        kept.collect::<Vec<_>>()
    };
    let all = edges(model, Reach::All);
    let edges: Vec<Vec<TypeId>> = all.iter().enumerate().map(|(id, to)| among(id, to)).collect();
    let circles = graph::components(&edges);
    let found = model.types.iter().enumerate().find(|&(id, _)| circles.is_circular(id, &edges));
    if let Some((_, def)) = found {
        diagnostics.push(
            Diagnostic::error("X242", format!("the typedef `{}` names only itself", def.name))
                .at(def.span, "made of itself and nothing else")
                .help("a struct must be part of the circle"),
        );
    }
    found.is_some()
}

/// A fixed array on a circle is a `Vec`: a codec of its own can't be boxed.
fn keep_circles_on_the_heap(model: &mut Model, circles: &Components) {
    for id in 0..model.types.len() {
        for_each_part(model, id, &mut |ty| to_heap(ty, id, circles));
    }
}

fn to_heap(ty: &mut Ty, owner: TypeId, circles: &Components) {
    match ty {
        Ty::FixedArray { of, in_vec, .. } => {
            let mut to = Vec::new();
            targets(of, Reach::All, &mut to);
            *in_vec |= to.iter().any(|&target| circles.same(owner, target));
            to_heap(of, owner, circles);
        }
        Ty::Optional { of, .. } | Ty::Array(of, _) => to_heap(of, owner, circles),
        _ => {}
    }
}

/// An arm that leads back to its union without a pointer needs a box.
fn box_arms(model: &mut Model) {
    let edges = edges(model, Reach::Inline);
    let places = graph::components(&edges);
    let is_union: Vec<bool> =
        model.types.iter().map(|def| matches!(def.kind, TypeKind::Union(_))).collect();
    for (id, is_union) in is_union.into_iter().enumerate() {
        if !is_union || !places.is_circular(id, &edges) {
            continue;
        }
        for_each_part(model, id, &mut |ty| match *ty {
            Ty::Named(target) if places.same(id, target) => *ty = Ty::Boxed(target),
            _ => {}
        });
    }
}

/// A pointer to a struct or union that leads back to where it stands needs a box.
fn box_pointers(model: &mut Model) {
    let edges = edges(model, Reach::Place);
    let places = graph::components(&edges);
    let is_body: Vec<bool> = (0..model.types.len())
        .map(|id| match model.resolved(&Ty::Named(id)) {
            Ty::Named(id) => {
                !matches!(model.def(*id).map(|def| &def.kind), Some(TypeKind::Enum(_)) | None)
            }
            _ => false,
        })
        .collect();
    for id in 0..model.types.len() {
        for_each_part(model, id, &mut |ty| box_pointer(ty, id, &places, &is_body));
    }
}

fn box_pointer(ty: &mut Ty, owner: TypeId, places: &Components, is_body: &[bool]) {
    match ty {
        Ty::Optional { of, boxed } => match **of {
            Ty::Named(target) => {
                *boxed = places.same(owner, target) && is_body.get(target) == Some(&true)
            }
            _ => box_pointer(of, owner, places, is_body),
        },
        Ty::Array(of, _) | Ty::FixedArray { of, .. } => box_pointer(of, owner, places, is_body),
        _ => {}
    }
}

fn for_each_part(model: &mut Model, id: TypeId, visit: &mut impl FnMut(&mut Ty)) {
    match model.types.get_mut(id).map(|def| &mut def.kind) {
        Some(TypeKind::Struct(body)) => {
            body.fields.iter_mut().for_each(|field| visit(&mut field.ty))
        }
        Some(TypeKind::Union(body)) => {
            body.arms.iter_mut().filter_map(|arm| arm.ty.as_mut()).for_each(&mut *visit);
            body.default.iter_mut().filter_map(|arm| arm.ty.as_mut()).for_each(&mut *visit);
        }
        Some(TypeKind::Alias(ty)) => visit(ty),
        _ => {}
    }
}

/// The facts of a type whose parts by value have theirs.
fn facts_of(model: &Model, id: TypeId) -> Facts {
    match model.def(id).map(|def| &def.kind) {
        Some(TypeKind::Enum(_)) => Facts { min_len: 4, size: 4, ..Facts::default() },
        Some(TypeKind::Alias(ty)) => of_ty(model, ty),
        Some(TypeKind::Struct(body)) => {
            let whole = body.fields.iter().map(|field| of_ty(model, &field.ty)).fold(EMPTY, add);
            Facts { plain: whole.plain && body.next.is_none(), nesting: 0, ..whole }
        }
        Some(TypeKind::Union(body)) => {
            let arms: Vec<Facts> = parts(model, id).map(|ty| of_ty(model, ty)).collect();
            let voids = body.arms.iter().any(|arm| arm.ty.is_none())
                || body.default.as_ref().is_some_and(|arm| arm.ty.is_none());
            let least =
                arms.iter().map(|arm| arm.min_len).chain(voids.then_some(0)).min().unwrap_or(0);
            let size = arms.iter().map(|arm| arm.size).max().unwrap_or(0).saturating_add(8);
            let no_eq = arms.iter().any(|arm| arm.no_eq);
            let tag = of_ty(model, &body.discriminant).min_len;
            Facts { min_len: least.saturating_add(tag), no_eq, size, ..Facts::default() }
        }
        None => EMPTY,
    }
}

const EMPTY: Facts =
    Facts { min_len: 0, no_eq: false, size: 0, plain: true, recursive: false, nesting: 0 };

fn add(a: Facts, b: Facts) -> Facts {
    Facts {
        min_len: a.min_len.saturating_add(b.min_len),
        no_eq: a.no_eq || b.no_eq,
        size: a.size.saturating_add(b.size),
        plain: a.plain && b.plain,
        recursive: false,
        nesting: a.nesting.max(b.nesting),
    }
}

/// The facts of a type in use.
pub(crate) fn of_ty(model: &Model, ty: &Ty) -> Facts {
    let heap = |of: &Ty, min_len| {
        let inner = of_ty(model, of);
        Facts { min_len, size: 24, plain: false, nesting: inner.nesting.saturating_add(1), ..inner }
    };
    match ty {
        Ty::Plain(plain) => of_plain(*plain),
        Ty::Text(_) | Ty::Opaque(_) => {
            Facts { min_len: 4, size: 24, nesting: 1, plain: false, ..EMPTY }
        }
        Ty::FixedOpaque(length) => {
            let size = if length.value > 32 { 24 } else { length.value };
            let min_len = length.value.div_ceil(4).saturating_mul(4);
            Facts { min_len, size, nesting: 1, plain: false, ..EMPTY }
        }
        Ty::Shared(of) => Facts { size: 32, ..of_ty(model, of) },
        Ty::Array(of, _) => heap(of, 4),
        Ty::FixedArray { of, length, in_vec } => {
            let inner = of_ty(model, of);
            let size = if *in_vec { 24 } else { inner.size.saturating_mul(length.value) };
            let min_len = inner.min_len.saturating_mul(length.value);
            Facts { min_len, size, plain: false, nesting: inner.nesting.saturating_add(1), ..inner }
        }
        Ty::Optional { of, boxed } => {
            let inner = of_ty(model, of);
            let size = if *boxed { 8 } else { inner.size.saturating_add(8) };
            Facts {
                min_len: 4,
                size,
                plain: false,
                nesting: inner.nesting.saturating_add(1),
                ..inner
            }
        }
        // Somewhere behind it a union's discriminant stands.
        Ty::Boxed(_) => Facts { min_len: 4, size: 8, nesting: 1, plain: false, ..EMPTY },
        Ty::List(id) => heap(&Ty::Named(*id), 4),
        Ty::Named(id) => model.def(*id).map_or(EMPTY, |def| def.facts),
        Ty::Extern(_) => Facts { no_eq: true, size: 64, plain: false, ..EMPTY },
    }
}

fn of_plain(plain: Plain) -> Facts {
    let (min_len, size) = match plain {
        Plain::Hyper | Plain::UnsignedHyper | Plain::Double => (8, 8),
        Plain::Quadruple => (16, 16),
        Plain::Bool | Plain::Char | Plain::UnsignedChar => (4, 1),
        Plain::Short | Plain::UnsignedShort => (4, 2),
        Plain::Int | Plain::Unsigned | Plain::Float => (4, 4),
    };
    let no_eq = matches!(plain, Plain::Float | Plain::Double | Plain::Quadruple);
    Facts { min_len, no_eq, size, plain: plain != Plain::Quadruple, recursive: false, nesting: 0 }
}

/// Arrays of arrays of arrays, at most so deep.
const MAX_NESTING: u32 = 32;

fn report_nesting(model: &Model, diagnostics: &mut Diagnostics) {
    let Some(def) = model.types.iter().find(|def| def.facts.nesting > MAX_NESTING) else { return };
    diagnostics.push(
        Diagnostic::error(
            "X241",
            format!("the type `{}` has more than {MAX_NESTING} levels of arrays", def.name),
        )
        .at(def.span, "nested too deeply"),
    );
}
