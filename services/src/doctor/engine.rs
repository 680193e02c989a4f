//! Plays a script: one remark in, one answer out.

use std::collections::VecDeque;

use super::{
    MAX_TEXT,
    script::{Key, KeyId, Rule, Script, Turn},
    template::{Template, prefix, shorten},
    words::{self, Word},
};

/// Remarks kept for later, in a session.
const MAX_MEMORY: usize = 8;

/// Keywords that one answer goes on to by `go`, so that a script's circle ends.
const MAX_GOES: usize = 16;

/// What a session remembers between two remarks: at most eight answers, and whose turn it is.
#[derive(Clone, Debug, Default)]
pub struct Patient {
    /// By rule, the reply whose turn it is.
    turns: Vec<u8>,
    memory: VecDeque<String>,
}

/// The doctor's answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// What he says; at most [`MAX_TEXT`] bytes.
    pub words: String,
    /// The remark was a good bye, and these are his last words.
    pub last: bool,
}

impl Script {
    /// What opens a session.
    pub fn greeting(&self) -> String {
        shorten(self.greeting.clone(), MAX_TEXT)
    }

    /// What closes a session.
    pub fn farewell(&self) -> String {
        shorten(self.farewell.clone(), MAX_TEXT)
    }

    /// Whether the remark ends with a good bye.
    pub fn is_goodbye(&self, remark: &str) -> bool {
        self.says_goodbye(&self.clauses(remark))
    }

    /// The doctor's answer. It follows from the script, the patient and the remark alone.
    ///
    /// Of a remark longer than [`MAX_TEXT`] bytes the rest goes unheard.
    pub fn answer(&self, patient: &mut Patient, remark: &str) -> Answer {
        let clauses = self.clauses(remark);
        if self.says_goodbye(&clauses) {
            return Answer { words: self.farewell(), last: true };
        }
        patient.turns.resize(self.rules, 0);
        let words = self
            .hear(patient, clauses)
            .or_else(|| patient.memory.pop_front())
            .or_else(|| self.have_nothing_to_say(patient))
            .unwrap_or_default();
        Answer { words, last: false }
    }

    fn clauses(&self, remark: &str) -> Vec<Vec<Word>> {
        words::clauses(prefix(remark, MAX_TEXT), |word| self.breaks.contains(word))
    }

    fn says_goodbye(&self, clauses: &[Vec<Word>]) -> bool {
        let Some(last) = clauses.last() else { return false };
        self.goodbyes.iter().any(|goodbye| goodbye.iter().eq(last.iter().map(|word| &word.folded)))
    }

    fn hear(&self, patient: &mut Patient, clauses: Vec<Vec<Word>>) -> Option<String> {
        let (clause, keys) = self.first_with_keywords(clauses)?;
        let clause = self.swap(clause);
        self.remember(patient, keys.first().copied(), &clause);
        let mut goes = 0;
        for key in keys {
            let mut key = Some(key);
            while let Some(rules) = key.and_then(|KeyId(id)| self.keys.get(id)) {
                key = match apply(&rules.rules, patient, &clause, self) {
                    Outcome::Said(words) => return Some(words),
                    Outcome::Go(to) if goes < MAX_GOES => Some(to),
                    Outcome::Go(_) | Outcome::Next => None,
                };
                goes = goes.saturating_add(1);
            }
        }
        None
    }

    /// The first clause with a keyword, and its keywords by rank; the rest goes unheard, as in the paper.
    fn first_with_keywords(&self, clauses: Vec<Vec<Word>>) -> Option<(Vec<Word>, Vec<KeyId>)> {
        clauses.into_iter().find_map(|clause| {
            let keys = self.keywords(&clause);
            (!keys.is_empty()).then_some((clause, keys))
        })
    }

    fn keywords(&self, clause: &[Word]) -> Vec<KeyId> {
        let mut seen = std::collections::HashSet::new();
        let mut keys: Vec<KeyId> = clause
            .iter()
            .filter_map(|word| self.words.get(&word.folded).copied())
            .filter(|key| seen.insert(*key))
            .collect();
        let rank = |KeyId(id): &KeyId| self.keys.get(*id).map_or(0, |key: &Key| key.rank);
        keys.sort_by_key(|key| std::cmp::Reverse(rank(key)));
        keys
    }

