//! The accounts' file: read with care, written in one step.

use std::{
    fmt,
    fs::{self, File, Metadata, OpenOptions},
    io::{self, Read, Write},
    os::unix::fs::{MetadataExt, OpenOptionsExt, fchown},
    path::{Path, PathBuf},
};

use rustix::{
    fs::{FlockOperation, OFlags, flock},
    io::Errno,
    process::geteuid,
};

use super::account::Account;

/// Bytes in the file; some 40,000 accounts.
const MAX_BYTES: u64 = 8 << 20;

/// What the file says, comments and empty lines in their places.
#[derive(Clone, Debug, Default)]
pub struct Accounts {
    lines: Vec<Line>,
    /// By name, the line.
    index: std::collections::HashMap<String, usize>,
}

#[derive(Clone, Debug)]
enum Line {
    Account(Box<Account>),
    /// A comment or an empty line.
    Text(String),
    Removed,
}

/// Which file was read, in which state: it differs once the file is replaced or changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Identity {
    device: u64,
    inode: u64,
    len: u64,
    modified: (i64, i64),
    changed: (i64, i64),
}

/// What is wrong with the file, and what helps.
#[derive(Debug)]
pub struct FileError {
    path: PathBuf,
    what: What,
}

#[derive(Debug)]
enum What {
    Io(&'static str, io::Error),
    Missing,
    Symlink,
    NotAFile,
    TooOpen(u32),
    OpenDirectory(PathBuf),
    TooLarge(u64),
    Line(usize, String),
    Changed,
}

impl FileError {
    fn new(path: &Path, what: What) -> Self {
        Self { path: path.into(), what }
    }

    fn io(path: &Path, doing: &'static str) -> impl FnOnce(io::Error) -> Self {
        move |error| match error.kind() {
            io::ErrorKind::NotFound => Self::new(path, What::Missing),
            io::ErrorKind::AlreadyExists => Self::new(path, What::Changed),
            _ if Errno::from_io_error(&error) == Some(Errno::LOOP) => {
                Self::new(path, What::Symlink)
            }
            _ => Self::new(path, What::Io(doing, error)),
        }
    }

    /// There is no such file.
    pub fn is_missing(&self) -> bool {
        matches!(self.what, What::Missing)
    }
}

impl fmt::Display for FileError {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path.display();
        match &self.what {
            What::Io(doing, error) => write!(to, "{path}: could not {doing}: {error}"),
            What::Missing => write!(
                to,
                "{path}: no such file; `services passcheck add NAME --passwords {path}` makes one in a \
                 directory that exists"
            ),
            What::Symlink => write!(
                to,
                "{path} is a symbolic link, which could lead the passwords astray; name the file itself"
            ),
            What::NotAFile => write!(to, "{path} is no regular file"),
            What::TooOpen(mode) => write!(
                to,
                "{path} is open to other users (mode {:04o}); close it: chmod 600 {path}",
                mode & 0o7777
            ),
            What::OpenDirectory(directory) => write!(
                to,
                "{path}: anyone may put files of their own into {0}; close it (chmod o-w {0}) or choose \
                 another directory",
                directory.display()
            ),
            What::TooLarge(len) => {
                write!(to, "{path} has {len} bytes; at most {MAX_BYTES} are read")
            }
            What::Line(number, what) => write!(to, "{path}, line {number}: {what}"),
            What::Changed => write!(
                to,
                "{path} was changed by someone else at the same moment; nothing was written, try again"
            ),
        }
    }
}

/// Without a source: the text says it already.
impl std::error::Error for FileError {}

impl Identity {
    /// The state of the file at this path now; None where there is none.
    pub fn of(path: &Path) -> Option<Self> {
        fs::symlink_metadata(path).ok().as_ref().map(Self::from)
    }
}

