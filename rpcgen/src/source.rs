//! The texts being compiled, and places in them.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// Which file of a [`Sources`] a span lies in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct FileId(u32);

/// A stretch of bytes of one file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Span {
    pub(crate) file: FileId,
    pub(crate) start: u32,
    pub(crate) end: u32,
}

impl Span {
    /// The start of the first file, for what has no place.
    pub(crate) fn nowhere() -> Self {
        Self { file: FileId(0), start: 0, end: 0 }
    }

    /// From the start of `self` to the end of `other`; `self` alone where they lie in different files.
    pub(crate) fn to(self, other: Self) -> Self {
        if self.file == other.file && self.start <= other.end {
            Self { end: other.end, ..self }
        } else {
            self
        }
    }

    /// The empty span right behind this one.
    pub(crate) fn behind(self) -> Self {
        Self { start: self.end, ..self }
    }

    pub(crate) fn range(self) -> std::ops::Range<usize> {
        self.start as usize..self.end as usize
    }
}

/// One text.
#[derive(Debug)]
pub(crate) struct Source {
    /// As diagnostics show it.
    pub(crate) name: String,
    /// Where it was read from; `None` for text that came from no file.
    pub(crate) path: Option<PathBuf>,
    pub(crate) text: String,
    line_starts: Vec<u32>,
}

/// Every text of one compilation.
#[derive(Debug, Default)]
pub(crate) struct Sources {
    files: Vec<Source>,
    /// What macros make that stands in no file.
    made: Option<FileId>,
}

/// Larger files are refused, so that positions fit `u32` with room to spare.
const MAX_FILE_BYTES: u64 = 256 << 20;

/// What macros may make in one compilation.
const MAX_MADE_BYTES: usize = 16 << 20;

/// A file's bytes; never more of them than are allowed, whatever its length is said to be.
pub(crate) fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(MAX_FILE_BYTES.saturating_add(1)).read_to_end(&mut bytes)?;
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > MAX_FILE_BYTES {
        return Err(io::Error::other(format!("larger than {MAX_FILE_BYTES} bytes")));
    }
    if bytes.contains(&0) {
        return Err(io::Error::other("this is no text: it holds a zero byte"));
    }
    Ok(bytes)
}

impl Sources {
    /// Adds a text and says how it is called from now on.
    pub(crate) fn add(&mut self, name: String, path: Option<PathBuf>, bytes: Vec<u8>) -> FileId {
        let text = decode(bytes);
        let line_starts = line_starts(&text);
        let id = FileId(u32::try_from(self.files.len()).unwrap_or(u32::MAX));
        self.files.push(Source { name, path, text, line_starts });
        id
    }

    /// A place for a text that a macro made; none where there are too many.
    pub(crate) fn made(&mut self, text: &str) -> Option<Span> {
        let file = match self.made {
            Some(file) => file,
            None => self.add("<macros>".to_owned(), None, Vec::new()),
        };
        self.made = Some(file);
        let source = self.files.get_mut(file.0 as usize)?;
        let start = source.text.len();
        let end = start.checked_add(text.len()).filter(|&end| end <= MAX_MADE_BYTES)?;
        source.text.push_str(text);
        Some(Span { file, start: u32::try_from(start).ok()?, end: u32::try_from(end).ok()? })
    }

    pub(crate) fn file(&self, id: FileId) -> Option<&Source> {
        self.files.get(id.0 as usize)
    }

    /// The text of a span, empty where the span lies outside its file.
    pub(crate) fn text(&self, span: Span) -> &str {
        self.file(span.file).and_then(|file| file.text.get(span.range())).unwrap_or("")
    }

    /// The text between two places of one file.
    pub(crate) fn between(&self, file: FileId, start: u32, end: u32) -> &str {
        self.text(Span { file, start, end })
    }

    /// Line and column of a position, both from 1; the column counts characters.
    pub(crate) fn line_column(&self, file: FileId, position: u32) -> (usize, usize) {
        let Some(source) = self.file(file) else { return (1, 1) };
        let line = source.line_starts.partition_point(|&start| start <= position);
        let start = line.checked_sub(1).and_then(|at| source.line_starts.get(at)).copied();
        let before = source.text.get(start.unwrap_or(0) as usize..position as usize);
        (line.max(1), before.map_or(0, |text| text.chars().count()).saturating_add(1))
    }

    /// The files that were read from disk, in the order of reading.
    pub(crate) fn paths(&self) -> impl Iterator<Item = &Path> {
        self.files.iter().filter_map(|file| file.path.as_deref())
    }
}

/// `.x` files are ASCII but for their comments; those are UTF-8 or, in old files, Latin-1.
fn decode(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes)
        .unwrap_or_else(|error| error.as_bytes().iter().map(|&byte| char::from(byte)).collect())
}

fn line_starts(text: &str) -> Vec<u32> {
    let after = text.bytes().zip(1u32..).filter(|&(byte, _)| byte == b'\n').map(|(_, next)| next);
    std::iter::once(0).chain(after).collect()
}