    fn swap(&self, clause: Vec<Word>) -> Vec<Word> {
        let mut swapped = Vec::with_capacity(clause.len());
        for word in clause {
            match self.swaps.get(&word.folded) {
                Some(words) => swapped.extend(words.iter().cloned()),
                None => swapped.push(word),
            }
        }
        swapped
    }

    fn remember(&self, patient: &mut Patient, leading: Option<KeyId>, clause: &[Word]) {
        let Some(memory) = self.memory.as_ref().filter(|memory| Some(memory.key) == leading) else {
            return;
        };
        if let Outcome::Said(words) = apply(&memory.rules, patient, clause, self) {
            if patient.memory.len() >= MAX_MEMORY {
                patient.memory.pop_front();
            }
            patient.memory.push_back(words);
        }
    }

    fn have_nothing_to_say(&self, patient: &mut Patient) -> Option<String> {
        match apply(&self.none, patient, &[], self) {
            Outcome::Said(words) => Some(words),
            Outcome::Go(_) | Outcome::Next => None,
        }
    }
}

enum Outcome {
    Said(String),
    Go(KeyId),
    Next,
}

/// Takes the first rule that fits and has something suitable to say, and moves its turn.
fn apply(rules: &[Rule], patient: &mut Patient, clause: &[Word], script: &Script) -> Outcome {
    for rule in rules {
        let Some(heard) = rule.pattern.hear(clause) else { continue };
        let Some(turn) = take_turn(rule, patient, |template| template.suits(&heard)) else {
            continue;
        };
        return match turn {
            Turn::Say(template) => Outcome::Said(template.fill(&heard, &script.mends, MAX_TEXT)),
            Turn::Go(to) => Outcome::Go(*to),
            Turn::Next => Outcome::Next,
        };
    }
    Outcome::Next
}

