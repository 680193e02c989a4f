//! Reads names and passwords: without echo at a terminal, a line each from a pipe.

use std::io::{self, BufRead, IsTerminal, Write};

use super::{failure::Failure, input::read_line};
use crate::passcheck::MAX_INPUT;

/// A new password; asked for twice at a terminal.
pub(super) fn new_password(name: &str) -> Result<String, Failure> {
    let stdin = io::stdin();
    if !stdin.is_terminal() {
        return checked(piped(&mut stdin.lock(), "password")?);
    }
    let first = checked(prompt(&format!("New password for {name}: "))?)?;
    let second = prompt("The same again: ")?;
    if first == second {
        Ok(first)
    } else {
        Err(Failure::new("the two passwords differ; nothing was changed", "try again"))
    }
}

/// The name, unless it is known, and the password.
pub(super) fn credentials(name: Option<String>) -> Result<(String, String), Failure> {
    let stdin = io::stdin();
    let mut stdin = stdin.lock();
    let at_terminal = stdin.is_terminal();
    let name = match name {
        Some(name) => name,
        None => {
            if at_terminal {
                write!(io::stderr(), "Name: ")
                    .map_err(|error| could_not("ask for the name", &error))?;
            }
            piped(&mut stdin, "name")?
        }
    };
    let password = match at_terminal {
        true => prompt(&format!("Password for {name}: "))?,
        false => piped(&mut stdin, "password")?,
    };
    Ok((name, password))
}

fn prompt(prompt: &str) -> Result<String, Failure> {
    rpassword::prompt_password(prompt).map_err(|error| could_not("read the password", &error))
}

fn could_not(what: &str, error: &io::Error) -> Failure {
    Failure::new(
        format!("could not {what} at the terminal: {error}"),
        "or pipe it in: printf '%s\\n' PASSWORD | services passcheck …",
    )
}

fn piped(from: &mut impl BufRead, what: &str) -> Result<String, Failure> {
    let line = read_line(from, MAX_INPUT)
        .map_err(|error| Failure::new(format!("could not read the {what}: {error}"), ""))?
        .ok_or_else(|| {
            Failure::new(
                format!("the input ended before the {what}"),
                "give a line each for what is asked",
            )
        })?;
    if line.cut {
        return Err(too_long(what));
    }
    String::from_utf8(line.bytes)
        .map_err(|_| Failure::new(format!("the {what} is not UTF-8 text"), ""))
}

fn too_long(what: &str) -> Failure {
    Failure::new(format!("the {what} is longer than {MAX_INPUT} bytes"), "choose a shorter one")
}

fn checked(password: String) -> Result<String, Failure> {
    if password.is_empty() {
        return Err(Failure::new(
            "the password is empty; nothing was changed",
            "choose a longer one",
        ));
    }
    if password.len() > MAX_INPUT {
        return Err(too_long("password"));
    }
    Ok(password)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pipe_gives_a_line_each() {
        let mut from = io::Cursor::new("alice\n pass word \r\n");
        assert_eq!(piped(&mut from, "name").ok().as_deref(), Some("alice"));
        assert_eq!(piped(&mut from, "password").ok().as_deref(), Some(" pass word "));
        let error = piped(&mut from, "password").expect_err("the end").to_string();
        assert!(error.starts_with("the input ended before the password"), "{error}");
    }

    #[test]
    fn what_is_empty_too_long_or_no_text_is_refused() {
        assert!(checked(String::new()).is_err());
        assert!(checked("a".repeat(MAX_INPUT)).is_ok());
        assert!(piped(&mut io::Cursor::new("a".repeat(129)), "password").is_err());
        assert!(piped(&mut io::Cursor::new(b"\xff\n"), "password").is_err());
    }
}
