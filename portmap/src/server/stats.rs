//! What GETSTAT tells (RFC 1833 section 2.2.1).

use std::{
    collections::BTreeMap,
    fmt::{self, Write as _},
};

use sunrpc::server::Call;

use crate::{
    Netid,
    rpcb::{
        RPCBPROC_INDIRECT, RPCBPROC_SET, RPCBSTAT_HIGHPROC, RpcbStat, RpcbsAddrlist,
        RpcbsRmtcalllist,
    },
};

/// Lookups, and calls passed on, that are told apart, for each version; behind that many different ones only those
/// known are counted.
const MAX_TOLD_APART: usize = 256;
/// The first version that statistics are kept of.
const FIRST_VERSION: u32 = 2;

/// Counters of versions 2, 3 and 4.
#[derive(Debug, Default)]
pub(crate) struct Stats {
    versions: [Version; 3],
    ignored: u64,
}

#[derive(Debug, Default)]
struct Version {
    calls: [u64; RPCBSTAT_HIGHPROC as usize],
    sets: u64,
    unsets: u64,
    /// Found and not found, by program, version and transport.
    lookups: BTreeMap<(u32, u32, Netid), (u64, u64)>,
    /// By program, version, procedure and transport.
    passed_on: BTreeMap<(u32, u32, u32, Netid), PassedOn>,
}

/// Calls passed on to one procedure.
#[derive(Clone, Copy, Debug, Default)]
struct PassedOn {
    answered: u64,
    failed: u64,
    /// How many of both came by INDIRECT.
    indirect: u64,
}

/// Whether there is no room for `key`.
fn is_full<K: Ord, V>(table: &BTreeMap<K, V>, key: &K) -> bool {
    table.len() >= MAX_TOLD_APART && !table.contains_key(key)
}

impl Stats {
    /// Counts a call.
    pub(super) fn called(&mut self, version: u32, procedure: u32) {
        let place = self.version(version).and_then(|version| {
            usize::try_from(procedure).ok().and_then(|procedure| version.calls.get_mut(procedure))
        });
        if let Some(count) = place {
            *count = count.saturating_add(1);
        }
    }

    /// Counts a SET or UNSET that said TRUE.
    pub(super) fn changed(&mut self, version: u32, procedure: u32) {
        let Some(version) = self.version(version) else { return };
        let count = if procedure == RPCBPROC_SET { &mut version.sets } else { &mut version.unsets };
        *count = count.saturating_add(1);
    }

    /// Counts a lookup.
    pub(super) fn looked_up(
        &mut self,
        version: u32,
        program: u32,
        of: u32,
        netid: Netid,
        found: bool,
    ) {
        let Some(version) = self.version(version) else { return };
        let key = (program, of, netid);
        if is_full(&version.lookups, &key) {
            return;
        }
        let (successes, failures) = version.lookups.entry(key).or_default();
        let count = if found { successes } else { failures };
        *count = count.saturating_add(1);
    }

    /// Counts a call of `(program, version, procedure)` that was to be passed on.
    pub(super) fn passed_on(&mut self, call: &Call<'_>, called: (u32, u32, u32), answered: bool) {
        let Some(version) = self.version(call.version()) else { return };
        let key = (called.0, called.1, called.2, Netid::of_peer(call.peer()));
        if is_full(&version.passed_on, &key) {
            return;
        }
        let counts = version.passed_on.entry(key).or_default();
        let count = if answered { &mut counts.answered } else { &mut counts.failed };
        *count = count.saturating_add(1);
        if call.procedure() == RPCBPROC_INDIRECT {
            counts.indirect = counts.indirect.saturating_add(1);
        }
    }

    /// Counts a call that was beyond its source's quota.
    pub(super) fn ignored(&mut self) {
        self.ignored = self.ignored.saturating_add(1);
    }