fn take_turn<'r>(
    rule: &'r Rule,
    patient: &mut Patient,
    suits: impl Fn(&Template) -> bool,
) -> Option<&'r Turn> {
    let place = patient.turns.get_mut(rule.number)?;
    let count = rule.turns.len();
    let from = usize::from(*place);
    let in_turn = (0..count).filter_map(|step| from.checked_add(step)?.checked_rem(count));
    for at in in_turn {
        let turn = rule.turns.get(at)?;
        if !matches!(turn, Turn::Say(template) if !suits(template)) {
            *place = at
                .checked_add(1)
                .and_then(|next| next.checked_rem(count))
                .and_then(|next| u8::try_from(next).ok())
                .unwrap_or(0);
            return Some(turn);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;

    fn converse(script: &Script, exchanges: &[(&str, &str)]) {
        let mut patient = Patient::default();
        for (remark, expected) in exchanges {
            let answer = script.answer(&mut patient, remark);
            assert_eq!(answer.words, *expected, "to {remark:?}");
        }
    }

    /// The conversation that the paper prints.
    #[test]
    fn the_conversation_of_the_paper() {
        converse(
            &Script::doctor(),
            &[
                ("Men are all alike.", "In what way?"),
                (
                    "They're always bugging us about something or other.",
                    "Can you think of a specific example?",
                ),
                ("Well, my boyfriend made me come here.", "Your boyfriend made you come here?"),
                (
                    "He says I'm depressed much of the time.",
                    "I am sorry to hear you are depressed.",
                ),
                (
                    "It's true. I am unhappy.",
                    "Do you think coming here will help you not to be unhappy?",
                ),
                (
                    "I need some help, that much seems certain.",
                    "What would it mean to you if you got some help?",
                ),
                (
                    "Perhaps I could learn to get along with my mother.",
                    "Tell me more about your family.",
                ),
                ("My mother takes care of me.", "Who else in your family takes care of you?"),
                ("My father.", "Your father?"),
                ("You are like my father in some ways.", "What resemblance do you see?"),
                (
                    "You are not very aggressive but I think you don't want me to notice that.",
                    "What makes you think I am not very aggressive?",
                ),
                ("You don't argue with me.", "Why do you think I don't argue with you?"),
                ("You are afraid of me.", "Does it please you to believe I am afraid of you?"),
                (
                    "My father is afraid of everybody.",
                    "What else comes to mind when you think of your father?",
                ),
                (
                    "Bullies.",
                    "Does that have anything to do with the fact that your boyfriend made you \
                     come here?",
                ),
            ],
        );
    }

    #[test]
    fn quotations_are_mended() {
        converse(
            &Script::doctor(),
            &[
                ("If you are a machine, say so", "Do computers worry you?"),
                ("If you were kind", "Do you think it's likely that I was kind?"),
                ("My mother hates you", "Tell me more about your family."),
                ("my brother talks about you", "Who else in your family talks about me?"),
                ("I've been sad", "You say you have been sad?"),
                ("Everybody knows Anna", "Really, everybody?"),
            ],
        );
    }

    #[test]
    fn replies_that_have_nothing_to_quote_are_passed_over() {
        converse(
            &Script::doctor(),
            &[
                ("I remember", "What else do you remember?"),
                ("My", "Does that suggest anything else which belongs to you?"),
            ],
        );
    }

    #[test]
    fn replies_take_turns() {
        let script = Script::doctor();
        let mut patient = Patient::default();
        let mut say = |remark| script.answer(&mut patient, remark).words;
        let first: Vec<String> = (0..4).map(|_| say("yes")).collect();
        let again: Vec<String> = (0..4).map(|_| say("Yes!")).collect();
        assert_eq!(first, again);
        assert_eq!(first, ["You seem quite positive.", "You are sure?", "I see.", "I understand."]);
    }

    #[test]
    fn sessions_do_not_share_turns() {
        let script = Script::doctor();
        let (mut one, mut other) = (Patient::default(), Patient::default());
        assert_eq!(script.answer(&mut one, "yes"), script.answer(&mut other, "yes"));
    }

    #[test]
    fn a_good_bye_ends() {
        let script = Script::doctor();
        for remark in ["bye", "Goodbye.", "I must go now, good bye!", "QUIT"] {
            let answer = script.answer(&mut Patient::default(), remark);
            assert_eq!(answer, Answer { words: script.farewell(), last: true }, "{remark}");
            assert!(script.is_goodbye(remark));
        }
        for remark in ["He said bye to me", "", "bye. He left", "I want to exit this"] {
            assert!(!script.answer(&mut Patient::default(), remark).last, "{remark}");
        }
    }

    #[test]
    fn next_and_go_lead_on() {
        let script: Script = "greeting: a\nfarewell: b\nnone:\nsay: none\n\
             key 9: first\n next\nkey 0: second\n go: third\nkey 1: third\n say: third\n"
            .parse()
            .expect("a script");
        converse(&script, &[("first second", "Third"), ("first", "None")]);
    }

    #[test]
    fn a_circle_of_goes_ends() {
        let script: Script = "greeting: a\nfarewell: b\nnone:\nsay: none\n\
             key 0: a\n go: b\nkey 0: b\n go: a\n"
            .parse()
            .expect("a script");
        converse(&script, &[("a b a b", "None")]);
    }

    #[test]
    fn the_memory_is_bounded() {
        let script = Script::doctor();
        let mut patient = Patient::default();
        for number in 0..100 {
            script.answer(&mut patient, &format!("My wish number {number}"));
        }
        assert_eq!(patient.memory.len(), MAX_MEMORY);
        assert!(script.answer(&mut patient, "Hm").words.contains("number 92"));
    }

    #[test]
    fn nothing_said_is_answered() {
        let script = Script::doctor();
        let mut patient = Patient::default();
        for remark in ["", "...", "\0\u{1b}[2J", "你好", "🙂", "$1 $2", "* @family"] {
            assert!(!script.answer(&mut patient, remark).words.is_empty());
        }
    }

    #[test]
    fn hostile_text_takes_little_time_and_room() {
        let script = Script::doctor();
        let mut patient = Patient::default();
        let began = Instant::now();
        for unit in ["I ", "you I ", "my mother ", "i'm ", "a", "é", "my, ", "why don't I "] {
            for remark in [unit.repeat(MAX_TEXT), format!("my {}", unit.repeat(300))] {
                for _ in 0..20 {
                    let answer = script.answer(&mut patient, &remark);
                    assert!(answer.words.len() <= MAX_TEXT);
                    assert!(!answer.words.is_empty());
                }
            }
        }
        // 320 answers; about a millisecond each where nothing is optimised.
        assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
        assert!(patient.memory.iter().all(|words| words.len() <= MAX_TEXT));
    }
}
