//! `rpcgen diff`: whether programs built from two files understand each other.
//!
//! Procedures are compared by their numbers and types by their form on the wire: names are free to change.

mod shape;

use std::collections::HashMap;

use crate::model::{Model, Procedure, Program, Ty, TypeDef, Version};
use shape::Comparison;

/// Whom a change breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Breaks {
    Nobody,
    /// Old clients with new servers.
    OldClients,
    /// New clients with old servers.
    NewClients,
    Both,
}

impl Breaks {
    fn text(self) -> &'static str {
        match self {
            Self::Nobody => "compatible",
            Self::OldClients => "breaks old clients with new servers",
            Self::NewClients => "breaks new clients with old servers",
            Self::Both => "breaks both ways",
        }
    }
}

/// One difference.
#[derive(Debug)]
pub(super) struct Change {
    pub(super) breaks: Breaks,
    place: String,
    what: String,
}

impl Change {
    fn new(breaks: Breaks, place: impl Into<String>, what: impl Into<String>) -> Self {
        Self { breaks, place: place.into(), what: what.into() }
    }
}

impl std::fmt::Display for Change {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}: {}", self.breaks.text(), self.place, self.what)
    }
}

/// Every difference that is seen from the wire, in the order of the old file.
pub(super) fn diff(old: &Model, new: &Model) -> Vec<Change> {
    let mut changes = Vec::new();
    if old.programs.is_empty() && new.programs.is_empty() {
        types(old, new, &mut changes);
        return changes;
    }
    programs(old, new, &mut changes);
    changes
}

/// Without a program, what is there is data: whoever has the old file must read what the new one writes.
fn types(old: &Model, new: &Model, changes: &mut Vec<Change>) {
    let by_name: HashMap<&str, usize> =
        new.types.iter().enumerate().map(|(id, def)| (def.name.as_str(), id)).collect();
    for (id, TypeDef { name, .. }) in old.types.iter().enumerate() {
        match by_name.get(name.as_str()) {
            Some(&other) => {
                let mut comparison = Comparison::new(old, new);
                comparison.compare(&Ty::Named(id), &Ty::Named(other), name, 0);
                changes.extend(comparison.finish(true, true));
            }
            None => changes.push(Change::new(Breaks::Both, name, "the type is gone")),
        }
    }
    let known: Vec<&str> = old.types.iter().map(|def| def.name.as_str()).collect();
    for def in new.types.iter().filter(|def| !known.contains(&def.name.as_str())) {
        changes.push(Change::new(Breaks::Nobody, &def.name, "the type is new"));
    }
}

fn programs(old: &Model, new: &Model, changes: &mut Vec<Change>) {
    for program in &old.programs {
        match new.programs.iter().find(|other| other.name.value == program.name.value) {
            Some(other) => versions(old, new, program, other, changes),
            None => changes.push(Change::new(
                Breaks::OldClients,
                &program.name.name,
                format!("the program {:#x} is gone", program.name.value),
            )),
        }
    }
    let is_new = |program: &&Program| {
        !old.programs.iter().any(|other| other.name.value == program.name.value)
    };
    for program in new.programs.iter().filter(is_new) {
        let what = format!("the program {:#x} is new", program.name.value);
        changes.push(Change::new(Breaks::Nobody, &program.name.name, what));
    }
}

fn versions(
    old: &Model,
    new: &Model,
    program: &Program,
    other: &Program,
    changes: &mut Vec<Change>,
) {
    for version in &program.versions {
        match other.versions.iter().find(|other| other.name.value == version.name.value) {
            Some(other) => procedures(old, new, version, other, changes),
            None => changes.push(Change::new(
                Breaks::OldClients,
                &version.name.name,
                format!("version {} is gone", version.name.value),
            )),
        }
    }
    let is_new = |version: &&Version| {
        !program.versions.iter().any(|other| other.name.value == version.name.value)
    };
    for version in other.versions.iter().filter(is_new) {
        let what = format!(
            "version {} is new: a client that needs it must expect PROG_MISMATCH",
            version.name.value
        );
        changes.push(Change::new(Breaks::Nobody, &version.name.name, what));
    }
}

fn procedures(
    old: &Model,
    new: &Model,
    version: &Version,
    other: &Version,
    changes: &mut Vec<Change>,
) {
    for procedure in &version.procedures {
        let number = procedure.name.value;
        match other.procedures.iter().find(|other| other.name.value == number) {
            Some(other) => signature(old, new, procedure, other, changes),
            None => changes.push(Change::new(
                Breaks::OldClients,
                &procedure.name.name,
                format!("procedure {number} is gone"),
            )),
        }
    }
    let is_new = |procedure: &&Procedure| {
        !version.procedures.iter().any(|other| other.name.value == procedure.name.value)
    };
    for procedure in other.procedures.iter().filter(is_new) {
        let what =
            format!("procedure {} is new: old servers answer PROC_UNAVAIL", procedure.name.value);
        changes.push(Change::new(Breaks::Nobody, &procedure.name.name, what));
    }
}

fn signature(
    old: &Model,
    new: &Model,
    procedure: &Procedure,
    other: &Procedure,
    changes: &mut Vec<Change>,
) {
    let name = &procedure.name.name;
    if procedure.arguments.len() != other.arguments.len() {
        let what =
            format!("{} arguments became {}", procedure.arguments.len(), other.arguments.len());
        changes.push(Change::new(Breaks::Both, name, what));
    } else {
        for (index, (a, b)) in procedure.arguments.iter().zip(&other.arguments).enumerate() {
            let place = match procedure.arguments.len() {
                1 => format!("{name} argument"),
                _ => format!("{name} argument {}", index.saturating_add(1)),
            };
            let mut comparison = Comparison::new(old, new);
            comparison.compare(&a.ty, &b.ty, &place, 0);
            // Clients write arguments.
            changes.extend(comparison.finish(true, false));
        }
    }
    match (&procedure.result, &other.result) {
        (None, None) => {}
        (Some(a), Some(b)) => {
            let mut comparison = Comparison::new(old, new);
            comparison.compare(a, b, &format!("{name} result"), 0);
            changes.extend(comparison.finish(false, true));
        }
        _ => {
            changes.push(Change::new(Breaks::Both, name, "void became a result, or a result void"))
        }
    }
}
