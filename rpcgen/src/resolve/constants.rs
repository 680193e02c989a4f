//! Every name that stands for a number or a text, and what it stands for.

use std::cell::RefCell;
use std::collections::HashMap;

use super::collect::{Collected, RawBody};
use super::missing::Missing;
use crate::ast::{Expr, ExprKind, Item, ItemKind, Member, Operator};
use crate::diag::{Diagnostic, Diagnostics};
use crate::model::Value;
use crate::number::Radix;
use crate::source::Span;

/// The values of the names of a text.
pub(super) struct Constants<'a> {
    names: HashMap<&'a str, usize>,
    entries: Vec<Entry<'a>>,
    /// The entry of each enum's first member, by the address of its members.
    enums: HashMap<*const Member, usize>,
    /// Evaluating only reads otherwise.
    pub(super) missing: RefCell<Missing>,
    /// What is being computed is C's: what it needs may be elsewhere.
    quiet: bool,
}

struct Entry<'a> {
    name: &'a str,
    span: Span,
    what: What<'a>,
    state: State,
}

#[derive(Clone, Copy)]
enum What<'a> {
    Expr(&'a Expr),
    /// A member's value, which is no text.
    Number(&'a Expr),
    /// One more than the entry before.
    Next,
    /// The first member of an enum without a value.
    Zero,
}

enum State {
    New,
    Open,
    Done(Option<Value>),
}

/// An error that an enclosing error has been reported for is `None`.
type Known<T> = Option<T>;

impl<'a> Constants<'a> {
    fn value(&self, entry: usize) -> Option<&Value> {
        match &self.entries.get(entry)?.state {
            State::Done(value) => value.as_ref(),
            _ => None,
        }
    }

    pub(super) fn named(&self, name: &str) -> Option<&Value> {
        self.value(*self.names.get(name)?)
    }

    /// The value of an enum's member; errors have been reported.
    pub(super) fn member(&self, members: &[Member], index: usize) -> Known<i128> {
        let first = self.enums.get(&std::ptr::from_ref(members.first()?))?;
        match self.value(first.saturating_add(index))? {
            Value::Number(number) => Some(*number),
            Value::Text(_) => None,
        }
    }

    /// The value of an expression; an error is reported.
    pub(super) fn eval(&self, expr: &Expr, diagnostics: &mut Diagnostics) -> Known<Value> {
        match &expr.kind {
            ExprKind::Number(value, _) => Some(Value::Number(i128::from(*value))),
            ExprKind::Text(text) => Some(Value::Text(text.clone())),
            ExprKind::Unknown => None,
            ExprKind::Name(name) => self.lookup(name, expr.span),
            ExprKind::Negative(of) => {
                let value = self.number(of, diagnostics)?;
                self.checked(value.checked_neg(), expr, diagnostics)
            }
            ExprKind::Complement(of) => Some(Value::Number(!self.number(of, diagnostics)?)),
            ExprKind::Binary(operator, left, right) => {
                let left = self.number(left, diagnostics);
                let right = self.number(right, diagnostics)?;
                self.checked(apply(*operator, left?, right), expr, diagnostics)
            }
        }
    }

    fn checked(
        &self,
        value: Option<i128>,
        expr: &Expr,
        diagnostics: &mut Diagnostics,
    ) -> Known<Value> {
        if value.is_none() {
            diagnostics.push(
                Diagnostic::error("X212", "this can't be computed")
                    .at(expr.span, "too large, or a division by zero"),
            );
        }
        value.map(Value::Number)
    }

    fn number(&self, expr: &Expr, diagnostics: &mut Diagnostics) -> Known<i128> {
        match self.eval(expr, diagnostics)? {
            Value::Number(number) => Some(number),
            Value::Text(_) => {
                diagnostics.push(
                    Diagnostic::error("X213", "a number is expected here")
                        .at(expr.span, "this is a text"),
                );
                None
            }
        }
    }

    fn lookup(&self, name: &str, span: Span) -> Known<Value> {
        if let Some(&entry) = self.names.get(name) {
            return self.value(entry).cloned();
        }
        let known = of_c_headers(name).map(Value::Number);
        if known.is_none() && !self.quiet {
            self.missing.borrow_mut().add(name, span);
        }
        known
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &'a str> {
        self.names.keys().copied()
    }

    /// A number from 0 to 2^32-1 for a `what`; an error is reported.
    pub(super) fn unsigned(
        &self,
        expr: &Expr,
        what: &str,
        diagnostics: &mut Diagnostics,
    ) -> Known<u32> {
        let value = self.number(expr, diagnostics)?;
        let fits = u32::try_from(value).ok();
        if fits.is_none() {
            let label = if value < 0 { "this is negative" } else { "this does not fit 32 bits" };
            diagnostics.push(
                Diagnostic::error("X214", format!("{what} can't be {value}"))
                    .at(expr.span, label)
                    .help("0 to 4294967295 are possible"),
            );
        }
        fits
    }
}

/// Finds and computes every constant. What the text defines for C alone (`%#define`) counts where nothing else does.
pub(super) fn evaluate<'a>(
    items: &'a [Item],
    for_c: &'a [(String, Expr)],
    collected: &Collected<'a>,
    diagnostics: &mut Diagnostics,
) -> Constants<'a> {
    let mut constants = Constants {
        names: HashMap::new(),
        entries: Vec::new(),
        enums: HashMap::new(),
        missing: RefCell::default(),
        quiet: false,
    };
    for (item, types) in items.iter().zip(&collected.by_item) {
        constants.add_item(item, diagnostics);
        for raw in types.iter().filter_map(|&id| collected.types.get(id)) {
            if let RawBody::Enum(members) = raw.body {
                constants.add_enum(members, diagnostics);
            }
        }
    }
    let own = constants.entries.len();
    for (name, value) in for_c {
        if !constants.names.contains_key(name.as_str()) {
            constants.add(name, value.span, What::Expr(value));
        }
    }
    constants.quiet = true;
    for entry in own..constants.entries.len() {
        constants.compute(entry, &mut Diagnostics::default());
    }
    constants.quiet = false;
    for entry in 0..own {
        constants.compute(entry, diagnostics);
    }
    constants
}

