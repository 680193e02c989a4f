//! The script's text to a [`Script`], with errors that name the line.

use std::{collections::HashMap, fmt};

use super::{
    pattern::{Part, Pattern},
    script::{Key, KeyId, Memory, Mend, Rule, Script, Turn},
    template::{Piece, Template},
    words::Word,
};

/// What is wrong with a script, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScriptError {
    /// None where something is missing in the whole.
    line: Option<usize>,
    what: String,
}

impl fmt::Display for ScriptError {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(to, "line {line}: {}", self.what),
            None => to.write_str(&self.what),
        }
    }
}

impl std::error::Error for ScriptError {}

impl ScriptError {
    fn at(line: usize, what: String) -> Self {
        Self { line: Some(line), what }
    }
}

type Result<T, E = String> = std::result::Result<T, E>;

pub(super) fn parse(text: &str) -> Result<Script, ScriptError> {
    let mut parser = Parser::default();
    for (number, line) in (1..).zip(text.lines()) {
        let line = line.split('#').next().unwrap_or_default().trim();
        if !line.is_empty() {
            parser.statement(number, line).map_err(|what| ScriptError::at(number, what))?;
        }
    }
    parser.finish()
}

#[derive(Default)]
struct Parser {
    script: Script,
    classes: HashMap<String, Vec<String>>,
    /// Where the rules now read belong.
    block: Option<Block>,
    /// A `go` may name a keyword that comes later: checked at the end, by its line.
    gos: Vec<(usize, String, KeyId)>,
    /// Where each keyword that a `go` or the memory names would be; by name.
    named: HashMap<String, KeyId>,
    memory_line: Option<(usize, String)>,
}

#[derive(Clone, Copy)]
enum Block {
    Key(usize),
    Memory,
    None,
}

impl Parser {
    fn statement(&mut self, line: usize, text: &str) -> Result<()> {
        let (head, body) = match text.split_once(':') {
            Some((head, body)) => (head.trim(), body.trim()),
            None => (text, ""),
        };
        let mut head = head.split_whitespace();
        let (verb, name) = (head.next().unwrap_or_default(), head.next());
        if let Some(extra) = head.next() {
            return Err(format!("`{extra}` is one word too many before the colon"));
        }
        match (verb, name) {
            ("greeting", None) => once(&mut self.script.greeting, body, "greeting"),
            ("farewell", None) => once(&mut self.script.farewell, body, "farewell"),
            ("goodbye", None) => {
                self.script.goodbyes.push(some(words(body), "goodbye")?);
                Ok(())
            }
            ("break", None) => {
                self.script.breaks.extend(some(words(body), "break")?);
                Ok(())
            }
            ("class", Some(name)) => {
                let more = some(words(body), "class")?;
                self.classes.entry(name.to_lowercase()).or_default().extend(more);
                Ok(())
            }
            ("swap", None) => self.swap(body),
            ("mend", None) => self.mend(body),
            ("key", Some(rank)) => self.key(rank, body),
            ("memory", Some(word)) => self.memory(line, word),
            ("none", None) => {
                self.block = Some(Block::None);
                Ok(())
            }
            ("hear", None) => {
                let pattern = self.pattern(body)?;
                self.rule(pattern)
            }
            ("say", None) => self.say(body),
            ("go", None) => self.go(line, body),
            ("next", None) => self.turn(Turn::Next),
            _ => Err(format!(
                "`{verb}` is no statement, or lacks its word or colon; known are greeting, farewell, \
                 goodbye, break, class, swap, mend, key, memory, none, hear, say, go, next"
            )),
        }
    }

    fn swap(&mut self, body: &str) -> Result<()> {
        let (from, to) = equation(body)?;
        let [from] = words(from).try_into().map_err(|_| "a swap replaces one word".to_string())?;
        let to = to.split_whitespace().map(Word::new).collect();
        match self.script.swaps.insert(from.clone(), to) {
            Some(_) => Err(format!("`{from}` is swapped twice")),
            None => Ok(()),
        }
    }

    fn mend(&mut self, body: &str) -> Result<()> {
        let (from, to) = equation(body)?;
        let mut from = words(from);
        let at_end = from.last().is_some_and(|last| last == ".");
        if at_end {
            from.pop();
        }
        let to = to.split_whitespace().map(Word::new).collect();
        self.script.mends.push(Mend { from: some(from, "mend")?, at_end, to });
        Ok(())
    }

    fn key(&mut self, rank: &str, body: &str) -> Result<()> {
        let rank = rank.parse().map_err(|_| format!("the rank `{rank}` is no number"))?;
        let id = self.script.keys.len();
        for word in some(words(body), "key")? {
            if self.script.words.insert(word.clone(), KeyId(id)).is_some() {
                return Err(format!("`{word}` is a keyword already"));
            }
        }
        self.script.keys.push(Key { rank, rules: Vec::new() });
        self.block = Some(Block::Key(id));
        Ok(())
    }

