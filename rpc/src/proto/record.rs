//! Record marking (RFC 5531 section 11): how messages stand in a byte stream.

use std::fmt;

/// Set in a fragment's header where it is the record's last.
const LAST: u32 = 0x8000_0000;
/// A fragment this long or longer does not count against [`RecordLimits::max_short_fragments`].
const SHORT: usize = 512;
/// The longest buffer that a reader keeps for its next record. Longer ones it lets go of, or lends out.
const KEEP: usize = 4096;
/// From how many bytes on, there and missing, the rest of a record is worth being read straight into its place.
const WORTH: usize = 16 << 10;
/// From how many bytes on a record is worth a read for its mark alone.
const LONG: usize = 64 << 10;

/// How much one record may take.
///
/// # Defaults
///
/// `max_record_bytes` 1 MiB; `max_short_fragments` 64.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecordLimits {
    /// The longest record in bytes. Worst case: that much memory, once that many bytes have arrived.
    pub max_record_bytes: usize,
    /// The most fragments of fewer than 512 bytes in a record of several. (Long ones are bounded by its length.)
    pub max_short_fragments: u32,
}

impl Default for RecordLimits {
    fn default() -> Self {
        Self { max_record_bytes: 1 << 20, max_short_fragments: 64 }
    }
}

/// A stream that breaks a limit: nothing behind this point can be understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecordError {
    /// The record is longer than [`RecordLimits::max_record_bytes`].
    TooLong,
    /// The record has more than [`RecordLimits::max_short_fragments`].
    TooManyFragments,
}

impl fmt::Display for RecordError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TooLong => "record longer than the limit",
            Self::TooManyFragments => "record of too many short fragments",
        })
    }
}

impl std::error::Error for RecordError {}

/// Finds the records in a stream that arrives in pieces of any size.
///
/// A record that lies whole and in one fragment in a piece is borrowed from it; others are put together in a
/// buffer, which grows only by bytes that have arrived, or by as many again for [`room`](Self::room).
///
/// ```
/// use sunrpc::proto::{RecordLimits, RecordReader};
///
/// let mut reader = RecordReader::new(RecordLimits::default());
/// // "abcd" in one fragment; "efgh" in two, the second of which has not arrived yet.
/// let mut piece: &[u8] = b"\x80\0\0\x04abcd\0\0\0\x02ef";
/// assert_eq!(reader.next(&mut piece), Ok(Some(&b"abcd"[..])));
/// assert_eq!(reader.next(&mut piece), Ok(None));
/// let mut piece: &[u8] = b"\x80\0\0\x02gh";
/// assert_eq!(reader.next(&mut piece), Ok(Some(&b"efgh"[..])));
/// ```
#[derive(Debug)]
pub struct RecordReader {
    limits: RecordLimits,
    /// The part of a fragment's header that has arrived.
    head: [u8; 4],
    head_len: usize,
    /// The fragment's bytes that have not arrived, once its header has.
    missing: usize,
    last: bool,
    /// The record so far, in the first `filled` bytes. What is behind them is of no meaning.
    partial: Vec<u8>,
    filled: usize,
    short_fragments: u32,
    /// A part of a record has arrived, and the rest has not.
    begun: bool,
    /// The last record that was put together was long.
    after_long: bool,
    /// `partial` holds a record that was given out and goes with the next call.
    given: bool,
}

/// Where a record is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found<'i> {
    /// In the input, whole.
    Whole(&'i [u8]),
    /// In the reader, put together from several pieces.
    Assembled,
}

impl RecordReader {
    /// Starts before a record's first byte.
    #[must_use]
    pub const fn new(limits: RecordLimits) -> Self {
        Self {
            limits,
            head: [0; 4],
            head_len: 0,
            missing: 0,
            last: false,
            partial: Vec::new(),
            filled: 0,
            short_fragments: 0,
            begun: false,
            after_long: false,
            given: false,
        }
    }

