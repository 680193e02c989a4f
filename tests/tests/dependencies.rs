//! What is shipped stands on crates whose licences allow it, and on one version of each.

use std::{
    collections::{BTreeMap, BTreeSet},
    process::Command,
};

use serde_json::Value;

/// The crates that are shipped.
const SHIPPED: [&str; 6] =
    ["sunrpc-xdr", "sunrpc", "sunrpc-rpcgen", "sunrpc-portmap", "sunrpc-services", "sunrpc-tools"];
/// Licences that ask for no more than to be named.
const ALLOWED: [&str; 9] = [
    "MIT",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "ISC",
    "Unicode-3.0",
    "Unlicense",
];
/// The one crate whose licence is not allowed: a second opinion in tests and benchmarks.
const EXCEPTION: &str = "serde-xdr";

/// A crate, as `cargo metadata` knows it.
struct Package {
    name: String,
    license: String,
    /// What it needs to be built or run, not to be tested.
    needs: BTreeSet<String>,
}

/// The platform that this is built for.
fn host() -> String {
    let rustc = std::env::var("RUSTC").unwrap_or_else(|_| "rustc".into());
    let output = Command::new(rustc).arg("-vV").output().expect("rustc");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    text.lines().find_map(|line| line.strip_prefix("host: ")).expect("a host").to_owned()
}

/// Every crate of the workspace on this platform, by id.
fn packages() -> BTreeMap<String, Package> {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".into());
    let args = ["metadata", "--format-version", "1", "--locked", "--offline", "--filter-platform"];
    let output = Command::new(cargo).args(args).arg(host()).output().expect("cargo metadata");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let is_needed = |dep: &Value| list(&dep["dep_kinds"]).iter().any(|kind| kind["kind"] != "dev");
    let mut needs: BTreeMap<String, BTreeSet<String>> = list(&metadata["resolve"]["nodes"])
        .iter()
        .map(|node| {
            let deps = list(&node["deps"]);
            (
                text(&node["id"]),
                deps.iter().filter(|dep| is_needed(dep)).map(|dep| text(&dep["pkg"])).collect(),
            )
        })
        .collect();
    list(&metadata["packages"])
        .iter()
        .map(|package| {
            let id = text(&package["id"]);
            let needs = needs.remove(&id).unwrap_or_default();
            (
                id,
                Package { name: text(&package["name"]), license: text(&package["license"]), needs },
            )
        })
        .collect()
}

/// The ids of what is shipped and of all it needs.
fn shipped(packages: &BTreeMap<String, Package>) -> BTreeSet<String> {
    let is_ours = |package: &Package| SHIPPED.contains(&package.name.as_str());
    let mut waiting: Vec<&String> =
        packages.iter().filter(|(_, package)| is_ours(package)).map(|(id, _)| id).collect();
    assert_eq!(waiting.len(), SHIPPED.len());
    let mut seen = BTreeSet::new();
    while let Some(id) = waiting.pop() {
        if seen.insert(id.clone()) {
            waiting.extend(&packages[id].needs);
        }
    }
    seen
}

/// Whether one of a licence's alternatives is made of allowed terms.
fn is_allowed(license: &str) -> bool {
    let plain = license.replace(['(', ')'], "").replace('/', " OR ");
    // "(A OR B) AND C" is read as "A" or "B AND C": stricter than it is, never laxer.
    plain.split(" OR ").any(|terms| terms.split(" AND ").all(|term| ALLOWED.contains(&term.trim())))
}

#[test]
fn licences_allow_what_is_done_with_them() {
    let packages = packages();
    let shipped = shipped(&packages);
    for (id, package) in &packages {
        if package.name == EXCEPTION {
            assert!(!shipped.contains(id), "{EXCEPTION} is shipped");
        } else {
            assert!(is_allowed(&package.license), "{}: {:?}", package.name, package.license);
        }
    }
    assert!(
        !is_allowed("GPL-3.0") && !is_allowed("MIT AND GPL-3.0") && is_allowed("GPL-3.0 OR MIT")
    );
}

#[test]
fn one_version_of_each_crate_is_shipped() {
    let packages = packages();
    let mut versions: BTreeMap<&str, usize> = BTreeMap::new();
    for id in shipped(&packages) {
        *versions.entry(packages[&id].name.as_str()).or_default() += 1;
    }
    let several: Vec<_> = versions.into_iter().filter(|(_, count)| *count > 1).collect();
    assert!(several.is_empty(), "several versions of {several:?}");
}
