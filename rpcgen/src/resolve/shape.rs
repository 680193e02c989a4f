//! Lists: a struct that ends in a pointer to itself, used through pointers alone, is the node of a `Vec`.

use crate::model::{Model, Ty, TypeId, TypeKind};

/// Finds the nodes and turns the pointers to them into lists.
pub(super) fn find_lists(model: &mut Model) {
    let mut nodes: Vec<bool> = (0..model.types.len()).map(|id| ends_in_next(model, id)).collect();
    for ty in uses(model) {
        unmark_values(model, ty, &mut nodes);
    }
    for (id, is_node) in nodes.iter().enumerate() {
        if let Some(TypeKind::Struct(body)) = model.types.get_mut(id).map(|def| &mut def.kind)
            && *is_node
        {
            body.next = body.fields.pop();
        }
    }
    let heads = heads(model, &nodes);
    for_each_ty(model, &mut |ty| replace(ty, &heads));
}

/// The struct's last field is its only pointer to itself, or is called next.
fn ends_in_next(model: &Model, id: TypeId) -> bool {
    let Some(TypeKind::Struct(body)) = model.def(id).map(|def| &def.kind) else { return false };
    let Some(last) = body.fields.last() else { return false };
    let to_itself = |ty: &Ty| pointed_to(model, ty) == Some(id);
    let is_called_next =
        ["next", "link"].iter().any(|word| last.name.to_ascii_lowercase().contains(word));
    let alone = body.fields.iter().filter(|field| to_itself(&field.ty)).count() == 1;
    to_itself(&last.ty) && (alone || is_called_next)
}

/// The struct that a pointer leads to, typedefs resolved.
fn pointed_to(model: &Model, ty: &Ty) -> Option<TypeId> {
    let Ty::Optional { of, .. } = model.resolved(ty) else { return None };
    match model.resolved(of) {
        Ty::Named(id) => Some(*id),
        _ => None,
    }
}

/// Every type as it is used, a typedef's and the results and arguments of procedures included.
fn uses(model: &Model) -> Vec<&Ty> {
    let mut out = Vec::new();
    for def in &model.types {
        match &def.kind {
            TypeKind::Enum(_) => {}
            TypeKind::Struct(body) => out.extend(body.fields.iter().map(|field| &field.ty)),
            TypeKind::Union(body) => {
                out.extend(body.arms.iter().filter_map(|arm| arm.ty.as_ref()));
                out.extend(body.default.iter().filter_map(|arm| arm.ty.as_ref()));
            }
            // `typedef node list;` uses nothing until `list` is used.
            TypeKind::Alias(Ty::Named(_)) => {}
            TypeKind::Alias(ty) => out.push(ty),
        }
    }
    for procedure in model
        .programs
        .iter()
        .flat_map(|program| &program.versions)
        .flat_map(|version| &version.procedures)
    {
        out.extend(procedure.result.iter());
        out.extend(procedure.arguments.iter().map(|argument| &argument.ty));
    }
    out
}

/// A node that is somewhere used by its value needs its pointer. What a typedef stands for is a use of its own.
fn unmark_values(model: &Model, ty: &Ty, nodes: &mut [bool]) {
    match ty {
        Ty::Named(_) => {
            if let Ty::Named(id) = model.resolved(ty)
                && let Some(is_node) = nodes.get_mut(*id)
            {
                *is_node = false;
            }
        }
        Ty::Array(of, _) | Ty::FixedArray { of, .. } => unmark_values(model, of, nodes),
        Ty::Optional { of, .. } if !matches!(**of, Ty::Named(_)) => unmark_values(model, of, nodes),
        _ => {}
    }
}

/// For each type the node that a pointer to it points to, plain typedefs resolved.
fn heads(model: &Model, nodes: &[bool]) -> Vec<Option<TypeId>> {
    let head = |id| match model.resolved(&Ty::Named(id)) {
        Ty::Named(id) if nodes.get(*id) == Some(&true) => Some(*id),
        _ => None,
    };
    (0..model.types.len()).map(head).collect()
}

fn replace(ty: &mut Ty, heads: &[Option<TypeId>]) {
    match ty {
        Ty::Optional { of, .. } => match **of {
            Ty::Named(id) => {
                if let Some(Some(node)) = heads.get(id) {
                    *ty = Ty::List(*node);
                }
            }
            _ => replace(of, heads),
        },
        Ty::Array(of, _) | Ty::FixedArray { of, .. } => replace(of, heads),
        _ => {}
    }
}

/// Visits every type that is used anywhere.
pub(super) fn for_each_ty(model: &mut Model, visit: &mut impl FnMut(&mut Ty)) {
    for def in &mut model.types {
        match &mut def.kind {
            TypeKind::Enum(_) => {}
            TypeKind::Struct(body) => {
                body.fields.iter_mut().chain(&mut body.next).for_each(|field| visit(&mut field.ty));
            }
            TypeKind::Union(body) => {
                body.arms.iter_mut().filter_map(|arm| arm.ty.as_mut()).for_each(&mut *visit);
                body.default.iter_mut().filter_map(|arm| arm.ty.as_mut()).for_each(&mut *visit);
            }
            TypeKind::Alias(ty) => visit(ty),
        }
    }
    let versions = model.programs.iter_mut().flat_map(|program| &mut program.versions);
    for procedure in versions.flat_map(|version| &mut version.procedures) {
        procedure.result.iter_mut().for_each(&mut *visit);
        procedure.arguments.iter_mut().for_each(|argument| visit(&mut argument.ty));
    }
}