impl From<&Metadata> for Identity {
    fn from(metadata: &Metadata) -> Self {
        Self {
            device: metadata.dev(),
            inode: metadata.ino(),
            len: metadata.len(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
        }
    }
}

impl Accounts {
    /// Reads the file. Refused are a symbolic link, anything that is no regular file, a file open to
    /// others, one where others may have put it, and a line that can't be understood.
    pub fn read(path: &Path) -> Result<(Self, Identity), FileError> {
        // In one step: what is looked at is what is read, even while another file takes its place.
        let mut options = OpenOptions::new();
        options.read(true).custom_flags((OFlags::NOFOLLOW | OFlags::NONBLOCK).bits().cast_signed());
        let file = options.open(path).map_err(FileError::io(path, "open it"))?;
        let opened = file.metadata().map_err(FileError::io(path, "look at it"))?;
        refuse_special(path, &opened)?;
        refuse_open_directory(path, Some(&opened))?;
        let mut text = String::new();
        file.take(MAX_BYTES)
            .read_to_string(&mut text)
            .map_err(FileError::io(path, "read it as UTF-8 text"))?;
        Ok((Self::parse(path, &text)?, Identity::from(&opened)))
    }

    fn parse(path: &Path, text: &str) -> Result<Self, FileError> {
        let mut accounts = Self::default();
        for (number, line) in (1..).zip(text.lines()) {
            let bad = |what: String| FileError::new(path, What::Line(number, what));
            if line.trim().is_empty() || line.starts_with('#') {
                accounts.lines.push(Line::Text(line.into()));
                continue;
            }
            let account: Account = line.parse().map_err(|error| bad(format!("{error}")))?;
            if accounts.get(account.name()).is_some() {
                return Err(bad(format!("there is an account {:?} above", account.name())));
            }
            accounts.put(account);
        }
        Ok(accounts)
    }

    /// The account of this name.
    pub fn get(&self, name: &str) -> Option<&Account> {
        match self.lines.get(*self.index.get(name)?)? {
            Line::Account(account) => Some(account),
            Line::Text(_) | Line::Removed => None,
        }
    }

    /// How many accounts there are.
    pub fn len(&self) -> usize {
        self.index.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.index.is_empty()
    }

    /// Adds the account, or puts it in the place of the one with its name; whether there was one.
    pub fn put(&mut self, account: Account) -> bool {
        if let Some(place) = self.index.get(account.name()).and_then(|at| self.lines.get_mut(*at)) {
            *place = Line::Account(account.into());
            return true;
        }
        self.index.insert(account.name().into(), self.lines.len());
        self.lines.push(Line::Account(account.into()));
        false
    }

    /// Removes the account; whether there was one.
    pub fn remove(&mut self, name: &str) -> bool {
        let Some(at) = self.index.remove(name) else { return false };
        if let Some(line) = self.lines.get_mut(at) {
            *line = Line::Removed;
        }
        true
    }

    /// Locks or unlocks the account; whether there is one.
    pub fn set_locked(&mut self, name: &str, locked: bool) -> bool {
        let line = self.index.get(name).and_then(|at| self.lines.get_mut(*at));
        let Some(Line::Account(account)) = line else { return false };
        account.locked = locked;
        true
    }

    /// Writes the file in one step: whoever reads sees the old or the new, and after a crash too.
    ///
    /// `read` is the state that these accounts were read from, None where there was no file: when the
    /// file has changed since, nothing is written. It stays its owner's, whoever writes it.
    pub fn write(&self, path: &Path, read: Option<Identity>) -> Result<(), FileError> {
        let present = fs::symlink_metadata(path).ok();
        if let Some(present) = &present {
            refuse_special(path, present)?;
        }
        refuse_open_directory(path, present.as_ref())?;
        let directory = directory_of(path);
        // Created with mode 0600, under a name that can't be foreseen.
        let mut file = tempfile::NamedTempFile::new_in(directory)
            .map_err(FileError::io(path, "make a file beside it"))?;
        file.write_all(self.text().as_bytes())
            .and_then(|()| present.map_or(Ok(()), |present| keep_owner(&present, file.as_file())))
            .and_then(|()| file.as_file().sync_all())
            .map_err(FileError::io(path, "write a file beside it"))?;
        let replaced = match read {
            Some(read) => {
                let _claim = claim(path, read)?;
                file.persist(path)
            }
            None => file.persist_noclobber(path),
        };
        replaced.map_err(|error| FileError::io(path, "replace it")(error.error))?;
        // The rename itself lasts once the directory is on the disk.
        File::open(directory)
            .and_then(|directory| directory.sync_all())
            .map_err(FileError::io(path, "bring its directory to the disk"))
    }

