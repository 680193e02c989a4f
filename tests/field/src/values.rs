//! Valid bytes of a type.

use crate::{
    choices::Choices,
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
pub struct Values<'a, 'c> {
    files: &'a [File],
    choices: &'c mut Choices,
    out: Vec<u8>,
    depth: u32,
    ascii: bool,
    faults: bool,
}

/// A length that is to be chosen, element by element.
#[derive(Clone, Copy)]
struct Length {
    /// Where a random one ends.
    planned: u32,
    most: u32,
}

impl<'a, 'c> Values<'a, 'c> {
    /// From choices.
    #[must_use]
    pub fn new(files: &'a [File], choices: &'c mut Choices) -> Self {
        Self { files, choices, out: Vec::new(), depth: 0, ascii: false, faults: false }
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
                let member = &members[self.choices.below(members.len())];
                let value = if self.slips() { 0x7eee_eeee } else { member.value };
                self.word(value.cast_unsigned());
            }
            Kind::Struct { fields, .. } | Kind::Arguments { fields } => {
                fields.iter().for_each(|field| self.ty(schema, &field.ty));
            }
            Kind::Union { discriminant, arms, default } => {
                self.union(schema, discriminant, arms, default.as_ref());
            }
            Kind::Typedef { of } => self.ty(schema, of),
            Kind::Constant | Kind::Program { .. } => {}
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
        let others = default.map_or_else(Vec::new, |_| others(schema, discriminant, arms));
        let short = arms.iter().find(|arm| arm.ty.is_none()).filter(|_| self.depth > DEEP);
        let ways = arms.len() + usize::from(!others.is_empty());
        let way = if short.is_some() { 0 } else { self.choices.below(ways) };
        let (value, ty) = match (short.or(arms.get(way)), default) {
            (Some(arm), _) => (arm.value.number(), &arm.ty),
            (None, Some(arm)) => (others[self.choices.below(others.len())], &arm.ty),
            (None, None) => unreachable!("no more ways than arms"),
        };
        self.discriminant(schema, discriminant, value);
        ty.iter().for_each(|ty| self.ty(schema, ty));
    }

    fn discriminant(&mut self, schema: &Schema, ty: &Ty, value: i64) {
        if matches!(schema.resolved(ty), Ty::Hyper | Ty::UnsignedHyper) {
            self.out.extend(value.to_be_bytes());
        } else {
            self.out.extend(&value.to_be_bytes()[4..]);
        }
    }

    fn ty(&mut self, schema: &'a Schema, ty: &'a Ty) {
        let part = self.choices.begin();
        self.whole(schema, ty);
        self.choices.end(part);
    }

    fn whole(&mut self, schema: &'a Schema, ty: &'a Ty) {
        match ty {
            Ty::Int | Ty::Unsigned | Ty::Float => {
                let word = self.number(32).to_be_bytes();
                self.out.extend(&word[4..]);
            }
            Ty::Hyper | Ty::UnsignedHyper | Ty::Double => {
                let number = self.number(64);
                self.out.extend(number.to_be_bytes());
            }
            Ty::Quadruple => self.bytes(16),
            Ty::Bool => {
                let value = if self.slips() { 2 } else { self.choose(2) };
                self.word(value);
            }
            Ty::Char | Ty::UnsignedChar | Ty::Short | Ty::UnsignedShort => self.small(ty),
            Ty::String { max } => self.text(*max),
            Ty::Opaque { max } => {
                let start = self.out.len() + 4;
                self.counted(*max, 40, |values, _| values.bytes(1));
                self.pad(start);
            }
            Ty::OpaqueFixed { length } => self.opaque(*length),
            Ty::Array { max, of } => self.counted(*max, 5, |values, _| values.inner(schema, of)),
            Ty::ArrayFixed { length, of, .. } => (0..*length).for_each(|_| self.inner(schema, of)),
            // Where it is 2, C takes it for 1.
            Ty::Optional { of } => self.counted(Some(1), 1, |values, there| {
                if there == 0 {
                    values.inner(schema, of);
                }
            }),
            Ty::List { of } => {
                let length = self.length(None, 4);
                self.each(length, |values, _| {
                    values.word(1);
                    values.inner(schema, of);
                    1
                });
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
        let at = self.out.len();
        self.word(0);
        let length = self.length(max, 24);
        let len = self.each(length, Self::character);
        self.patch(at, len);
        self.pad(at);
    }

    /// One that fits, and its length.
    fn character(&mut self, room: u32) -> u32 {
        let most = if self.ascii { 4 } else { 7 };
        let one = ["a", "Z", "~", "\u{1}", "é", "€", "🦀"][self.choices.below(most)];
        let len = u32::try_from(one.len()).expect("a length");
        let (one, len) = if len > room { ("x", 1) } else { (one, len) };
        self.out.extend(one.as_bytes());
        if one == "\u{1}" && self.slips() {
            self.out.pop();
            self.out.push(0xff);
        }
        len
    }

    fn opaque(&mut self, len: u32) {
        let start = self.out.len();
        self.bytes(len);
        self.pad(start);
    }

    fn bytes(&mut self, len: u32) {
        for _ in 0..len {
            let byte = self.choices.byte();
            self.out.push(byte);
        }
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

    fn patch(&mut self, at: usize, word: u32) {
        self.out[at..at + 4].copy_from_slice(&word.to_be_bytes());
    }

    fn choose(&mut self, end: u32) -> u32 {
        let number = self.choices.below(usize::try_from(end).expect("a number"));
        u32::try_from(number).expect("below it")
    }

    /// Elements behind their number; each is told how many stand before it.
    fn counted(&mut self, max: Option<u32>, often: u32, mut one: impl FnMut(&mut Self, u32)) {
        let at = self.out.len();
        self.word(0);
        let length = self.length(max, often);
        let count = self.each(length, |values, room| {
            one(values, length.most - room);
            1
        });
        self.patch(at, count);
    }

    /// A length within a bound: mostly short, sometimes the bound itself, and none where it is deep or enough.
    fn length(&mut self, max: Option<u32>, often: u32) -> Length {
        let max = max.unwrap_or(u32::MAX);
        if self.depth > DEEP || self.out.len() > ENOUGH {
            return Length { planned: 0, most: 0 };
        }
        if max <= 300 && self.slips() {
            return Length { planned: max + 1, most: max + 1 };
        }
        let is_full = max <= 300 && self.depth < 4;
        let usual = usize::try_from(max.min(often)).expect("a number") + 1;
        let planned = self.choices.plan(
            |rng| match is_full && rng.below(12) == 0 {
                true => max,
                false => u32::try_from(rng.below(usual)).expect("below it"),
            },
            0,
        );
        Length { planned, most: max }
    }

    /// One after the other until the length is reached. Each is told what room there is, and says what it took of it.
    fn each(&mut self, length: Length, mut one: impl FnMut(&mut Self, u32) -> u32) -> u32 {
        let mut len = 0;
        loop {
            let part = self.choices.begin();
            if len >= length.most || !self.choices.flag(|_| len < length.planned) {
                return len;
            }
            len += one(self, length.most - len);
            self.choices.end(part);
        }
    }

    /// Whether to break a rule here.
    fn slips(&mut self) -> bool {
        self.faults && self.choices.flag(|rng| rng.below(12) == 0)
    }

    /// A number, often one at an end of its type.
    fn number(&mut self, bits: u32) -> u64 {
        self.choices.up_to(u64::MAX >> (64 - bits), |rng| {
            let random = rng.number() >> (64 - bits);
            match rng.below(8) {
                0 => 0,
                1 => 1,
                2 => u64::MAX >> (64 - bits),
                3 => 1 << (bits - 1),
                4 => (1 << (bits - 1)) - 1,
                5 => random % 256,
                _ => random,
            }
        })
    }
}

/// Discriminants that have no arm; none where this finds none.
fn others(schema: &Schema, discriminant: &Ty, arms: &[Arm]) -> Vec<i64> {
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
    let is_free = |value: &i64| arms.iter().all(|arm| arm.value.number() != *value);
    candidates.into_iter().filter(is_free).collect()
}
