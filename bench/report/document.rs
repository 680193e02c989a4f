//! The document: a template in which `{{name}}`, on a line of its own, is a table, and within a line a word.

use crate::{
    compiler,
    figures::Figures,
    goals, idle,
    tables::{CODEC, CORES, ECHO, GETPORT, LOOKUPS, NULL, WINDOW},
};

const TABLES: [&str; 10] =
    ["goals", "null", "cores", "window", "echo", "idle", "codec", "getport", "lookups", "compiler"];

/// All tables, for a terminal.
pub(crate) fn tables(figures: &Figures) -> String {
    let show = |name: &&str| {
        let table = table(name, figures)?;
        // A head and a rule, and nothing below: it was not measured.
        (table.lines().count() > 2).then(|| format!("{name}\n\n{table}\n"))
    };
    TABLES.iter().filter_map(show).collect()
}

/// The template with every name replaced.
pub(crate) fn fill(template: &str, figures: &Figures) -> Result<String, String> {
    let mut text = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("{{") {
        let (name, after) = after.split_once("}}").ok_or("a name without end")?;
        text += before;
        text += value(name, figures).ok_or_else(|| format!("unknown: {name}"))?.trim_end();
        rest = after;
    }
    Ok(text + rest)
}

fn value(name: &str, figures: &Figures) -> Option<String> {
    match name.strip_prefix("machine ") {
        Some(name) => Some(figures.machine(name).to_owned()),
        None => table(name, figures),
    }
}

fn table(name: &str, figures: &Figures) -> Option<String> {
    match name {
        "goals" => Some(goals::markdown(figures)),
        "null" => Some(NULL.markdown(figures)),
        "cores" => Some(CORES.markdown(figures)),
        "window" => Some(WINDOW.markdown(figures)),
        "echo" => Some(ECHO.markdown(figures)),
        "idle" => Some(idle::markdown(figures)),
        "codec" => Some(CODEC.markdown(figures)),
        "getport" => Some(GETPORT.markdown(figures)),
        "lookups" => Some(LOOKUPS.markdown(figures)),
        "compiler" => Some(compiler::markdown(figures)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINES: &str = "machine cores 2\n\
                         work=null-udp who=raw p50_ns=4000\n\
                         work=null-udp who=ours p50_ns=5000\n";

    #[test]
    fn names_become_tables_and_words() {
        let figures = LINES.parse().expect("lines of figures");
        let text = fill("On {{machine cores}} cores:\n\n{{null}}\n\nEnd.\n", &figures);
        let expected = "On 2 cores:\n\n\
                        |  | raw C | this project |\n\
                        | --- | --- | --- |\n\
                        | UDP | 1.00x (4.00 us) | 1.25x (5.00 us) |\n\nEnd.\n";
        assert_eq!(text.as_deref(), Ok(expected));
        assert!(fill("{{nothing}}", &figures).is_err());
    }

    #[test]
    fn what_was_not_measured_is_not_shown() {
        let figures = LINES.parse().expect("lines of figures");
        let shown = tables(&figures);
        assert!(
            shown.contains("| UDP NULL, p50, over raw C | at most 1.08x | 1.25x | not reached |")
        );
        assert!(!shown.contains("idle"));
        assert!(!shown.contains("compiler"));
    }
}