    fn text(&self) -> String {
        let mut text = String::new();
        for line in &self.lines {
            match line {
                Line::Account(account) => text.push_str(&account.to_string()),
                Line::Text(other) => text.push_str(other),
                Line::Removed => continue,
            }
            text.push('\n');
        }
        text
    }
}

fn directory_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

fn refuse_special(path: &Path, metadata: &Metadata) -> Result<(), FileError> {
    let what = if metadata.file_type().is_symlink() {
        What::Symlink
    } else if !metadata.is_file() {
        What::NotAFile
    } else if metadata.mode() & 0o077 != 0 {
        What::TooOpen(metadata.mode())
    } else if metadata.len() > MAX_BYTES {
        What::TooLarge(metadata.len())
    } else {
        return Ok(());
    };
    Err(FileError::new(path, what))
}

/// In a directory that anyone may write to, anyone may put a file of their own in this one's place; where
/// the sticky bit is set, as on /tmp, only before there is one.
fn refuse_open_directory(path: &Path, file: Option<&Metadata>) -> Result<(), FileError> {
    let directory = directory_of(path);
    let mode =
        fs::metadata(directory).map_err(FileError::io(path, "look at its directory"))?.mode();
    let is_ours = file.is_none_or(|file| [0, geteuid().as_raw()].contains(&file.uid()));
    let is_sticky = mode & 0o1000 != 0;
    if mode & 0o0002 == 0 || (is_sticky && is_ours) {
        return Ok(());
    }
    Err(FileError::new(path, What::OpenDirectory(directory.into())))
}

/// Root may write what is another user's, who has to be able to read it afterwards.
fn keep_owner(old: &Metadata, new: &File) -> io::Result<()> {
    if old.uid() == new.metadata()?.uid() {
        return Ok(());
    }
    fchown(new, Some(old.uid()), Some(old.gid()))
}

/// Keeps the file that was read as it is, until this is dropped: of two who would replace it at the same
/// moment, one does.
fn claim(path: &Path, read: Identity) -> Result<File, FileError> {
    let is_free = |file: &File| flock(file, FlockOperation::NonBlockingLockExclusive).is_ok();
    let claimed = File::open(path).ok().filter(is_free);
    claimed
        .filter(|_| Identity::of(path) == Some(read))
        .ok_or_else(|| FileError::new(path, What::Changed))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;
    use crate::passcheck::hash::{CHEAP, Hasher};

    fn account(name: &str) -> Account {
        let hash = Hasher::new(CHEAP).and_then(|hasher| hasher.hash("x")).expect("a hash");
        Account::new(name, hash).expect("an account")
    }

    fn write(path: &Path, text: &str, mode: u32) {
        fs::write(path, text).expect("written");
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("its mode set");
    }

    fn refusal(path: &Path) -> String {
        let error = Accounts::read(path).expect_err("a refusal").to_string();
        error.replace(&path.display().to_string(), "FILE")
    }

    #[test]
    fn writes_a_private_file_and_reads_it() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("passwords");
        let mut accounts = Accounts::default();
        assert!(!accounts.put(account("alice")));
        assert!(accounts.put(account("alice")), "the second replaces the first");
        accounts.write(&path, None).expect("written");
        assert_eq!(fs::metadata(&path).expect("it").mode() & 0o777, 0o600);
        let (read, identity) = Accounts::read(&path).expect("read");
        assert_eq!(read.get("alice"), accounts.get("alice"));
        assert_eq!((read.len(), Some(identity)), (1, Identity::of(&path)));
        assert_eq!(fs::read_dir(&directory).expect("it").count(), 1, "nothing is left beside it");
    }

