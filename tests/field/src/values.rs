//! Valid bytes of a type.

use sunrpc_tests::rng::Rng;

use crate::{
    codec,
    corpus::File,
    schema::{Arm, DefaultArm, Kind, Schema, Ty, TypeDef},
};

/// Below this depth nothing is written that need not be.
const DEEP: u32 = 6;
/// As many bytes are enough.
const ENOUGH: usize = 4096;

/// Writes bytes that are valid for a type: what a `.x` file allows, and no string that C would end early.
#[derive(Debug)]
pub struct Values<'a> {
    files: &'a [File],
    rng: Rng,
    out: Vec<u8>,
    depth: u32,
    ascii: bool,
    faults: bool,
}

impl<'a> Values<'a> {
    /// From a seed.
    #[must_use]
    pub fn new(files: &'a [File], seed: u64) -> Self {
        Self { files, rng: Rng(seed), out: Vec::new(), depth: 0, ascii: false, faults: false }
    }

    /// The same with nothing but ASCII in its strings.
    #[must_use]
    pub fn in_ascii(self) -> Self {
        Self { ascii: true, ..self }
    }

    /// The same with breaches of a rule here and there: a bound exceeded by one, a bool of 2, a value that the enum does
    /// not declare, padding that is not zero, and the like.
    #[must_use]
    pub fn with_faults(self) -> Self {
        Self { faults: true, ..self }
    }

    /// The bytes of one value.
    pub fn of(&mut self, file: &'a File, def: &'a TypeDef) -> Vec<u8> {
        self.def(&file.schema, def);
        std::mem::take(&mut self.out)
    }

    fn def(&mut self, schema: &'a Schema, def: &'a TypeDef) {
        self.depth += 1;
        match &def.kind {
            Kind::Enum { members } => {
                let member = &members[self.rng.below(members.len())];
                let value = if self.slips() { 0x7eee_eeee } else { member.value };
                self.word(value.cast_unsigned());
            }
            Kind::Struct { fields, .. } => {
                fields.iter().for_each(|field| self.ty(schema, &field.ty));
            }
            Kind::Union { discriminant, arms, default } => {
                self.union(schema, discriminant, arms, default.as_ref());
            }
            Kind::Typedef { of } => self.ty(schema, of),
            Kind::Constant | Kind::Program => {}
        }
        self.depth -= 1;
    }

    fn union(
        &mut self,
        schema: &'a Schema,
        discriminant: &'a Ty,
        arms: &'a [Arm],
        default: Option<&'a DefaultArm>,
    ) {
        let of_default =
            default.and_then(|arm| Some((self.other(schema, discriminant, arms)?, arm)));
        if let Some((value, arm)) = of_default
            && (arms.is_empty() || self.rng.below(arms.len() + 1) == 0)
        {
            self.discriminant(schema, discriminant, value);
            return arm.ty.iter().for_each(|ty| self.ty(schema, ty));
        }
        let short = arms.iter().find(|arm| arm.ty.is_none()).filter(|_| self.depth > DEEP);
        let arm = short.unwrap_or_else(|| &arms[self.rng.below(arms.len())]);
        self.discriminant(schema, discriminant, arm.value.number());
        arm.ty.iter().for_each(|ty| self.ty(schema, ty));
    }

    /// A discriminant that has no arm; `None` where this finds none.
    fn other(&mut self, schema: &Schema, discriminant: &Ty, arms: &[Arm]) -> Option<i64> {
        let candidates: Vec<i64> = match schema.resolved(discriminant) {
            Ty::Bool => vec![0, 1],
            Ty::Named { name } => match &schema.get(name).kind {
                Kind::Enum { members } => members.iter().map(|one| i64::from(one.value)).collect(),
                _ => Vec::new(),
            },
            Ty::Char => vec![0, -128, 127],
            Ty::Unsigned => vec![0, 77, i64::from(u32::MAX)],
            Ty::UnsignedChar | Ty::Short | Ty::UnsignedShort => vec![0, 99, 255],
            _ => vec![0, -1, 77, i64::from(i32::MIN), i64::from(i32::MAX)],
        };
        let free: Vec<i64> = candidates
            .into_iter()
            .filter(|value| arms.iter().all(|arm| arm.value.number() != *value))
            .collect();
        (!free.is_empty()).then(|| free[self.rng.below(free.len())])
    }

    fn discriminant(&mut self, schema: &Schema, ty: &Ty, value: i64) {
        if matches!(schema.resolved(ty), Ty::Hyper | Ty::UnsignedHyper) {
            self.out.extend(value.to_be_bytes());
        } else {
            self.out.extend(&value.to_be_bytes()[4..]);
        }
    }

