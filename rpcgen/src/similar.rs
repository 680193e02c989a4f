//! The name that was meant.

use std::path::{Path, PathBuf};

/// Entries of a folder that are looked at, at most.
const MAX_ENTRIES: usize = 10_000;

/// The closest of the names, where it is close enough to be meant.
pub fn closest<'a>(name: &str, among: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let most = match name.len() {
        0..=2 => return None,
        3..=5 => 1,
        _ => 2,
    };
    let near = among.filter(|other| other.len().abs_diff(name.len()) <= most && *other != name);
    near.map(|other| (distance(name, other), other))
        .filter(|&(far, _)| far <= most)
        .min()
        .map(|(_, other)| other)
}

/// The `.x` file that was meant by one which is not there: of the closest name, or of the same in a folder below.
pub(crate) fn closest_file(missing: &Path) -> Option<PathBuf> {
    let (folder, name) = (missing.parent()?, missing.file_name()?.to_str()?);
    let entries = std::fs::read_dir(Path::new(".").join(folder)).ok()?.take(MAX_ENTRIES).flatten();
    let entries: Vec<String> =
        entries.filter_map(|entry| entry.file_name().into_string().ok()).collect();
    let files = entries.iter().map(String::as_str).filter(|entry| entry.ends_with(".x"));
    let near = closest(name, files).map(|near| folder.join(near));
    let below = || entries.iter().map(|entry| folder.join(entry).join(name));
    near.or_else(|| below().filter(|path| path.is_file()).min())
}

/// Letters to change, add, drop or swap with their neighbour; case counts for nothing.
fn distance(left: &str, right: &str) -> usize {
    let left: Vec<u8> = left.bytes().map(|byte| byte.to_ascii_lowercase()).collect();
    let right: Vec<u8> = right.bytes().map(|byte| byte.to_ascii_lowercase()).collect();
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=right.len()).collect();
    for (i, &a) in left.iter().enumerate() {
        let mut row = vec![i.saturating_add(1)];
        for (j, &b) in right.iter().enumerate() {
            let get = |row: &[usize], at: usize| row.get(at).copied().unwrap_or(usize::MAX / 2);
            let next = j.saturating_add(1);
            let changed = get(&above, j).saturating_add(usize::from(a != b));
            let mut best = changed
                .min(get(&above, next).saturating_add(1))
                .min(get(&row, j).saturating_add(1));
            let swapped = {
                let (above, aside) = (i.checked_sub(1), j.checked_sub(1));
                above.and_then(|at| left.get(at)) == Some(&b)
                    && aside.and_then(|at| right.get(at)) == Some(&a)
            };
            if swapped {
                best = best.min(get(&before, j.saturating_sub(1)).saturating_add(1));
            }
            row.push(best);
        }
        before = std::mem::replace(&mut above, row);
    }
    above.last().copied().unwrap_or(0)
}
