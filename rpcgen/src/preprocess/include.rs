//! `#include`: finding files, and not reading one within itself.

use std::io;
use std::path::{Path, PathBuf};

use super::{MAX_ENTERED, MAX_INCLUDES, MAX_TOKENS, Preprocessor, trimmed};
use crate::diag::Diagnostic;
use crate::similar::closest_file;
use crate::source::{self, FileId, Span};

impl Preprocessor<'_> {
    pub(super) fn include(&mut self, rest: Span) {
        let text = self.sources.text(rest).trim();
        let quoted = text.strip_prefix('"').and_then(|text| text.split_once('"'));
        let angled = text.strip_prefix('<').and_then(|text| text.split_once('>'));
        let span = trimmed(self.sources, rest);
        let Some((name, is_quoted)) =
            quoted.map(|(name, _)| (name, true)).or_else(|| angled.map(|(name, _)| (name, false)))
        else {
            self.diagnostics.push(
                Diagnostic::error("X016", "#include needs a file")
                    .at(span, "expected \"file.x\" or <file.x>"),
            );
            return;
        };
        let name = name.to_owned();
        match self.find(&name, is_quoted) {
            Some(Ok(file)) => self.enter(file, span),
            Some(Err(error)) => self.diagnostics.push(
                Diagnostic::error("X017", format!("`{name}` can't be read: {error}"))
                    .at(span, "included here"),
            ),
            None => self.not_found(&name, is_quoted, span),
        }
    }

    pub(super) fn not_found(&mut self, name: &str, is_quoted: bool, span: Span) {
        // A header of C's library is no part of an .x file; what is missing from it shows itself.
        if !is_quoted || !name.ends_with(".x") {
            self.diagnostics.push(
                Diagnostic::warning("X018", format!("`{name}` is not there and is left out"))
                    .at(span, "no such file")
                    .help("put `%` before the line where it is meant for C only"),
            );
            return;
        }
        let near = self.folders(is_quoted).find_map(|folder| {
            Some(closest_file(&folder.join(name))?.strip_prefix(folder).ok()?.to_path_buf())
        });
        self.diagnostics.push(
            Diagnostic::error("X017", format!("`{name}` is not there"))
                .at(span, "no such file in the folder of this file or on the include path")
                .maybe_help(near.map(|near| format!("did you mean `{}`?", near.display())))
                .help("name its folder: `-I DIR`, or `.include_path(DIR)` in build.rs"),
        );
    }

    pub(super) fn enter(&mut self, file: FileId, span: Span) {
        if self.once.contains(&file) {
            return;
        }
        if self.open.contains(&file) {
            if !self.is_guarded(file) {
                self.diagnostics.push(
                    Diagnostic::error("X019", "this file includes itself")
                        .at(span, "closes the circle"),
                );
            }
            return;
        }
        self.entered = self.entered.saturating_add(1);
        let is_much = self.entered > MAX_ENTERED || self.stream.tokens.len() > MAX_TOKENS;
        if self.open.len() > MAX_INCLUDES || is_much {
            self.diagnostics.push(
                Diagnostic::error("X019", "files are included too deeply or too often")
                    .at(span, "not followed"),
            );
            return;
        }
        self.file(file);
    }

    /// The file starts with an `#ifndef` that is not taken.
    pub(super) fn is_guarded(&self, file: FileId) -> bool {
        let text = self.sources.file(file).map_or("", |source| &source.text);
        let first = text.lines().map(str::trim_start).find(|line| line.starts_with('#'));
        first
            .and_then(|line| line.trim_start_matches(['#', ' ', '\t']).strip_prefix("ifndef"))
            .and_then(|rest| rest.split_whitespace().next())
            .is_some_and(|name| self.macros.is_defined(name))
    }

    /// The file, or why it cannot be read; `None` where it is not there.
    fn find(&mut self, name: &str, is_quoted: bool) -> Option<io::Result<FileId>> {
        let path =
            self.folders(is_quoted).map(|folder| folder.join(name)).find(|path| path.is_file())?;
        Some(self.load(path))
    }

    /// Where files are looked for: beside this one, for names in quotes, and on the include path.
    fn folders(&self, is_quoted: bool) -> impl Iterator<Item = &Path> {
        let here = self.open.last().and_then(|&file| self.sources.file(file));
        let here = here.and_then(|source| source.path.as_deref()).and_then(Path::parent);
        let others = self.options.include_paths.iter().map(PathBuf::as_path);
        here.filter(|_| is_quoted).into_iter().chain(others)
    }

    pub(super) fn load(&mut self, path: PathBuf) -> io::Result<FileId> {
        let key = path.canonicalize().unwrap_or_else(|_| path.clone());
        if let Some(&file) = self.loaded.get(&key) {
            return Ok(file);
        }
        let known = self.open.iter().copied().find(|&file| {
            let open = self.sources.file(file).and_then(|source| source.path.as_deref());
            open.is_some_and(|open| open.canonicalize().is_ok_and(|open| open == key))
        });
        let file = match known {
            Some(file) => file,
            None => {
                let bytes = source::read(&path)?;
                self.sources.add(path.display().to_string(), Some(path), bytes)
            }
        };
        self.loaded.insert(key, file);
        Ok(file)
    }
}
