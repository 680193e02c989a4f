//! Names for codecs that are too long to stand in a line of code.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};

use super::Context;
use super::layout::{Out, fits};
use crate::model::{Model, Ty};

/// The names handed out so far; they are emitted when all are known.
#[derive(Debug)]
pub(super) struct Aliases {
    state: RefCell<State>,
}

#[derive(Debug)]
struct State {
    by_codec: HashMap<String, String>,
    /// Name and codec in the order of first use.
    in_order: Vec<(String, String)>,
    taken: HashSet<String>,
}

impl Aliases {
    pub(super) fn new(model: &Model) -> Self {
        let types = model.types.iter().map(|def| def.rust.clone());
        let versions = model.programs.iter().flat_map(|program| &program.versions);
        let traits = versions.flat_map(|version| {
            [version.rust.clone(), version.server.clone(), version.client.clone()]
        });
        let borrowed = model.types.iter().filter_map(|def| def.borrowed.clone());
        let taken = types.chain(borrowed).chain(traits).collect();
        Self {
            state: RefCell::new(State { by_codec: HashMap::new(), in_order: Vec::new(), taken }),
        }
    }

    /// The name of a codec; `proposal` where it has none yet.
    fn name(&self, codec: String, proposal: String) -> String {
        let mut state = self.state.borrow_mut();
        if let Some(name) = state.by_codec.get(&codec) {
            return name.clone();
        }
        let numbered = (2u32..).map(|number| format!("{proposal}{number}"));
        let mut candidates = std::iter::once(proposal.clone()).chain(numbered);
        let free = candidates.find(|name| !state.taken.contains(name)).unwrap_or(proposal.clone());
        state.taken.insert(free.clone());
        state.by_codec.insert(codec.clone(), free.clone());
        state.in_order.push((free.clone(), codec));
        free
    }
}

/// The longest codec that stands where it is used.
const MAX_IN_PLACE: usize = 56;

impl Context<'_> {
    /// The codec, or the name of one that is long.
    pub(super) fn short_codec(&self, ty: &Ty) -> String {
        self.codec_of_at_most(ty, MAX_IN_PLACE)
    }

    pub(super) fn codec_of_at_most(&self, ty: &Ty, length: usize) -> String {
        let codec = self.codec(ty);
        if codec.len() <= length || self.is_own_codec(ty) {
            return codec;
        }
        self.aliases.name(codec, format!("{}Codec", self.described(ty)))
    }

    /// `Vec<Option<Entry>>` is an `EntryOptionalArray`.
    fn described(&self, ty: &Ty) -> String {
        match self.model.resolved(ty) {
            Ty::Plain(_) => "Number".to_owned(),
            Ty::Text(_) => "Str".to_owned(),
            Ty::Opaque(_) | Ty::FixedOpaque(_) | Ty::Shared(_) => "Opaque".to_owned(),
            Ty::Array(of, _) | Ty::FixedArray { of, .. } => format!("{}Array", self.described(of)),
            Ty::Optional { of, .. } => format!("{}Optional", self.described(of)),
            Ty::List(id) => format!("{}List", self.rust(&Ty::Named(*id))),
            Ty::Named(id) | Ty::Boxed(id) => self.rust(&Ty::Named(*id)),
            Ty::Extern(path) => path.rsplit("::").next().unwrap_or("Extern").to_owned(),
        }
    }

    /// Emits what was named.
    pub(super) fn emit_aliases(&self, out: &mut Out) {
        for (name, codec) in &self.aliases.state.borrow().in_order {
            out.blank();
            out.line(0, "/// A codec with a long name.");
            self.allow_style(out);
            emit(name, codec, out);
        }
    }
}

/// `type Name = Codec;`, the codec's arguments below one another where it fits no line.
fn emit(name: &str, codec: &str, out: &mut Out) {
    let parts =
        codec.split_once('<').and_then(|(head, rest)| Some((head, rest.strip_suffix('>')?)));
    match parts {
        Some((head, arguments)) if !fits(4, &[codec, ";"]) => {
            out.pieces(0, &["type ", name, " = ", head, "<"]);
            // Only the last argument can follow a comma outside of the first.
            let (first, last) =
                arguments.rsplit_once(", ").filter(|(_, last)| !last.contains('>')).unzip();
            out.pieces(4, &[first.unwrap_or(arguments), ","]);
            last.into_iter().for_each(|last| out.pieces(4, &[last, ","]));
            out.line(0, ">;");
        }
        _ => out.assignment(0, &format!("type {name}"), codec),
    }
}