impl<'a> Constants<'a> {
    fn add_item(&mut self, item: &'a Item, diagnostics: &mut Diagnostics) {
        match &item.kind {
            ItemKind::Const { name, value } => {
                self.add_const(&name.name, name.span, value, diagnostics)
            }
            ItemKind::Program(program) => {
                self.add(&program.name.name, program.name.span, What::Expr(&program.number));
                for version in &program.versions {
                    self.add(&version.name.name, version.name.span, What::Expr(&version.number));
                    for procedure in &version.procedures {
                        self.add(
                            &procedure.name.name,
                            procedure.name.span,
                            What::Expr(&procedure.number),
                        );
                    }
                }
            }
            _ => {}
        }
    }

    /// The first of a name is what the name stands for.
    fn add(&mut self, name: &'a str, span: Span, what: What<'a>) -> usize {
        let entry = self.entries.len();
        self.entries.push(Entry { name, span, what, state: State::New });
        self.names.entry(name).or_insert(entry);
        entry
    }

    fn add_const(
        &mut self,
        name: &'a str,
        span: Span,
        value: &'a Expr,
        diagnostics: &mut Diagnostics,
    ) {
        let first = self
            .names
            .get(name)
            .and_then(|&entry| self.entries.get(entry))
            .map(|entry| (entry.span, entry.what));
        self.add(name, span, What::Expr(value));
        let Some((first, what)) = first.filter(|&(first, _)| first != span) else { return };
        let is_same = matches!(what, What::Expr(first) if same(first, value));
        let message = format!("the constant `{name}` is defined twice");
        let diagnostic = if is_same {
            Diagnostic::warning("X210", message)
        } else {
            Diagnostic::error("X210", message)
        };
        diagnostics.push(diagnostic.at(span, "defined again here").at(first, "first defined here"));
    }

    fn add_enum(&mut self, members: &'a [Member], diagnostics: &mut Diagnostics) {
        let mut seen: HashMap<&str, Span> = HashMap::new();
        for (index, member) in members.iter().enumerate() {
            let what = match &member.value {
                Some(value) => What::Number(value),
                None if index == 0 => What::Zero,
                None => What::Next,
            };
            let entry = self.add(&member.name.name, member.name.span, what);
            if index == 0 {
                self.enums.insert(std::ptr::from_ref(member), entry);
            }
            if let Some(first) = seen.insert(&member.name.name, member.name.span) {
                diagnostics.push(
                    Diagnostic::error(
                        "X215",
                        format!("the member `{}` is there twice", member.name.name),
                    )
                    .at(member.name.span, "again here")
                    .at(first, "first here"),
                );
            }
        }
    }

    /// Computes what the entry needs, then the entry; with a stack of its own, for chains may be long.
    fn compute(&mut self, entry: usize, diagnostics: &mut Diagnostics) {
        let mut path = vec![entry];
        while let Some(&entry) = path.last() {
            let needs = match self.entries.get(entry).map(|entry| &entry.state) {
                Some(State::New | State::Open) => self.needs(entry),
                _ => {
                    path.pop();
                    continue;
                }
            };
            self.set(entry, State::Open);
            let open =
                needs.iter().copied().find(|&need| matches!(self.state(need), Some(State::Open)));
            if let Some(open) = open {
                self.circle(entry, open, diagnostics);
                path.pop();
                continue;
            }
            match needs.into_iter().find(|&need| matches!(self.state(need), Some(State::New))) {
                Some(need) => path.push(need),
                None => {
                    let value = self.value_of(entry, diagnostics);
                    self.set(entry, State::Done(value));
                    path.pop();
                }
            }
        }
    }