    /// Takes the next record from the front of `input`, or all of `input` where it does not complete one.
    ///
    /// # Errors
    ///
    /// A limit is broken; the stream is of no use any more.
    #[inline]
    pub fn next<'r, 'i: 'r>(
        &'r mut self,
        input: &mut &'i [u8],
    ) -> Result<Option<&'r [u8]>, RecordError> {
        Ok(match self.find(input)? {
            Some(Found::Whole(record)) => Some(record),
            Some(Found::Assembled) => self.partial.get(..self.filled),
            None => None,
        })
    }

    /// The same for who wants to keep a record that had to be put together: [`take`](Self::take) it.
    ///
    /// # Errors
    ///
    /// A limit is broken; the stream is of no use any more.
    #[inline]
    pub fn find<'i>(&mut self, input: &mut &'i [u8]) -> Result<Option<Found<'i>>, RecordError> {
        if self.is_at_start() {
            if input.is_empty() {
                return Ok(None);
            }
            if let Some(record) = self.whole(input) {
                return Ok(Some(Found::Whole(record)));
            }
        }
        Ok(self.assemble(input)?.then_some(Found::Assembled))
    }

    /// What of `chunk` is to be read into next, where there is no [`room`](Self::room): only as much as a record's mark,
    /// where long ones come one behind the other. So the next can be read straight into its place, all of it.
    pub fn ahead<'c>(&self, chunk: &'c mut [u8]) -> &'c mut [u8] {
        let len = if self.after_long && self.is_at_start() { self.head.len() } else { chunk.len() };
        chunk.get_mut(..len).unwrap_or_default()
    }

    /// Room for what is missing of a long record, where it is worth being read straight into its place: at most as much
    /// as has arrived, or as the buffer has anyway. After [`fill`](Self::fill), [`next`](Self::next) may have a record,
    /// even without further input.
    pub fn room(&mut self) -> Option<&mut [u8]> {
        let spare = self.partial.capacity().saturating_sub(self.filled);
        let most = self.filled.max(spare);
        if self.given || self.missing < WORTH || most < WORTH {
            return None;
        }
        let end = self.filled.saturating_add(self.missing.min(most));
        if self.partial.len() < end {
            self.grow(end);
            self.partial.resize(end, 0);
        }
        self.partial.get_mut(self.filled..end)
    }

    /// Takes the first `count` bytes of the room as arrived.
    pub fn fill(&mut self, count: usize) {
        let count = count.min(self.missing).min(self.partial.len().saturating_sub(self.filled));
        self.filled = self.filled.saturating_add(count);
        self.missing = self.missing.saturating_sub(count);
    }

    /// Lends a buffer, whatever is in it, to a reader that has none. It spares one that starts with a long record the
    /// growing.
    pub fn lend(&mut self, buffer: &mut Vec<u8>) {
        if self.partial.capacity() == 0 {
            std::mem::swap(&mut self.partial, buffer);
        }
    }

    /// Between records, lets go of a long buffer: gives it to `buffer`, to be lent again, where it is longer than that.
    /// A record that was given out is gone then.
    pub fn reclaim(&mut self, buffer: &mut Vec<u8>) {
        if self.has_long() && self.is_at_start() {
            if self.partial.capacity() > buffer.capacity() {
                std::mem::swap(&mut self.partial, buffer);
            }
            self.forget();
        }
    }

    /// Whether it holds a buffer too long to be kept between records.
    #[inline]
    pub(crate) const fn has_long(&self) -> bool {
        self.partial.capacity() > KEEP
    }

    /// Takes the record that was found last, where it was put together; else nothing.
    pub fn take(&mut self) -> Vec<u8> {
        if !self.given {
            return Vec::new();
        }
        let mut record = std::mem::take(&mut self.partial);
        record.truncate(self.filled);
        self.forget();
        record
    }

    /// Whether no part of a record is held: between records, where a stream may end.
    #[must_use]
    pub const fn is_at_start(&self) -> bool {
        !self.begun
    }

    /// Whether a record is complete that [`find`](Self::find) has not seen since.
    #[inline]
    pub(crate) const fn has_whole(&self) -> bool {
        self.begun && self.last && self.missing == 0 && self.head_len == self.head.len()
    }

    /// The record at the front of `input`, where it is whole and of one fragment.
    #[inline]
    fn whole<'i>(&self, input: &mut &'i [u8]) -> Option<&'i [u8]> {
        let (head, rest) = input.split_first_chunk::<4>()?;
        let (len, last) = parse_header(*head);
        if !last || len > self.limits.max_record_bytes {
            return None;
        }
        let (record, rest) = rest.split_at_checked(len)?;
        *input = rest;
        Some(record)
    }

    /// Takes the bytes of records that are not whole; true once one is.
    fn assemble(&mut self, input: &mut &[u8]) -> Result<bool, RecordError> {
        if self.given {
            self.forget();
        }
        self.begun = true;
        loop {
            if self.head_len < self.head.len() && !self.take_header(input)? {
                return Ok(false);
            }
            self.take_body(input);
            if self.missing > 0 {
                return Ok(false);
            }
            self.head_len = 0;
            if self.last {
                (self.begun, self.given) = (false, true);
                self.after_long = self.filled > LONG;
                return Ok(true);
            }
        }
    }

    /// Takes what there is of a fragment's header; true once it is complete.
    fn take_header(&mut self, input: &mut &[u8]) -> Result<bool, RecordError> {
        while let (Some(place), Some((byte, rest))) =
            (self.head.get_mut(self.head_len), input.split_first())
        {
            *place = *byte;
            self.head_len = self.head_len.saturating_add(1);
            *input = rest;
        }
        if self.head_len < self.head.len() {
            return Ok(false);
        }
        let (len, last) = parse_header(self.head);
        if len > self.limits.max_record_bytes.saturating_sub(self.filled) {
            return Err(RecordError::TooLong);
        }
        // A record of one fragment may be as short as it likes.
        let is_whole = last && self.filled == 0 && self.short_fragments == 0;
        if len < SHORT && !is_whole {
            self.short_fragments = self.short_fragments.saturating_add(1);
            if self.short_fragments > self.limits.max_short_fragments {
                return Err(RecordError::TooManyFragments);
            }
        }
        (self.missing, self.last) = (len, last);
        Ok(true)
    }

    fn take_body(&mut self, input: &mut &[u8]) {
        let (body, rest) = input.split_at_checked(self.missing).unwrap_or((input, &[]));
        let end = self.filled.saturating_add(body.len());
        if let Some(place) = self.partial.get_mut(self.filled..end) {
            place.copy_from_slice(body);
        } else {
            self.partial.truncate(self.filled);
            self.grow(end);
            self.partial.extend_from_slice(body);
        }
        self.filled = end;
        self.missing = self.missing.saturating_sub(body.len());
        *input = rest;
    }

    /// Makes room for a record up to `end`: twice as much as there was, but never more than one may have.
    fn grow(&mut self, end: usize) {
        let capacity = self.partial.capacity();
        if end > capacity {
            let wanted = capacity.saturating_mul(2).min(self.limits.max_record_bytes).max(end);
            self.partial.reserve_exact(wanted.saturating_sub(self.partial.len()));
        }
    }

    /// Lets go of the record that was given out.
    fn forget(&mut self) {
        self.given = false;
        self.short_fragments = 0;
        self.filled = 0;
        if self.has_long() {
            self.partial = Vec::new();
        }
    }
}

