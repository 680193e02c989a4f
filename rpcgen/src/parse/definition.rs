//! Constants, enums, structs, unions and typedefs.

use super::Parsed;
use super::cursor::{DEFINITIONS, Parser};
use super::declaration::Place;
use crate::ast::{Arm, ArmLabel, Declaration, Item, ItemKind, Member, UnionBody};
use crate::diag::Diagnostic;
use crate::lex::{Kind, Token};

impl Parser<'_> {
    /// Reads one definition, or skips what is none.
    pub(super) fn item(&mut self, items: &mut Vec<Item>) {
        let (start, position) = (self.peek(), self.position());
        if self.eat(b';') || self.namespace() {
            return;
        }
        match self.definition(start) {
            Ok(Some(item)) => items.push(item),
            Ok(None) => {}
            Err(_) => self.skip_definition(position),
        }
    }

    /// `namespace name { … }` of C++'s generators: what is within is read as if it stood outside.
    fn namespace(&mut self) -> bool {
        let opens = self.word() == "namespace"
            && self.ahead(1).kind == Kind::Word
            && self.ahead(2).kind == Kind::Mark(b'{');
        if opens {
            self.next();
            self.next();
            let open = self.next();
            self.namespaces.push(open);
        }
        let closes = !opens && self.is_mark(b'}') && self.namespaces.pop().is_some();
        if closes {
            self.next();
        }
        opens || closes
    }

    /// At the end of the file every namespace must be closed.
    pub(super) fn check_namespaces(&mut self) {
        if let Some(open) = self.namespaces.pop() {
            self.close(open, "behind the namespace");
        }
    }

    fn definition(&mut self, start: Token) -> Parsed<Option<Item>> {
        let before = self.doc_before(start);
        let kind = match self.word() {
            "const" => self.constant()?,
            "enum" => self.enumeration()?,
            "struct" if self.is_forward_reference() => return Ok(None),
            "struct" => self.structure()?,
            "union" => self.union()?,
            "typedef" => self.typedef()?,
            "program" => self.program()?,
            _ => return self.no_definition(),
        };
        let span = self.span_from(start);
        let last = self.definition_end();
        let doc = self.doc_around(before, last);
        Ok(Some(Item { kind, origin: start.text, span: span.to(last.at), doc }))
    }

    fn no_definition<T>(&mut self) -> Parsed<T> {
        let (word, at) = (self.word().to_owned(), self.peek().at);
        if word.is_empty() {
            return self.unexpected("a definition", "");
        }
        let help = crate::similar::closest(&word, DEFINITIONS.into_iter())
            .map(|near| format!("did you mean `{near}`?"));
        self.error(
            Diagnostic::error("X102", format!("`{word}` does not begin a definition"))
                .at(at, "expected const, enum, struct, union, typedef or program")
                .maybe_help(help),
        )
    }

    /// The `;` behind a definition; a comment behind it belongs to the definition.
    fn definition_end(&mut self) -> Token {
        if self.is_mark(b';') {
            return self.next();
        }
        let (last, start) = (self.previous(), self.position());
        // A brace that closes nothing is told as such.
        let is_stray = self.is_mark(b'}') && self.namespaces.is_empty();
        // What follows is most often whole where it looks like a definition: say it and go on.
        if !is_stray
            && self.semicolon("the definition").is_err()
            && !DEFINITIONS.contains(&self.word())
        {
            self.skip(start, b';', Self::begins_definition);
        }
        last
    }

    /// `struct name;`, which says nothing that is needed.
    fn is_forward_reference(&mut self) -> bool {
        let found = self.ahead(1).kind == Kind::Word && self.ahead(2).kind == Kind::Mark(b';');
        if found {
            self.next();
            self.next();
            self.next();
        }
        found
    }

    /// After an error: to the next `;` outside of braces or the next word that begins a definition.
    fn skip_definition(&mut self, start: usize) {
        if self.position() == start {
            self.next();
        }
        loop {
            self.skip(start, b';', |parser| parser.begins_definition() || parser.follows_body());
            // A brace that closes nothing more, or the end of the broken definition.
            if !self.eat(b'}') {
                return;
            }
            if self.eat(b';') || self.begins_definition() || self.at_end() {
                return;
            }
        }
    }

    /// Whether a line starts here behind a `}`.
    fn follows_body(&self) -> bool {
        self.previous().kind == Kind::Mark(b'}') && self.is_first_in_column(self.peek())
    }

    fn begins_definition(&self) -> bool {
        self.begins_definition_ahead(0)
    }

    /// A keyword of a definition at the start of a line and before a name.
    pub(super) fn begins_definition_ahead(&self, count: usize) -> bool {
        DEFINITIONS.contains(&self.word_ahead(count))
            && self.is_first_in_column(self.ahead(count))
            && self.ahead(count.saturating_add(1)).kind == Kind::Word
    }

    fn constant(&mut self) -> Parsed<ItemKind> {
        self.next();
        self.refuse_type_of_constant();
        let name = self.defined_name("the constant's name")?;
        let value = self.assigned("behind the constant's name")?;
        Ok(ItemKind::Const { name, value })
    }

    fn enumeration(&mut self) -> Parsed<ItemKind> {
        self.next();
        let name = self.defined_name("the enum's name")?;
        let body = self.enum_body()?;
        Ok(ItemKind::Enum { name, body })
    }

    pub(super) fn enum_body(&mut self) -> Parsed<Vec<Member>> {
        let open = self.open("before the members")?;
        if self.is_mark(b'}') {
            self.tell(
                Diagnostic::error("X120", "an enum needs a member").at(open.at, "none behind this"),
            );
        }
        let mut members = Vec::new();
        while self.in_members() {
            let start = self.position();
            match self.member() {
                Ok(member) => members.push(member),
                Err(_) => self.skip(start, b',', Self::begins_definition),
            }
        }
        self.close(open, "behind the members");
        Ok(members)
    }

    fn in_members(&self) -> bool {
        self.in_body() && !self.begins_definition()
    }

    fn member(&mut self) -> Parsed<Member> {
        let before = self.doc_before(self.peek());
        let name = self.defined_name("a member's name")?;
        let value = if self.eat(b'=') { Some(self.expression()?) } else { None };
        self.comma()?;
        let doc = self.doc_around(before, self.previous());
        Ok(Member { name, value, doc })
    }

    /// `,`, which the last member can do without. Where another member or `;` stands for it, it costs no more than that.
    fn comma(&mut self) -> Parsed<()> {
        if self.eat(b',') || !self.in_members() {
            return Ok(());
        }
        let told = self.unexpected("`,` or `}`", "behind the member");
        if self.eat(b';') {
            // It may have stood behind the `}` that is missing.
            self.told_at = Some(self.position());
            return Ok(());
        }
        if self.peek().kind == Kind::Word { Ok(()) } else { told }
    }

    /// `struct name { … }`, and RFC 1833's `struct *name { … }`.
    fn structure(&mut self) -> Parsed<ItemKind> {
        self.next();
        let optional = self.eat(b'*');
        let name = self.defined_name("the struct's name")?;
        let body = self.struct_body()?;
        Ok(ItemKind::Struct { name, body, optional })
    }

    pub(super) fn struct_body(&mut self) -> Parsed<Vec<Declaration>> {
        let open = self.open("before the fields")?;
        let fields = self.parts(|parser| parser.terminated(Place::Field), |_| false);
        self.close(open, "behind the fields");
        Ok(fields)
    }

    /// A declaration, its `;` and the comments around.
    fn terminated(&mut self, place: Place) -> Parsed<Declaration> {
        let start = self.peek();
        let before = self.doc_before(start);
        let mut declaration = self.declaration(place)?;
        if self.peek().kind == Kind::Word {
            // One word too many: which of them is the type is not clear.
            self.semicolon("the declaration")?;
        }
        self.end_of_part("the declaration");
        declaration.doc = self.doc_around(before, self.previous());
        Ok(declaration)
    }

    fn union(&mut self) -> Parsed<ItemKind> {
        self.next();
        let name = self.defined_name("the union's name")?;
        let body = Box::new(self.union_body()?);
        Ok(ItemKind::Union { name, body })
    }

    pub(super) fn union_body(&mut self) -> Parsed<UnionBody> {
        if !self.eat_word("switch") {
            let diagnostic =
                self.found_instead(self.peek().at, "`switch`", "behind the union's name");
            let told = self.missing(diagnostic.help(
                "write `union NAME switch (TYPE NAME) { case VALUE: TYPE NAME; default: void; }`",
            ));
            if !self.is_mark(b'(') {
                return told;
            }
        }
        let start = self.position();
        let discriminant = self.discriminant().unwrap_or_else(|_| {
            self.skip(start, b')', |parser| parser.is_mark(b'{'));
            Declaration::broken(self.previous().at)
        });
        let open = self.open("before the arms")?;
        if self.is_mark(b'}') {
            self.tell(
                Diagnostic::error("X121", "a union needs an arm").at(open.at, "none behind this"),
            );
        }
        let arms = self.parts(Self::arm, Self::begins_arm);
        self.close(open, "behind the arms");
        Ok(UnionBody { discriminant, arms })
    }

    fn discriminant(&mut self) -> Parsed<Declaration> {
        self.expect(b'(', "before the discriminant")?;
        let discriminant = self.declaration(Place::Discriminant)?;
        self.expect(b')', "behind the discriminant")?;
        Ok(discriminant)
    }

    pub(super) fn begins_arm(&self) -> bool {
        matches!(self.word(), "case" | "default")
    }

    fn arm(&mut self) -> Parsed<Arm> {
        let mut labels = vec![self.label()?];
        while self.begins_arm() {
            labels.push(self.label()?);
        }
        let body = self.terminated(Place::Arm)?;
        Ok(Arm { labels, body })
    }

    fn label(&mut self) -> Parsed<ArmLabel> {
        let start = self.peek();
        let before = self.doc_before(start);
        match self.word() {
            "case" => {
                self.next();
                let value = self.expression()?;
                let colon = self.colon("behind the label")?;
                Ok(ArmLabel::Case(value, self.doc_around(before, colon)))
            }
            "default" => {
                self.next();
                let colon = self.colon("behind `default`")?;
                Ok(ArmLabel::Default(start.at, self.doc_around(before, colon)))
            }
            _ => self.unexpected("`case` or `default`", "in a union"),
        }
    }

    /// `:`, without which a declaration that follows is as clear.
    fn colon(&mut self, context: &str) -> Parsed<Token> {
        let colon = self.expect(b':', context);
        if self.peek().kind == Kind::Word { Ok(self.previous()) } else { colon }
    }

    fn typedef(&mut self) -> Parsed<ItemKind> {
        self.next();
        let declaration = self.declaration(Place::Field);
        self.unnamed |= declaration.is_err();
        declaration.map(ItemKind::Typedef)
    }
}