    fn memory(&mut self, line: usize, word: &str) -> Result<()> {
        if self.memory_line.replace((line, word.to_lowercase())).is_some() {
            return Err("there is a memory already".into());
        }
        self.script.memory = Some(Memory { key: KeyId(0), rules: Vec::new() });
        self.block = Some(Block::Memory);
        Ok(())
    }

    fn pattern(&self, body: &str) -> Result<Pattern> {
        let mut parts = Vec::new();
        let mut tokens = body.split_whitespace();
        while let Some(token) = tokens.next() {
            parts.push(match token.strip_prefix('[') {
                Some(first) => one_of(first, &mut tokens)?,
                None => self.part(token)?,
            });
        }
        Ok(Pattern(some(parts, "hear")?))
    }

    fn part(&self, token: &str) -> Result<Part> {
        Ok(match (token, token.strip_prefix('@')) {
            ("*", _) => Part::Any,
            (_, Some(class)) => Part::OneOf(
                self.classes
                    .get(&class.to_lowercase())
                    .ok_or_else(|| format!("the class `{class}` is not declared above"))?
                    .clone(),
            ),
            (word, None) => Part::OneOf(vec![word.to_lowercase()]),
        })
    }

    fn say(&mut self, body: &str) -> Result<()> {
        let template = template(body)?;
        let parts = self.open_rule()?.pattern.0.len();
        for piece in &template.0 {
            if let Piece::Heard(part) = piece
                && *part >= parts
            {
                return Err(format!(
                    "${} quotes a part that the pattern does not have; it has {parts}",
                    part.saturating_add(1)
                ));
            }
        }
        self.turn(Turn::Say(template))
    }

    fn go(&mut self, line: usize, body: &str) -> Result<()> {
        let [to] = words(body).try_into().map_err(|_| "`go` takes one keyword".to_string())?;
        // The number stands for the name until all keywords are known.
        let next = KeyId(self.gos.len());
        let id = *self.named.entry(to.clone()).or_insert(next);
        self.gos.push((line, to, id));
        self.turn(Turn::Go(id))
    }

    fn turn(&mut self, turn: Turn) -> Result<()> {
        self.open_rule()?.turns.push(turn);
        Ok(())
    }

    /// The rule that what is said belongs to; a block that begins without a pattern hears anything.
    fn open_rule(&mut self) -> Result<&mut Rule> {
        if self.rules()?.is_empty() {
            self.rule(Pattern::anything())?;
        }
        self.rules()?.last_mut().ok_or_else(|| "no pattern".into())
    }

    fn rule(&mut self, pattern: Pattern) -> Result<()> {
        let number = self.script.rules;
        self.rules()?.push(Rule { number, pattern, turns: Vec::new() });
        self.script.rules = number.saturating_add(1);
        Ok(())
    }

    fn rules(&mut self) -> Result<&mut Vec<Rule>> {
        let script = &mut self.script;
        match self.block {
            Some(Block::Key(id)) => script.keys.get_mut(id).map(|key| &mut key.rules),
            Some(Block::Memory) => script.memory.as_mut().map(|memory| &mut memory.rules),
            Some(Block::None) => Some(&mut script.none),
            None => None,
        }
        .ok_or_else(|| "this belongs below a `key`, a `memory` or `none`".into())
    }

    fn finish(mut self) -> Result<Script, ScriptError> {
        self.resolve_gos()?;
        self.resolve_memory()?;
        let missing =
            |what: &str| ScriptError { line: None, what: format!("the script has no {what}") };
        let script = self.script;
        if script.greeting.is_empty() {
            return Err(missing("greeting"));
        }
        if script.farewell.is_empty() {
            return Err(missing("farewell"));
        }
        if !script.none.iter().flat_map(|rule| &rule.turns).any(|turn| matches!(turn, Turn::Say(_)))
        {
            return Err(missing("`none` that says something"));
        }
        Ok(script)
    }

    fn resolve_gos(&mut self) -> Result<(), ScriptError> {
        let mut found = HashMap::new();
        for (line, to, placeholder) in &self.gos {
            let Some(id) = self.script.words.get(to) else {
                let what = format!("`go: {to}`: there is no such keyword");
                return Err(ScriptError::at(*line, what));
            };
            found.insert(*placeholder, *id);
        }
        let script = &mut self.script;
        let of_keys = script.keys.iter_mut().flat_map(|key| &mut key.rules);
        let of_memory = script.memory.iter_mut().flat_map(|memory| &mut memory.rules);
        for rule in of_keys.chain(of_memory).chain(&mut script.none) {
            for turn in &mut rule.turns {
                if let Turn::Go(to) = turn
                    && let Some(id) = found.get(to)
                {
                    *to = *id;
                }
            }
        }
        Ok(())
    }

    fn resolve_memory(&mut self) -> Result<(), ScriptError> {
        let (Some(memory), Some((line, word))) = (&mut self.script.memory, &self.memory_line)
        else {
            return Ok(());
        };
        let Some(id) = self.script.words.get(word) else {
            let what = format!("the memory's keyword `{word}` has no `key`");
            return Err(ScriptError::at(*line, what));
        };
        memory.key = *id;
        Ok(())
    }
}