/// A fragment's length, and whether it is the record's last.
#[inline]
const fn parse_header(head: [u8; 4]) -> (usize, bool) {
    let mark = u32::from_be_bytes(head);
    ((mark & !LAST) as usize, mark & LAST != 0)
}

/// The length of a record's mark, in bytes.
pub(crate) const MARK: usize = 4;

/// Appends a message as a record.
///
/// # Errors
///
/// It is longer than 31 bits can say; nothing is appended.
pub(crate) fn put_record(message: &[u8], out: &mut Vec<u8>) -> Result<(), RecordError> {
    out.extend_from_slice(&mark(message.len())?);
    out.extend_from_slice(message);
    Ok(())
}

/// Reserves the place of a record's mark at the end of `out`, and says where it is.
#[inline]
pub fn begin_record(out: &mut Vec<u8>) -> usize {
    let start = out.len();
    out.extend_from_slice(&[0; 4]);
    start
}

/// Writes the mark of the record that began at `start` and ends where `out` ends, as one last fragment.
///
/// # Errors
///
/// The record is longer than 31 bits can say.
#[inline]
pub fn end_record(out: &mut [u8], start: usize) -> Result<(), RecordError> {
    end_record_with(out, start, 0)
}

/// The same for a record that has `more` bytes, which lie elsewhere.
///
/// # Errors
///
/// The record is longer than 31 bits can say.
#[inline]
pub fn end_record_with(out: &mut [u8], start: usize, more: usize) -> Result<(), RecordError> {
    let record = out.get_mut(start..).and_then(<[u8]>::split_first_chunk_mut);
    let Some((place, body)) = record else { return Ok(()) };
    *place = mark(body.len().saturating_add(more))?;
    Ok(())
}

/// The mark of a record of one fragment.
#[inline]
fn mark(len: usize) -> Result<[u8; MARK], RecordError> {
    let len = u32::try_from(len).ok().filter(|len| len & LAST == 0);
    Ok((len.ok_or(RecordError::TooLong)? | LAST).to_be_bytes())
}
