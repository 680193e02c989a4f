//! Which types get a twin that borrows from its input.

use super::facts::{Reach, edges, parts};
use super::lower::are_all;
use super::{Options, graph};
use crate::model::{Model, Ty, TypeDef, TypeId};

/// Marks what the user names and what that is made of, where it has something to borrow.
///
/// A type that can contain itself stays as it is: what it allocates for each level, its twin would too.
pub(super) fn mark(model: &mut Model, options: &Options) {
    if options.borrow.is_empty() {
        return;
    }
    model.borrows_plain = are_all(&options.borrow);
    let edges = edges(model, Reach::All);
    let order = graph::components(&edges).order();
    let wanted = wanted(model, options, &order, &edges);
    for id in order {
        let borrows = wanted.get(id) == Some(&true)
            && model.def(id).is_some_and(|def| !def.facts.recursive)
            && parts(model, id).any(|ty| model.borrows(ty));
        if let Some(def) = model.types.get_mut(id) {
            def.borrowed = borrows.then(String::new);
        }
    }
}

/// What is named, and what that is made of. What is used comes before what uses it in `order`.
fn wanted(model: &Model, options: &Options, order: &[TypeId], edges: &[Vec<TypeId>]) -> Vec<bool> {
    let is_named = |def: &TypeDef| model.borrows_plain || options.borrow.contains(&def.name);
    let mut wanted: Vec<bool> = model.types.iter().map(is_named).collect();
    for &id in order.iter().rev() {
        if wanted.get(id) == Some(&true) {
            for &part in edges.get(id).into_iter().flatten() {
                wanted.get_mut(part).into_iter().for_each(|wanted| *wanted = true);
            }
        }
    }
    wanted
}

impl Model {
    /// Whether there is something in the type that its twin borrows.
    pub(crate) fn borrows(&self, ty: &Ty) -> bool {
        match ty {
            Ty::Text(_) | Ty::Opaque(_) => true,
            Ty::FixedOpaque(length) => length.value > 32,
            Ty::Array(of, _) | Ty::FixedArray { of, .. } => self.borrows(of),
            Ty::Optional { of, boxed } => !boxed && self.borrows(of),
            Ty::List(id) | Ty::Named(id) => self.def(*id).is_some_and(|def| def.borrowed.is_some()),
            Ty::Plain(_) | Ty::Shared(_) | Ty::Boxed(_) | Ty::Extern(_) => false,
        }
    }

    /// Whether a procedure takes it borrowed: it is made of a twin, or what is plain is borrowed too.
    pub(crate) fn borrows_argument(&self, ty: &Ty) -> bool {
        self.borrows(ty) && (self.borrows_plain || !is_plain(ty))
    }
}

/// Text or opaque data as such, or an array of it.
fn is_plain(ty: &Ty) -> bool {
    match ty {
        Ty::Array(of, _) | Ty::FixedArray { of, .. } | Ty::Optional { of, .. } => is_plain(of),
        Ty::List(_) | Ty::Named(_) | Ty::Boxed(_) => false,
        _ => true,
    }
}
