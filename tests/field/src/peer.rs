//! A program that decodes and encodes again, over its standard input and output.

use std::{
    io::{self, Read, Write},
    process::{Child, Command, Stdio},
};

/// What a peer made of some bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It took the first so many bytes for a value, and wrote that value as these.
    Taken(usize, Vec<u8>),
    /// It took them, but a string in them holds a zero, where C's strings end.
    Zero,
    /// It refused them, and why as far as it says.
    Refused(String),
    /// It does not do this type in this way.
    None,
    /// It failed where it may not.
    Failed(String),
}

/// A running peer.
#[derive(Debug)]
pub struct Peer {
    command: Command,
    child: Child,
}

impl Peer {
    /// Starts it.
    ///
    /// # Panics
    ///
    /// It cannot be started.
    #[must_use]
    pub fn start(mut command: Command) -> Self {
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let child = spawn(&mut command);
        Self { command, child }
    }

    /// Asks it for one type. A peer that dies is started again for the next question.
    ///
    /// # Errors
    ///
    /// It died.
    pub fn ask(&mut self, mode: u8, index: usize, bytes: &[u8]) -> Result<Answer, String> {
        self.exchange(mode, index, bytes).map_err(|error| {
            let _ = self.child.kill();
            let status = self.child.wait();
            self.child = spawn(&mut self.command);
            format!("{:?} died ({status:?}): {error}", self.command)
        })
    }

    /// A question is the mode, the type and the bytes; an answer how it went, how much was taken, and bytes.
    fn exchange(&mut self, mode: u8, index: usize, bytes: &[u8]) -> io::Result<Answer> {
        let word = |number: usize| u32::try_from(number).expect("a small number").to_be_bytes();
        let mut question = vec![mode];
        question.extend(word(index));
        question.extend(word(bytes.len()));
        question.extend(bytes);
        self.child.stdin.as_mut().expect("its input").write_all(&question)?;

        let from = self.child.stdout.as_mut().expect("its output");
        let mut head = [0; 9];
        from.read_exact(&mut head)?;
        let number = |at: usize| {
            let word = head[at..at + 4].try_into().expect("four bytes");
            usize::try_from(u32::from_be_bytes(word)).expect("a length")
        };
        let mut answer = vec![0; number(5)];
        from.read_exact(&mut answer)?;
        let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
        Ok(match head[0] {
            0 => Answer::Taken(number(1), answer),
            1 => Answer::Refused(text(&answer)),
            2 => Answer::Zero,
            4 => Answer::None,
            _ => Answer::Failed(text(&answer)),
        })
    }
}

fn spawn(command: &mut Command) -> Child {
    command.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}"))
}

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
