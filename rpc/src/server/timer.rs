//! When a reactor looks at timeouts. The timer is a descriptor among the others, so that no wait for events needs one of
//! its own: setting that up and taking it down again is a fiftieth of a short call.

use std::{
    io,
    os::fd::{AsRawFd, OwnedFd},
    time::Duration,
};

use mio::{Interest, Registry, Token, unix::SourceFd};
use rustix::time::{
    Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec, timerfd_create,
    timerfd_settime,
};

pub(super) struct Timer {
    fd: OwnedFd,
    time: Itimerspec,
    is_set: bool,
}

impl Timer {
    /// One whose event comes `after` it was set. Nobody reads it: each time it goes off is an edge.
    pub(super) fn new(registry: &Registry, token: Token, after: Duration) -> io::Result<Self> {
        let flags = TimerfdFlags::NONBLOCK | TimerfdFlags::CLOEXEC;
        let fd = timerfd_create(TimerfdClockId::Monotonic, flags)?;
        registry.register(&mut SourceFd(&fd.as_raw_fd()), token, Interest::READABLE)?;
        let after = Timespec::try_from(after).map_err(io::Error::other)?;
        let time = Itimerspec { it_interval: Timespec::default(), it_value: after };
        Ok(Self { fd, time, is_set: false })
    }

    /// Sets it, unless it is set.
    pub(super) fn set(&mut self) {
        if self.is_set {
            return;
        }
        match timerfd_settime(&self.fd, TimerfdTimerFlags::empty(), &self.time) {
            Ok(_) => self.is_set = true,
            Err(error) => tracing::error!(%error, "cannot set a timer"),
        }
    }

    /// Notes that its event has come.
    pub(super) const fn goes_off(&mut self) {
        self.is_set = false;
    }
}