    /// The counters in the text form of Prometheus.
    pub(super) fn to_prometheus(&self) -> String {
        let mut text = Exposition::default();
        text.family("portmap_calls_total", "Calls of each procedure.");
        for (version, stats) in self.numbered() {
            for (procedure, count) in stats.calls.iter().enumerate() {
                text.sample(
                    format_args!("version=\"{version}\",procedure=\"{procedure}\""),
                    *count,
                );
            }
        }
        text.family("portmap_sets_total", "SETs that said TRUE.");
        for (version, stats) in self.numbered() {
            text.sample(format_args!("version=\"{version}\""), stats.sets);
        }
        text.family("portmap_unsets_total", "UNSETs that said TRUE.");
        for (version, stats) in self.numbered() {
            text.sample(format_args!("version=\"{version}\""), stats.unsets);
        }
        text.family(
            "portmap_lookups_total",
            "Lookups by what was looked up and whether it was found.",
        );
        for (version, stats) in self.numbered() {
            for ((program, of, netid), (found, missing)) in &stats.lookups {
                for (is_found, count) in [(true, found), (false, missing)] {
                    let labels = format_args!(
                        "version=\"{version}\",program=\"{program}\",program_version=\"{of}\",netid=\"{netid}\",found=\"{is_found}\""
                    );
                    text.sample(labels, *count);
                }
            }
        }
        text.family("portmap_passed_on_total", "Calls that were to be passed on to services.");
        for (version, stats) in self.numbered() {
            for ((program, of, procedure, netid), counts) in &stats.passed_on {
                for (answered, count) in [(true, counts.answered), (false, counts.failed)] {
                    let labels = format_args!(
                        "version=\"{version}\",program=\"{program}\",program_version=\"{of}\",procedure=\"{procedure}\",netid=\"{netid}\",answered=\"{answered}\""
                    );
                    text.sample(labels, count);
                }
            }
        }
        text.family("portmap_ignored_total", "Calls over UDP beyond the quota of their source.");
        text.sample(format_args!("transport=\"udp\""), self.ignored);
        text.0
    }

    fn numbered(&self) -> impl Iterator<Item = (u32, &Version)> {
        (FIRST_VERSION..).zip(&self.versions)
    }

    /// The counters in the form that GETSTAT gives them.
    pub(super) fn to_xdr(&self) -> [RpcbStat; 3] {
        self.versions.each_ref().map(Version::to_xdr)
    }

    fn version(&mut self, version: u32) -> Option<&mut Version> {
        let place = usize::try_from(version.checked_sub(FIRST_VERSION)?).ok()?;
        self.versions.get_mut(place)
    }
}

impl Version {
    fn to_xdr(&self) -> RpcbStat {
        let lookups =
            self.lookups.iter().map(|((prog, vers, netid), (success, failure))| RpcbsAddrlist {
                prog: *prog,
                vers: *vers,
                success: int(*success),
                failure: int(*failure),
                netid: netid.name().to_owned(),
            });
        let passed_on =
            self.passed_on.iter().map(|((prog, vers, proc, netid), counts)| RpcbsRmtcalllist {
                prog: *prog,
                vers: *vers,
                proc: *proc,
                success: int(counts.answered),
                failure: int(counts.failed),
                indirect: int(counts.indirect),
                netid: netid.name().to_owned(),
            });
        RpcbStat {
            info: self.calls.map(int),
            setinfo: int(self.sets),
            unsetinfo: int(self.unsets),
            addrinfo: lookups.collect(),
            rmtinfo: passed_on.collect(),
        }
    }
}

/// Text for Prometheus.
#[derive(Default)]
struct Exposition(String, &'static str);

impl Exposition {
    /// Begins a family of counters.
    fn family(&mut self, name: &'static str, help: &str) {
        self.1 = name;
        // Writing to a string does not fail.
        let _ = writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} counter");
    }

    fn sample(&mut self, labels: fmt::Arguments<'_>, count: u64) {
        let _ = writeln!(self.0, "{}{{{labels}}} {count}", self.1);
    }
}

/// The protocol's counters have 31 bits: they stay at the highest.
fn int(count: u64) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}
