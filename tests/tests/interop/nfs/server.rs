//! A file system of one folder, to be read.

use sunrpc::server::{Call, Fault};

use super::interface::{
    Access3args, Access3res, Access3resok, Diropargs3, Entryplus3, Exportnode, Fattr3, Fsinfo3res,
    Fsinfo3resok, Ftype3, Getattr3res, Lookup3res, Lookup3resok, MountV3, Mountres3, Mountres3Ok,
    Mountstat3, NfsFh3, NfsV3, Nfsstat3, Nfstime3, Read3args, Read3res, Read3resok,
    Readdirplus3args, Readdirplus3res, Readdirplus3resok, Specdata3,
};

/// What is exported.
const PATH: &str = "/export";
/// The most that is read in one call.
const READ: u32 = 256 << 10;
/// The file number of the folder; its files have the numbers behind.
const FOLDER: usize = 1;
/// Entries told in one call: few, so that a folder takes several.
const ENTRIES: usize = 3;

/// Files, by name.
#[derive(Clone)]
pub(super) struct Files(pub(super) Vec<(String, Vec<u8>)>);

/// What a handle stands for.
enum Node<'a> {
    Folder,
    File(&'a [u8]),
}

impl Files {
    /// The number that a handle holds, and what it stands for.
    fn find(&self, handle: &NfsFh3) -> Result<(usize, Node<'_>), Nfsstat3> {
        let number = match handle.data[..] {
            [number] => usize::from(number),
            _ => return Err(Nfsstat3::Nfs3ErrStale),
        };
        if number == FOLDER {
            return Ok((number, Node::Folder));
        }
        let file = number.checked_sub(FOLDER + 1).and_then(|place| self.0.get(place));
        file.map(|file| (number, Node::File(&file.1))).ok_or(Nfsstat3::Nfs3ErrStale)
    }

    fn attributes(&self, number: usize) -> Option<Fattr3> {
        let (number, node) = self.find(&handle(number)).ok()?;
        let (r#type, mode, size) = match node {
            Node::Folder => (Ftype3::Nf3Dir, 0o755, 4096),
            Node::File(bytes) => (Ftype3::Nf3Reg, 0o644, bytes.len() as u64),
        };
        let time = Nfstime3 { seconds: 1_000_000_000, nseconds: 0 };
        Some(Fattr3 {
            r#type,
            mode,
            nlink: 1,
            uid: 4711,
            gid: 4712,
            size,
            used: size,
            rdev: Specdata3 { specdata1: 0, specdata2: 0 },
            fsid: 1,
            fileid: number as u64,
            atime: time,
            mtime: time,
            ctime: time,
        })
    }

    fn entry(&self, place: usize) -> Option<Entryplus3> {
        let number = FOLDER + 1 + place;
        Some(Entryplus3 {
            fileid: number as u64,
            name: self.0.get(place)?.0.clone(),
            cookie: place as u64 + 1,
            name_attributes: self.attributes(number),
            name_handle: Some(handle(number)),
        })
    }
}

fn handle(number: usize) -> NfsFh3 {
    NfsFh3 { data: vec![u8::try_from(number).expect("few files")] }
}

impl MountV3 for Files {
    fn mnt(&self, _: &Call<'_>, path: String) -> Result<Mountres3, Fault> {
        Ok(if path == PATH {
            let ok = Mountres3Ok { fhandle: handle(FOLDER).data, auth_flavors: vec![1] };
            Mountres3::Mnt3Ok(ok)
        } else {
            Mountres3::Default(Mountstat3::Mnt3ErrNoent)
        })
    }

    fn export(&self, _: &Call<'_>) -> Result<Vec<Exportnode>, Fault> {
        Ok(vec![Exportnode { ex_dir: PATH.to_owned(), ex_groups: Vec::new() }])
    }

    fn umnt(&self, _: &Call<'_>, _path: String) -> Result<(), Fault> {
        Ok(())
    }
}

impl NfsV3 for Files {
    fn getattr(&self, _: &Call<'_>, object: NfsFh3) -> Result<Getattr3res, Fault> {
        let found = self.find(&object).ok().and_then(|(number, _)| self.attributes(number));
        Ok(found.map_or(Getattr3res::Default(Nfsstat3::Nfs3ErrStale), Getattr3res::Nfs3Ok))
    }

    fn lookup(&self, _: &Call<'_>, what: Diropargs3) -> Result<Lookup3res, Fault> {
        let dir_attributes = self.attributes(FOLDER);
        let Some(place) = self.0.iter().position(|file| file.0 == what.name) else {
            return Ok(Lookup3res::Default(Nfsstat3::Nfs3ErrNoent, dir_attributes));
        };
        let number = FOLDER + 1 + place;
        let obj_attributes = self.attributes(number);
        let object = handle(number);
        Ok(Lookup3res::Nfs3Ok(Lookup3resok { object, obj_attributes, dir_attributes }))
    }

    fn access(&self, _: &Call<'_>, args: Access3args) -> Result<Access3res, Fault> {
        Ok(match self.find(&args.object) {
            Ok((number, _)) => {
                let obj_attributes = self.attributes(number);
                Access3res::Nfs3Ok(Access3resok { obj_attributes, access: args.access })
            }
            Err(status) => Access3res::Default(status, None),
        })
    }

    fn read(&self, _: &Call<'_>, args: Read3args) -> Result<Read3res, Fault> {
        let bytes = match self.find(&args.file) {
            Ok((_, Node::File(bytes))) => bytes,
            Ok((_, Node::Folder)) => return Ok(Read3res::Default(Nfsstat3::Nfs3ErrIsdir, None)),
            Err(status) => return Ok(Read3res::Default(status, None)),
        };
        let offset = usize::try_from(args.offset).unwrap_or(usize::MAX).min(bytes.len());
        let rest = &bytes[offset..];
        let data = rest[..rest.len().min(args.count.min(READ) as usize)].to_vec();
        let count = u32::try_from(data.len()).unwrap_or(u32::MAX);
        let eof = data.len() == rest.len();
        Ok(Read3res::Nfs3Ok(Read3resok { file_attributes: None, count, eof, data }))
    }

    fn readdirplus(&self, _: &Call<'_>, args: Readdirplus3args) -> Result<Readdirplus3res, Fault> {
        if !matches!(self.find(&args.dir), Ok((_, Node::Folder))) {
            return Ok(Readdirplus3res::Default(Nfsstat3::Nfs3ErrNotdir, None));
        }
        let first = usize::try_from(args.cookie).unwrap_or(usize::MAX);
        let entries: Vec<Entryplus3> =
            (first..).map_while(|place| self.entry(place)).take(ENTRIES).collect();
        Ok(Readdirplus3res::Nfs3Ok(Readdirplus3resok {
            dir_attributes: self.attributes(FOLDER),
            cookieverf: [0; 8],
            eof: first.saturating_add(entries.len()) >= self.0.len(),
            entries,
        }))
    }

    fn fsinfo(&self, _: &Call<'_>, _root: NfsFh3) -> Result<Fsinfo3res, Fault> {
        Ok(Fsinfo3res::Nfs3Ok(Fsinfo3resok {
            obj_attributes: None,
            rtmax: READ,
            rtpref: READ,
            rtmult: 1,
            // Who says that nothing is to be written is not mounted.
            wtmax: READ,
            wtpref: READ,
            wtmult: 1,
            dtpref: 4096,
            maxfilesize: u64::MAX,
            time_delta: Nfstime3 { seconds: 1, nseconds: 0 },
            properties: 0,
        }))
    }
}
