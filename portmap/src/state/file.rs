//! Reading and replacing the file.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read as _, Write as _},
    os::unix::fs::{MetadataExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
    sync::OnceLock,
};

use rustix::{
    fs::{FlockOperation, OFlags, flock},
    io::Errno,
    process::geteuid,
};

use super::{Keep, Kept, text};

/// Where Linux says which boot this is.
const BOOT_ID: &str = "/proc/sys/kernel/random/boot_id";
/// Only the portmapper itself reads and writes it.
const MODE: u32 = 0o600;
/// What others may not have been allowed to do to it: write.
const WRITABLE_BY_OTHERS: u32 = 0o022;

/// Opens neither what a link leads to, nor waits for a pipe's other end.
const DIRECT: i32 = OFlags::NOFOLLOW.union(OFlags::NONBLOCK).bits().cast_signed();

/// A file that keeps registrations.
#[derive(Debug)]
pub(crate) struct StateFile {
    path: PathBuf,
    boot: String,
    /// Locked: of two portmappers, each would save it without what the other has registered.
    lock: OnceLock<File>,
}

impl StateFile {
    /// Nothing is read or written yet.
    pub(crate) fn new(path: PathBuf) -> Self {
        let boot = fs::read_to_string(BOOT_ID).unwrap_or_else(|error| {
            tracing::warn!(%error, "cannot read {BOOT_ID}: registrations of an earlier boot will not be told apart");
            String::new()
        });
        Self { path, boot: boot.trim().to_owned(), lock: OnceLock::new() }
    }

    /// What the file says. Where it cannot be trusted, it is set aside with a warning, and there is nothing.
    ///
    /// # Errors
    ///
    /// It cannot be trusted, and cannot be set aside either; or the system is out of what reading it takes.
    pub(crate) fn load(&self, max_registrations: usize) -> io::Result<Vec<Kept>> {
        let untrusted = match self.read(max_registrations) {
            Ok(None) => return Ok(Vec::new()),
            Ok(Some(bytes)) => match text::read(&bytes) {
                Ok(state) if state.boot == self.boot => return Ok(state.registrations),
                Ok(_) => {
                    tracing::info!(path = %self.path.display(), "registrations of an earlier boot are forgotten");
                    return Ok(Vec::new());
                }
                Err(why) => why.to_owned(),
            },
            Err(error) if is_about_the_system(&error) => return Err(error),
            Err(error) => error.to_string(),
        };
        self.set_aside(&untrusted)?;
        Ok(Vec::new())
    }

    /// Makes sure that it can be saved, and is saved by nobody else, before anybody counts on it.
    ///
    /// # Errors
    ///
    /// It is no file, none can be made in its directory, or another portmapper has made sure before.
    pub(crate) fn check(&self) -> io::Result<()> {
        self.refuse_special()?;
        let _ = self.lock.set(self.take_lock()?);
        let made = self.create().and_then(|_| fs::remove_file(self.beside("new")));
        made.map_err(|error| self.unwritable(error))
    }