fn once(place: &mut String, body: &str, what: &str) -> Result<()> {
    if body.is_empty() {
        return Err(format!("the {what} is empty"));
    }
    if !place.is_empty() {
        return Err(format!("there is a {what} already"));
    }
    *place = body.into();
    Ok(())
}

fn words(body: &str) -> Vec<String> {
    body.split_whitespace().map(str::to_lowercase).collect()
}

fn some<T>(words: Vec<T>, what: &str) -> Result<Vec<T>> {
    if words.is_empty() { Err(format!("`{what}` has no words")) } else { Ok(words) }
}

fn equation(body: &str) -> Result<(&str, &str)> {
    match body.split_once('=') {
        Some((from, to)) if !from.trim().is_empty() && !to.trim().is_empty() => Ok((from, to)),
        _ => Err("expected WORDS = WORDS".into()),
    }
}

fn one_of<'a>(first: &'a str, tokens: &mut impl Iterator<Item = &'a str>) -> Result<Part> {
    let mut words = Vec::new();
    let mut token = first;
    loop {
        let (word, closed) = match token.strip_suffix(']') {
            Some(word) => (word, true),
            None => (token, false),
        };
        if !word.is_empty() {
            words.push(word.to_lowercase());
        }
        if closed {
            return Ok(Part::OneOf(some(words, "[ ]")?));
        }
        token = tokens.next().ok_or("`[` without its `]`")?;
    }
}

fn template(body: &str) -> Result<Template> {
    let mut pieces = Vec::new();
    let mut parts = body.split('$');
    let text = |text: &str| (!text.is_empty()).then(|| Piece::Text(text.into()));
    pieces.extend(text(parts.next().unwrap_or_default()));
    for part in parts {
        let end = part.find(|char: char| !char.is_ascii_digit()).unwrap_or(part.len());
        let (number, rest) = part.split_at(end);
        let at = number.parse::<usize>().ok().and_then(|number| number.checked_sub(1));
        pieces.push(Piece::Heard(at.ok_or("`$` needs the number of a part, from 1")?));
        pieces.extend(text(rest));
    }
    Ok(Template(some(pieces, "say")?))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEAST: &str = "greeting: hello\nfarewell: bye\nnone:\nsay: go on\n";

    fn error(more: &str) -> String {
        format!("{LEAST}{more}").parse::<Script>().expect_err(more).to_string()
    }

    #[test]
    fn the_doctors_script_parses() {
        let script = Script::doctor();
        assert!(script.words.len() > 50);
        assert!(script.keys.iter().all(|key| !key.rules.is_empty()));
        assert!(
            script.keys.iter().flat_map(|key| &key.rules).all(|rule| !rule.turns.is_empty()),
            "a pattern without a reply"
        );
    }

    #[test]
    fn errors_name_the_line_and_what_is_wrong() {
        for (text, expected) in [
            ("sing: a song", "line 5: `sing` is no statement"),
            ("say: hi\nhear x", "line 6: `hear x`"),
            ("key x: a", "line 5: the rank `x` is no number"),
            ("key 0:", "line 5: `key` has no words"),
            ("key 0: a a", "line 5: `a` is a keyword already"),
            ("greeting: again", "line 5: there is a greeting already"),
            ("key 0: a\n hear: @kin", "line 6: the class `kin` is not declared above"),
            ("key 0: a\n hear: [b c\n say: x", "line 6: `[` without its `]`"),
            (
                "key 0: a\n hear: * b\n say: $3",
                "line 7: $3 quotes a part that the pattern does not have; it has 2",
            ),
            ("key 0: a\n say: $0", "line 6: `$` needs the number"),
            ("key 0: a\n say: $99999999999999999999", "line 6: `$` needs the number"),
            ("key 0: a\n go: b", "line 6: `go: b`: there is no such keyword"),
            ("key 0: a\n go: b c", "line 6: `go` takes one keyword"),
            ("memory a:\n say: x", "line 5: the memory's keyword `a` has no `key`"),
            ("swap: a b = c", "line 5: a swap replaces one word"),
            ("swap: a", "line 5: expected WORDS = WORDS"),
            ("swap: a = b\nswap: a = c", "line 6: `a` is swapped twice"),
            ("mend: . = c", "line 5: `mend` has no words"),
            ("key 0 1: a", "line 5: `1` is one word too many"),
        ] {
            let error = error(text);
            let expected = expected.replace("`hear x`", "`hear` is no statement");
            assert!(error.starts_with(&expected), "{text:?} gave {error:?}");
        }
    }

    #[test]
    fn what_a_script_lacks_is_named() {
        let error = |text: &str| text.parse::<Script>().expect_err(text).to_string();
        assert_eq!(error(""), "the script has no greeting");
        assert_eq!(error("greeting: a"), "the script has no farewell");
        assert_eq!(
            error("greeting: a\nfarewell: b\nnone:\nnext"),
            "the script has no `none` that says something"
        );
        assert_eq!(error("say: a"), "line 1: this belongs below a `key`, a `memory` or `none`");
    }
}