    fn ty(&mut self, schema: &'a Schema, ty: &'a Ty) {
        match ty {
            Ty::Int | Ty::Unsigned | Ty::Float => {
                let word = self.number(32).to_be_bytes();
                self.out.extend(&word[4..]);
            }
            Ty::Hyper | Ty::UnsignedHyper | Ty::Double => {
                let number = self.number(64);
                self.out.extend(number.to_be_bytes());
            }
            Ty::Quadruple => self.random_bytes(16),
            Ty::Bool => {
                let value = if self.slips() { 2 } else { self.choose(2) };
                self.word(value);
            }
            Ty::Char | Ty::UnsignedChar | Ty::Short | Ty::UnsignedShort => self.small(ty),
            Ty::String { max } => self.text(*max),
            Ty::Opaque { max } => {
                let len = self.length(*max, 40);
                self.word(len);
                self.opaque(len);
            }
            Ty::OpaqueFixed { length } => self.opaque(*length),
            Ty::Array { max, of } => {
                let len = self.length(*max, 5);
                self.word(len);
                (0..len).for_each(|_| self.inner(schema, of));
            }
            Ty::ArrayFixed { length, of, .. } => (0..*length).for_each(|_| self.inner(schema, of)),
            Ty::Optional { of } => {
                // Where it is 2, C takes it for 1.
                let there = self.length(Some(1), 1);
                self.word(there);
                (0..there.min(1)).for_each(|_| self.inner(schema, of));
            }
            Ty::List { of } => {
                for _ in 0..self.length(None, 4) {
                    self.word(1);
                    self.inner(schema, of);
                }
                self.word(0);
            }
            Ty::Named { name } => self.def(schema, schema.get(name)),
            Ty::Extern { path } => match codec::find(self.files, path) {
                Some((file, def)) => self.def(&file.schema, def),
                None => self.netbuf(),
            },
        }
    }

    fn inner(&mut self, schema: &'a Schema, ty: &'a Ty) {
        self.depth += 1;
        self.ty(schema, ty);
        self.depth -= 1;
    }

    /// libtirpc's `struct netbuf`: the room, which is also the bound, and the bytes.
    fn netbuf(&mut self) {
        let room = self.choose(64);
        let len = if self.slips() { room + 1 } else { self.choose(room + 1) };
        self.word(room);
        self.word(len);
        self.opaque(len);
    }

    fn small(&mut self, ty: &Ty) {
        if self.slips() {
            return self.word(0x0001_0000);
        }
        let bits = self.number(16);
        let low = bits.to_be_bytes();
        let number = match ty {
            Ty::Char => i64::from(i8::from_be_bytes([low[7]])),
            Ty::UnsignedChar => i64::from(low[7]),
            Ty::Short => i64::from(i16::from_be_bytes([low[6], low[7]])),
            _ => i64::from(u16::from_be_bytes([low[6], low[7]])),
        };
        self.out.extend(&number.to_be_bytes()[4..]);
    }

    /// UTF-8 of several lengths, without a zero.
    fn text(&mut self, max: Option<u32>) {
        let len = self.length(max, 24);
        self.word(len);
        let mut left = usize::try_from(len).expect("a length");
        let start = self.out.len();
        while left > 0 {
            let most = if self.ascii { 4 } else { 7 };
            let one = ["a", "Z", "~", "\u{1}", "é", "€", "🦀"][self.rng.below(most)];
            let one = if one.len() > left { "x" } else { one };
            self.out.extend(one.as_bytes());
            if one == "\u{1}" && self.slips() {
                self.out.pop();
                self.out.push(0xff);
            }
            left -= one.len();
        }
        self.pad(start);
    }

    fn opaque(&mut self, len: u32) {
        let start = self.out.len();
        self.random_bytes(usize::try_from(len).expect("a length"));
        self.pad(start);
    }

    fn random_bytes(&mut self, len: usize) {
        let bytes = self.rng.bytes(len);
        self.out.extend(bytes);
    }

    fn pad(&mut self, start: usize) {
        while !(self.out.len() - start).is_multiple_of(4) {
            let padding = u8::from(self.slips());
            self.out.push(padding);
        }
    }

    fn word(&mut self, word: u32) {
        self.out.extend(word.to_be_bytes());
    }

    fn choose(&mut self, end: u32) -> u32 {
        u32::try_from(self.rng.below(usize::try_from(end).expect("a number"))).expect("below it")
    }

    /// A length within a bound: mostly short, sometimes the bound itself, and none where it is deep or enough.
    fn length(&mut self, max: Option<u32>, often: u32) -> u32 {
        let max = max.unwrap_or(u32::MAX);
        if self.depth > DEEP || self.out.len() > ENOUGH {
            return 0;
        }
        if max <= 300 && self.slips() {
            return max + 1;
        }
        if max <= 300 && self.depth < 4 && self.rng.below(12) == 0 {
            return max;
        }
        self.choose(max.min(often) + 1)
    }

    /// Whether to break a rule here.
    fn slips(&mut self) -> bool {
        self.faults && self.rng.below(12) == 0
    }

    /// A number, often one at an end of its type.
    fn number(&mut self, bits: u32) -> u64 {
        let random = self.rng.number();
        match self.rng.below(8) {
            0 => 0,
            1 => 1,
            2 => u64::MAX,
            3 => 1 << (bits - 1),
            4 => (1 << (bits - 1)) - 1,
            5 => random % 256,
            _ => random,
        }
    }
}