    /// Replaces what the file says. When this returns, it is on the disk; where it fails, the file is as it was.
    ///
    /// # Errors
    ///
    /// The system's.
    pub(crate) fn save<'r>(&self, registrations: impl Iterator<Item = Keep<'r>>) -> io::Result<()> {
        let text = text::write(&self.boot, registrations);
        // Opened before anything has changed: it may not be possible.
        let directory = File::open(self.directory())?;
        let mut file = self.create()?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(self.beside("new"), &self.path)?;
        // The new name is on the disk when the directory is.
        directory.sync_all()
    }

    /// Locks a file beside it, since it is itself another one after each change.
    fn take_lock(&self) -> io::Result<File> {
        let beside = self.beside("lock");
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(false).mode(MODE).custom_flags(DIRECT);
        let lock = options.open(&beside).map_err(|error| match fs::symlink_metadata(&beside) {
            Ok(found) if found.uid() != geteuid().as_raw() => io::Error::new(
                error.kind(),
                format!(
                    "{} belongs to another user ({error}): remove it, once no portmapper of his runs",
                    beside.display()
                ),
            ),
            _ => self.unwritable(error),
        })?;
        flock(&lock, FlockOperation::NonBlockingLockExclusive).map_err(|error| {
            let path = self.path.display();
            io::Error::other(format!("another portmapper has the state file {path} ({error})"))
        })?;
        Ok(lock)
    }

    fn unwritable(&self, error: io::Error) -> io::Error {
        let (path, directory) = (self.path.display(), self.directory().display());
        let message = format!(
            "the state file {path} cannot be written: {error}; the directory {directory} has to be there, and the \
             portmapper's user has to be allowed to make files in it"
        );
        io::Error::new(error.kind(), message)
    }

    /// The file that is to take its place, empty.
    fn create(&self) -> io::Result<File> {
        let new = self.beside("new");
        // One that a killed process left behind.
        match fs::remove_file(&new) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        OpenOptions::new().write(true).create_new(true).mode(MODE).open(&new)
    }

    /// A directory or a device was named by mistake: setting that aside would do harm.
    fn refuse_special(&self) -> io::Result<()> {
        match fs::symlink_metadata(&self.path).map(|metadata| metadata.file_type()) {
            Ok(found) if !found.is_file() && !found.is_symlink() => Err(io::Error::other(format!(
                "the state file {} is no file; name one, or a path where nothing is yet",
                self.path.display()
            ))),
            _ => Ok(()),
        }
    }

    /// The bytes of the file; `None` where there is none.
    fn read(&self, max_registrations: usize) -> io::Result<Option<Vec<u8>>> {
        let file = match open(&self.path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let metadata = file.metadata()?;
        let me = geteuid().as_raw();
        let wrong = if !metadata.is_file() {
            Some("it is no file")
        } else if metadata.uid() != me && metadata.uid() != 0 {
            Some("it belongs to somebody else")
        } else if metadata.mode() & WRITABLE_BY_OTHERS != 0 {
            Some("others may write to it")
        } else {
            None
        };
        if let Some(wrong) = wrong {
            return Err(io::Error::other(wrong));
        }
        let most = u64::try_from(text::max_len(max_registrations)).unwrap_or(u64::MAX);
        let mut bytes = Vec::new();
        file.take(most.saturating_add(1)).read_to_end(&mut bytes)?;
        if u64::try_from(bytes.len()).is_ok_and(|len| len > most) {
            return Err(io::Error::other("it is too long"));
        }
        Ok(Some(bytes))
    }

    fn set_aside(&self, why: &str) -> io::Result<()> {
        let aside = self.beside("bad");
        fs::rename(&self.path, &aside).map_err(|error| {
            let path = self.path.display();
            let message = format!(
                "the state file {path} is not trusted ({why}), and cannot be set aside: {error}"
            );
            io::Error::new(error.kind(), message)
        })?;
        tracing::warn!(
            path = %self.path.display(),
            aside = %aside.display(),
            "the state file is not trusted ({why}); it is set aside, and no registration is taken over"
        );
        Ok(())
    }

    /// A file in the same directory.
    fn beside(&self, suffix: &str) -> PathBuf {
        let mut name = self.path.clone().into_os_string();
        name.push(".");
        name.push(suffix);
        name.into()
    }

    fn directory(&self) -> &Path {
        match self.path.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        }
    }
}

impl Drop for StateFile {
    /// Closing it is not enough: a process that was forked a moment ago has it open too, until it is another program.
    fn drop(&mut self) {
        if let Some(lock) = self.lock.get() {
            let _ = flock(lock, FlockOperation::Unlock);
        }
    }
}

/// Whether an error says nothing of the file: the system has no descriptor left, or no memory.
fn is_about_the_system(error: &io::Error) -> bool {
    matches!(Errno::from_io_error(error), Some(Errno::MFILE | Errno::NFILE | Errno::NOMEM))
}

