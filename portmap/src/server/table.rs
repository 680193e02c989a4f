//! A portmapper's table, for the process in which it runs.

use std::{io, sync::Arc};

use super::core::Core;
use crate::{Netid, Registration};

/// A hold on the table of a running portmapper. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Table(pub(super) Arc<Core>);

impl Table {
    /// What is registered now, the portmapper itself included, in the order in which it was registered.
    #[must_use]
    pub fn registrations(&self) -> Vec<Registration> {
        self.0.registry().iter().cloned().collect()
    }

    /// Reads the state file again, and registers what is in it and not in the table. Says how many that were.
    ///
    /// # Errors
    ///
    /// A file that is not to be trusted cannot be set aside, or the system is out of what reading it takes.
    pub fn reload(&self) -> io::Result<usize> {
        self.0.recall()
    }

    /// Drops a registration, whosever it is, unless its address is another one by now. Says whether it was there.
    ///
    /// # Errors
    ///
    /// The state file cannot be written; the registration stays then.
    pub fn drop_dead(&self, dead: &Registration) -> io::Result<bool> {
        self.0.drop_dead(dead)
    }

    /// The statistics in the text form of Prometheus.
    #[must_use]
    pub fn metrics(&self) -> String {
        let mut text = self.0.stats().to_prometheus();
        let registry = self.0.registry();
        let mut gauge = |name: &str, help: &str, samples: &[(String, usize)]| {
            text.push_str(&format!("# HELP {name} {help}\n# TYPE {name} gauge\n"));
            for (labels, value) in samples {
                text.push_str(&format!("{name}{labels} {value}\n"));
            }
        };
        let counts = Netid::ALL.map(|netid| {
            let count = registry.iter().filter(|entry| entry.netid == netid).count();
            (format!("{{netid=\"{netid}\"}}"), count)
        });
        gauge("portmap_registrations", "Registrations, the portmapper's own included.", &counts);
        text
    }
}