    fn state(&self, entry: usize) -> Option<&State> {
        self.entries.get(entry).map(|entry| &entry.state)
    }

    fn set(&mut self, entry: usize, state: State) {
        if let Some(entry) = self.entries.get_mut(entry) {
            entry.state = state;
        }
    }

    fn circle(&mut self, entry: usize, through: usize, diagnostics: &mut Diagnostics) {
        let place = |at: usize| self.entries.get(at).map(|entry| (entry.name, entry.span));
        if let (Some((name, span)), Some((other, other_span))) = (place(entry), place(through)) {
            let diagnostic =
                Diagnostic::error("X216", format!("the value of `{name}` depends on itself"))
                    .at(span, "needs its own value");
            diagnostics.push(if other == name {
                diagnostic
            } else {
                diagnostic.at(other_span, format!("through `{other}`"))
            });
        }
        self.set(entry, State::Done(None));
    }

    fn needs(&self, entry: usize) -> Vec<usize> {
        match self.entries.get(entry).map(|entry| entry.what) {
            Some(What::Expr(expr) | What::Number(expr)) => {
                let mut needs = Vec::new();
                self.names_in(expr, &mut needs);
                needs
            }
            Some(What::Next) => vec![entry.saturating_sub(1)],
            _ => Vec::new(),
        }
    }

    fn names_in(&self, expr: &Expr, needs: &mut Vec<usize>) {
        match &expr.kind {
            ExprKind::Name(name) => needs.extend(self.names.get(name.as_str())),
            ExprKind::Negative(of) | ExprKind::Complement(of) => self.names_in(of, needs),
            ExprKind::Binary(_, left, right) => {
                self.names_in(left, needs);
                self.names_in(right, needs);
            }
            _ => {}
        }
    }

    fn value_of(&self, entry: usize, diagnostics: &mut Diagnostics) -> Known<Value> {
        match self.entries.get(entry)?.what {
            What::Expr(expr) => self.eval(expr, diagnostics),
            What::Number(expr) => self.number(expr, diagnostics).map(Value::Number),
            What::Zero => Some(Value::Number(0)),
            What::Next => match self.value(entry.checked_sub(1)?)? {
                Value::Number(number) => number.checked_add(1).map(Value::Number),
                Value::Text(_) => None,
            },
        }
    }
}

/// What C's <rpc/rpc.h> defines, which all that C's rpcgen writes includes: RFC 5662, for one, stands on these flavors.
fn of_c_headers(name: &str) -> Option<i128> {
    Some(match name {
        "TRUE" => 1,
        "FALSE" => 0,
        "AUTH_NONE" | "AUTH_NULL" => 0,
        "AUTH_SYS" | "AUTH_UNIX" => 1,
        "AUTH_SHORT" => 2,
        "AUTH_DH" | "AUTH_DES" => 3,
        "RPCSEC_GSS" => 6,
        "MAX_AUTH_BYTES" => 400,
        "MAX_MACHINE_NAME" | "MAXNETNAMELEN" => 255,
        "NGRPS" => 16,
        _ => return None,
    })
}

fn apply(operator: Operator, left: i128, right: i128) -> Option<i128> {
    let shift = || u32::try_from(right).ok().filter(|&shift| shift < 64);
    match operator {
        Operator::Add => left.checked_add(right),
        Operator::Subtract => left.checked_sub(right),
        Operator::Multiply => left.checked_mul(right),
        Operator::Divide => left.checked_div(right),
        Operator::Remainder => left.checked_rem(right),
        Operator::ShiftLeft => left.checked_mul(1i128.checked_shl(shift()?)?),
        Operator::ShiftRight => left.checked_shr(shift()?),
        Operator::And => Some(left & right),
        Operator::Or => Some(left | right),
        Operator::Xor => Some(left ^ right),
    }
}

/// Two expressions that read the same.
fn same(a: &Expr, b: &Expr) -> bool {
    match (&a.kind, &b.kind) {
        (ExprKind::Number(a, _), ExprKind::Number(b, _)) => a == b,
        (ExprKind::Text(a), ExprKind::Text(b)) | (ExprKind::Name(a), ExprKind::Name(b)) => a == b,
        (ExprKind::Negative(a), ExprKind::Negative(b)) => same(a, b),
        _ => false,
    }
}

/// How the number was written, where the expression is one.
pub(super) fn radix(expr: &Expr) -> Radix {
    match &expr.kind {
        ExprKind::Number(_, radix) => *radix,
        ExprKind::Negative(of) => radix_of_negative(of),
        _ => Radix::Decimal,
    }
}

fn radix_of_negative(of: &Expr) -> Radix {
    match of.kind {
        ExprKind::Number(_, radix) => radix,
        _ => Radix::Decimal,
    }
}