/// Opens without following a link, and without waiting where it is a pipe.
fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).custom_flags(DIRECT).open(path)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use super::*;
    use crate::{Netid, Owner, Registration, Uaddr};

    fn one() -> Kept {
        let registration = Registration {
            program: 0x2000_0001,
            version: 1,
            netid: Netid::Tcp,
            addr: Uaddr::parse(Netid::Tcp, "0.0.0.0.16.1").unwrap(),
            owner: Owner::User(1000),
        };
        (registration, "4711.5".parse().ok())
    }

    fn keep(kept: &[Kept]) -> impl Iterator<Item = Keep<'_>> {
        kept.iter().map(|(registration, process)| (registration, *process))
    }

    fn in_new_directory() -> (tempfile::TempDir, StateFile) {
        let directory = tempfile::tempdir().unwrap();
        let file = StateFile::new(directory.path().join("state"));
        (directory, file)
    }

    fn aside(file: &StateFile) -> bool {
        file.beside("bad").symlink_metadata().is_ok()
    }

    #[test]
    fn what_is_saved_is_loaded() {
        let (_directory, file) = in_new_directory();
        assert_eq!(file.load(10).unwrap(), []);
        fs::write(file.beside("new"), "left behind by one who was killed").unwrap();
        file.save(keep(&[one()])).unwrap();
        assert_eq!(file.load(10).unwrap(), [one()]);
        assert_eq!(file.path.metadata().unwrap().permissions().mode() & 0o777, MODE);
        assert!(!aside(&file));
    }

    #[test]
    fn two_do_not_have_one_file() {
        let (_directory, first) = in_new_directory();
        let second = StateFile::new(first.path.clone());
        first.check().unwrap();
        let told = second.check().unwrap_err().to_string();
        let path = first.path.display();
        assert!(
            told.starts_with(&format!("another portmapper has the state file {path}")),
            "{told}"
        );
        // As a process has it that was forked now.
        let _forked = first.lock.get().unwrap().try_clone().unwrap();
        drop(first);
        second.check().unwrap();
    }

    #[test]
    fn what_an_earlier_boot_registered_is_forgotten() {
        let (_directory, mut file) = in_new_directory();
        file.boot = "earlier".to_owned();
        file.save(keep(&[one()])).unwrap();
        file.boot = "now".to_owned();
        assert_eq!(file.load(10).unwrap(), []);
        assert!(!aside(&file), "there is nothing wrong with it");
    }

    #[test]
    fn what_cannot_be_trusted_is_set_aside() {
        let random: Vec<u8> =
            (0..4096_u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
        let whole = text::write(&StateFile::new(PathBuf::new()).boot, keep(&[one()]));
        let truncated = &whole.as_bytes()[..whole.len() - 1];
        for bytes in [&random[..], b"", truncated] {
            let (_directory, file) = in_new_directory();
            fs::write(&file.path, bytes).unwrap();
            assert_eq!(file.load(10).unwrap(), []);
            assert_eq!(fs::read(file.beside("bad")).unwrap(), bytes, "it is kept");
            file.save(keep(&[one()])).unwrap();
            assert_eq!(file.load(10).unwrap(), [one()]);
        }
    }

    #[test]
    fn a_file_longer_than_it_can_be_is_not_read() {
        let (_directory, file) = in_new_directory();
        fs::write(&file.path, vec![b'x'; text::max_len(10) + 1]).unwrap();
        assert_eq!(file.load(10).unwrap(), []);
        assert!(aside(&file));
    }

    #[test]
    fn a_link_is_not_followed_and_its_target_is_not_touched() {
        let (directory, file) = in_new_directory();
        let target = directory.path().join("target");
        let genuine = StateFile::new(target.clone());
        genuine.save(keep(&[one()])).unwrap();
        let before = fs::read(&target).unwrap();
        symlink(&target, &file.path).unwrap();
        assert_eq!(file.load(10).unwrap(), []);
        assert!(aside(&file));
        symlink(&target, &file.path).unwrap();
        symlink(&target, file.beside("new")).unwrap();
        file.save(keep(&[])).unwrap();
        assert!(!file.path.symlink_metadata().unwrap().is_symlink());
        assert_eq!(fs::read(&target).unwrap(), before);
    }

    #[test]
    fn a_file_that_others_may_write_or_own_is_not_trusted() {
        let (_directory, file) = in_new_directory();
        file.save(keep(&[one()])).unwrap();
        fs::set_permissions(&file.path, fs::Permissions::from_mode(0o666)).unwrap();
        assert_eq!(file.load(10).unwrap(), []);
        assert!(aside(&file));
        if geteuid().is_root() {
            file.save(keep(&[one()])).unwrap();
            std::os::unix::fs::chown(&file.path, Some(12345), None).unwrap();
            assert_eq!(file.load(10).unwrap(), []);
        }
    }

    #[test]
    fn neither_a_pipe_nor_a_directory_is_waited_for() {
        let (_directory, file) = in_new_directory();
        fs::create_dir(&file.path).unwrap();
        assert_eq!(file.load(10).unwrap(), []);
        assert!(aside(&file));
        fs::remove_dir(file.beside("bad")).unwrap();
        let made = std::process::Command::new("mkfifo").arg(&file.path).status().unwrap();
        assert!(made.success());
        let (done, loaded) = std::sync::mpsc::channel();
        std::thread::spawn(move || done.send((file.load(10).unwrap(), aside(&file))));
        let patience = std::time::Duration::from_secs(20);
        assert_eq!(loaded.recv_timeout(patience), Ok((vec![], true)));
    }

    /// Named by a slip, `/dev/null` or `/var/lib` would be missed.
    #[test]
    fn what_is_no_file_at_the_start_stays_where_it_is() {
        let (directory, file) = in_new_directory();
        fs::create_dir(&file.path).unwrap();
        let told = file.check().unwrap_err().to_string();
        assert!(told.contains("/state is no file; name one"), "{told}");
        assert_eq!(fs::read_dir(&directory).unwrap().count(), 1);
    }

    #[test]
    fn what_cannot_be_set_aside_is_told_with_its_path() {
        let (_directory, file) = in_new_directory();
        fs::write(&file.path, "nonsense").unwrap();
        // A file does not take a directory's place.
        fs::create_dir(file.beside("bad")).unwrap();
        let told = file.load(10).unwrap_err().to_string();
        let path = file.path.display();
        assert!(told.starts_with(&format!("the state file {path} is not trusted (")), "{told}");
    }
}