    #[test]
    fn keeps_comments_and_order() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("passwords");
        let (one, two) = (account("one"), account("two"));
        write(&path, &format!("# who may\n{one}\n\n{two}\n"), 0o600);
        let (mut accounts, identity) = Accounts::read(&path).expect("read");
        assert!(accounts.remove("one"));
        assert!(!accounts.remove("one"));
        assert!(accounts.set_locked("two", true));
        assert!(!accounts.set_locked("one", true));
        accounts.write(&path, Some(identity)).expect("written");
        let text = fs::read_to_string(&path).expect("read");
        assert_eq!(text, format!("# who may\n\ntwo:!{}\n", two.hash));
    }

    #[test]
    fn refuses_what_is_not_private_or_not_a_file() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("passwords");
        assert!(Accounts::read(&path).expect_err("missing").is_missing());
        write(&path, "", 0o644);
        assert_eq!(
            refusal(&path),
            "FILE is open to other users (mode 0644); close it: chmod 600 FILE"
        );
        let link = directory.path().join("link");
        symlink(&path, &link).expect("a link");
        assert!(refusal(&link).starts_with("FILE is a symbolic link"));
        let error = Accounts::default().write(&link, None).expect_err("a refusal").to_string();
        assert!(error.contains("symbolic link"), "{error}");
        assert_eq!(refusal(directory.path()), "FILE is no regular file");
    }

    #[test]
    fn refuses_a_directory_that_anyone_may_write_to() {
        let directory = tempfile::tempdir().expect("a directory");
        fs::set_permissions(&directory, fs::Permissions::from_mode(0o777)).expect("its mode set");
        let error = Accounts::default().write(&directory.path().join("passwords"), None);
        assert!(error.expect_err("a refusal").to_string().contains("anyone may put files"));
    }

    #[test]
    fn errors_name_file_and_line() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("passwords");
        let good = account("alice");
        for (text, expected) in [
            (format!("{good}\nbob\n"), "FILE, line 2: expected NAME:HASH, found no colon"),
            (format!("#\n{good}\n{good}\n"), "FILE, line 3: there is an account \"alice\" above"),
            ("bob:secret".into(), "FILE, line 1: the hash is no PHC string"),
        ] {
            write(&path, &text, 0o600);
            assert!(refusal(&path).starts_with(expected), "{}", refusal(&path));
        }
        fs::write(&path, b"\xff\xfe").expect("written");
        assert!(refusal(&path).starts_with("FILE: could not read it as UTF-8 text"));
    }

    #[test]
    fn does_not_overwrite_what_it_has_not_read() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("passwords");
        write(&path, &account("alice").to_string(), 0o600);
        let error = Accounts::default().write(&path, None).expect_err("a refusal").to_string();
        assert!(error.contains("changed by someone else"), "{error}");
        let (_, identity) = Accounts::read(&path).expect("read");
        write(&path, &account("bob").to_string(), 0o600);
        assert!(Accounts::default().write(&path, Some(identity)).is_err());
        assert_eq!(Accounts::read(&path).expect("read").0.len(), 1);
    }

    #[test]
    fn of_two_writers_none_undoes_what_the_other_did() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("passwords");
        let seed = account("seed");
        let read = || match Accounts::read(&path) {
            Ok((accounts, identity)) => (accounts, Some(identity)),
            Err(error) => {
                assert!(error.is_missing(), "{error}");
                (Accounts::default(), None)
            }
        };
        let add = |name: &str| loop {
            let (mut accounts, identity) = read();
            accounts.put(Account::new(name, seed.hash.clone()).expect("an account"));
            match accounts.write(&path, identity) {
                Ok(()) => break,
                Err(error) => assert!(matches!(error.what, What::Changed), "{error}"),
            }
        };
        std::thread::scope(|scope| {
            for writer in 0..4 {
                let add = &add;
                scope.spawn(move || (0..25).for_each(|number| add(&format!("{writer}-{number}"))));
            }
        });
        assert_eq!(read().0.len(), 100);
    }

    #[test]
    fn stays_its_owners_and_is_no_strangers() {
        if !geteuid().is_root() {
            eprintln!("left out: only root writes another user's file");
            return;
        }
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("passwords");
        write(&path, &account("alice").to_string(), 0o600);
        std::os::unix::fs::chown(&path, Some(12_345), Some(12_346)).expect("given away");
        let (accounts, identity) = Accounts::read(&path).expect("read");
        accounts.write(&path, Some(identity)).expect("written");
        let metadata = fs::metadata(&path).expect("it");
        assert_eq!((metadata.uid(), metadata.gid()), (12_345, 12_346));
        // Where anyone could have made it first, as in /tmp.
        fs::set_permissions(&directory, fs::Permissions::from_mode(0o1777)).expect("its mode set");
        assert!(refusal(&path).starts_with("FILE: anyone may put files"), "{}", refusal(&path));
        std::os::unix::fs::chown(&path, Some(0), None).expect("taken back");
        Accounts::read(&path).expect("root's own");
    }
}
