//! The talk with the doctor: lines in, answers out.

use std::io::{self, BufRead, IsTerminal, Write};

use rustyline::{DefaultEditor, error::ReadlineError};

use super::{failure::Failure, input::read_line, print_to};
use crate::doctor::MAX_TEXT;

/// Whoever answers.
pub(super) trait Therapist {
    /// Opens a session and greets.
    fn open(&mut self) -> Result<String, Failure>;
    /// Answers a remark.
    fn say(&mut self, remark: &str) -> Result<String, Failure>;
    /// Closes the session and says farewell; None where it is closed already.
    fn close(&mut self) -> Result<Option<String>, Failure>;
    /// Whether the remark ends the conversation.
    fn is_goodbye(&self, remark: &str) -> bool;
}

/// Where the patient's remarks come from.
pub(super) trait Remarks {
    /// The next remark; None when there is none any more.
    fn next(&mut self) -> Result<Option<String>, Failure>;
}

/// Talks until an empty line, the end of the remarks or a good bye, and closes the session whatever happens.
pub(super) fn converse(
    therapist: &mut dyn Therapist,
    remarks: &mut dyn Remarks,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    print_to(out, &therapist.open()?)?;
    let talked = talk(therapist, remarks, out);
    let closed = therapist.close();
    talked?;
    match closed? {
        Some(farewell) => print_to(out, &farewell),
        None => Ok(()),
    }
}

fn talk(
    therapist: &mut dyn Therapist,
    remarks: &mut dyn Remarks,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    while let Some(remark) = remarks.next()? {
        if remark.trim().is_empty() {
            break;
        }
        print_to(out, &therapist.say(&remark)?)?;
        if therapist.is_goodbye(&remark) {
            break;
        }
    }
    Ok(())
}

/// The remarks of whoever sits there: edited at a terminal, plain lines from a pipe.
pub(super) fn remarks() -> Result<Box<dyn Remarks>, Failure> {
    if io::stdin().is_terminal() {
        let editor = DefaultEditor::new().map_err(unreadable)?;
        Ok(Box::new(Terminal { editor }))
    } else {
        Ok(Box::new(Pipe { from: io::stdin().lock() }))
    }
}

/// Line editing, and a history that ends with the conversation: nothing of it is written down.
struct Terminal {
    editor: DefaultEditor,
}

impl Remarks for Terminal {
    fn next(&mut self) -> Result<Option<String>, Failure> {
        match self.editor.readline("> ") {
            Ok(line) => {
                self.editor.add_history_entry(&line).map_err(unreadable)?;
                Ok(Some(heard(line.as_bytes(), line.len() > MAX_TEXT)))
            }
            // The interrupt key and the end-of-input key both mean to leave.
            Err(ReadlineError::Eof | ReadlineError::Interrupted) => Ok(None),
            Err(error) => Err(unreadable(error)),
        }
    }
}

struct Pipe<R> {
    from: R,
}

impl<R: BufRead> Remarks for Pipe<R> {
    fn next(&mut self) -> Result<Option<String>, Failure> {
        let line = read_line(&mut self.from, MAX_TEXT)
            .map_err(|error| Failure::new(format!("could not read the input: {error}"), ""))?;
        Ok(line.map(|line| heard(&line.bytes, line.cut)))
    }
}

fn unreadable(error: ReadlineError) -> Failure {
    Failure::new(format!("could not read from the terminal: {error}"), "or pipe the lines in")
}

/// As much of the remark as the doctor listens to.
fn heard(bytes: &[u8], cut: bool) -> String {
    if cut {
        tracing::warn!("only the first {MAX_TEXT} bytes of that line were heard");
    }
    let mut text = String::from_utf8_lossy(bytes).into_owned();
    while text.len() > MAX_TEXT {
        text.pop();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::{Script, SessionError, SessionLimits, Sessions};

    /// The doctor himself, with no network between.
    struct Here {
        sessions: Sessions,
        id: u64,
    }

    impl Here {
        fn new() -> Self {
            let script = std::sync::Arc::new(Script::doctor());
            Self { sessions: Sessions::new(script, SessionLimits::default()), id: 0 }
        }
    }

    impl Therapist for Here {
        fn open(&mut self) -> Result<String, Failure> {
            let (id, greeting) = self.sessions.open().expect("a session");
            self.id = id;
            Ok(greeting)
        }

        fn say(&mut self, remark: &str) -> Result<String, Failure> {
            let answer = self.sessions.say(self.id, remark);
            answer.map(|answer| answer.words).map_err(|error| Failure::new(error, ""))
        }

        fn close(&mut self) -> Result<Option<String>, Failure> {
            match self.sessions.close(self.id) {
                Ok(farewell) => Ok(Some(farewell)),
                Err(SessionError::NoSession | SessionError::Full) => Ok(None),
            }
        }

        fn is_goodbye(&self, remark: &str) -> bool {
            Script::doctor().is_goodbye(remark)
        }
    }

    fn conversation(input: &[u8]) -> Vec<String> {
        let mut out = Vec::new();
        let mut here = Here::new();
        converse(&mut here, &mut Pipe { from: input }, &mut out).expect("a conversation");
        assert!(here.sessions.close(here.id).is_err(), "the session is closed");
        String::from_utf8(out).expect("text").lines().map(Into::into).collect()
    }

    const GREETING: &str = "How do you do. Please tell me your problem.";
    const FAREWELL: &str = "Goodbye. It was nice talking to you.";

    #[test]
    fn the_end_of_input_and_an_empty_line_end_it() {
        let expected = [GREETING, "In what way?", FAREWELL];
        assert_eq!(conversation(b"Men are all alike."), expected);
        assert_eq!(conversation(b"Men are all alike.\n  \nunheard\n"), expected);
        assert_eq!(conversation(b""), [GREETING, FAREWELL]);
    }

    #[test]
    fn a_good_bye_is_answered_once() {
        assert_eq!(conversation(b"Goodbye.\nunheard\n"), [GREETING, FAREWELL]);
    }

    #[test]
    fn odd_input_is_heard_as_far_as_it_can_be() {
        let mut input = "é".repeat(2000).into_bytes();
        input.extend(b"\n\xff\xfe you\n");
        assert_eq!(conversation(&input).len(), 4);
    }
}
