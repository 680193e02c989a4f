//! Writes the seeds of every target to where cargo-fuzz looks for them: `fuzz/corpus/TARGET/`.

use std::{env, fs, io, path::PathBuf};

use sunrpc_fuzz_targets::TARGETS;

fn main() -> io::Result<()> {
    let default = concat!(env!("CARGO_MANIFEST_DIR"), "/../corpus").into();
    let corpus: PathBuf = env::args_os().nth(1).unwrap_or(default).into();
    for target in TARGETS {
        let folder = corpus.join(target.name);
        fs::create_dir_all(&folder)?;
        for (number, seed) in (target.seeds)().iter().enumerate() {
            fs::write(folder.join(format!("seed-{number:03}")), seed)?;
        }
    }
    Ok(())
}
