//! The waiting room: who is in session, for how long, and how many at most.

use std::{
    collections::HashMap,
    fmt,
    hash::{BuildHasher, RandomState},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use super::{
    engine::{Answer, Patient},
    script::Script,
};

/// How many sessions there may be and how long one lasts in silence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionLimits {
    /// Sessions at a time; one takes about 9 KiB at most, so 9 MiB by default.
    ///
    /// # Default
    /// 1000.
    pub max_sessions: usize,
    /// A session in which nothing was said for this long is over.
    ///
    /// # Default
    /// 10 minutes.
    pub idle: Duration,
}

impl Default for SessionLimits {
    fn default() -> Self {
        Self { max_sessions: 1000, idle: Duration::from_secs(600) }
    }
}

/// Why the doctor does not answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SessionError {
    /// Closed, expired or never opened.
    NoSession,
    /// Every session is taken.
    Full,
}

impl fmt::Display for SessionError {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str(match self {
            Self::NoSession => "there is no such session; it was closed or has expired",
            Self::Full => "the waiting room is full; try again later",
        })
    }
}

impl std::error::Error for SessionError {}

/// Tells how late it is; tests bring their own.
pub type Now = Box<dyn Fn() -> Instant + Send + Sync>;

/// Many conversations at once, behind one lock: an answer takes some microseconds.
pub struct Sessions {
    script: Arc<Script>,
    limits: SessionLimits,
    now: Now,
    room: Mutex<Room>,
}

#[derive(Default)]
struct Room {
    sessions: HashMap<u64, Session>,
    ids: Ids,
}

struct Session {
    patient: Patient,
    last_heard: Instant,
}

impl Sessions {
    /// An empty waiting room.
    pub fn new(script: Arc<Script>, limits: SessionLimits) -> Self {
        Self::with_clock(script, limits, Box::new(Instant::now))
    }

    /// As [`new`](Self::new), with a clock.
    pub fn with_clock(script: Arc<Script>, limits: SessionLimits, now: Now) -> Self {
        Self { script, limits, now, room: Mutex::default() }
    }

    /// Opens a session: its id and the greeting.
    pub fn open(&self) -> Result<(u64, String), SessionError> {
        let now = (self.now)();
        let mut room = self.room();
        if room.sessions.len() >= self.limits.max_sessions {
            // A look at each, but only when full: what expired in silence makes room.
            room.sessions.retain(|_, session| !self.expired(session, now));
        }
        if room.sessions.len() >= self.limits.max_sessions {
            return Err(SessionError::Full);
        }
        let id = room.fresh_id();
        room.sessions.insert(id, Session { patient: Patient::default(), last_heard: now });
        Ok((id, self.script.greeting()))
    }

    /// Says something in a session. A good bye is answered with the farewell and closes it.
    pub fn say(&self, id: u64, remark: &str) -> Result<Answer, SessionError> {
        let now = (self.now)();
        let mut room = self.room();
        let session = room.sessions.get_mut(&id).ok_or(SessionError::NoSession)?;
        if self.expired(session, now) {
            room.sessions.remove(&id);
            return Err(SessionError::NoSession);
        }
        session.last_heard = now;
        let answer = self.script.answer(&mut session.patient, remark);
        if answer.last {
            room.sessions.remove(&id);
        }
        Ok(answer)
    }

    /// Closes a session: the farewell.
    pub fn close(&self, id: u64) -> Result<String, SessionError> {
        let now = (self.now)();
        let session = self.room().sessions.remove(&id).ok_or(SessionError::NoSession)?;
        if self.expired(&session, now) {
            Err(SessionError::NoSession)
        } else {
            Ok(self.script.farewell())
        }
    }

    fn expired(&self, session: &Session, now: Instant) -> bool {
        now.saturating_duration_since(session.last_heard) >= self.limits.idle
    }

    fn room(&self) -> MutexGuard<'_, Room> {
        // A panic elsewhere leaves every session whole.
        self.room.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Sessions {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.debug_struct("Sessions")
            .field("limits", &self.limits)
            .field("open", &self.room().sessions.len())
            .finish_non_exhaustive()
    }
}

impl Room {
    fn fresh_id(&mut self) -> u64 {
        loop {
            let id = self.ids.next();
            if id != 0 && !self.sessions.contains_key(&id) {
                return id;
            }
        }
    }
}

/// Ids that can't be told from those given before: SipHash of a counter under the system's random key.
#[derive(Default)]
struct Ids {
    key: RandomState,
    count: u64,
}

impl Ids {
    fn next(&mut self) -> u64 {
        self.count = self.count.wrapping_add(1);
        self.key.hash_one(self.count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    /// A waiting room, and its clock's hand.
    fn room(max_sessions: usize) -> (Sessions, Arc<Mutex<Instant>>) {
        let hand = Arc::new(Mutex::new(Instant::now()));
        let clock = hand.clone();
        let now = Box::new(move || *clock.lock().expect("the clock"));
        let limits = SessionLimits { max_sessions, idle: 10 * MINUTE };
        (Sessions::with_clock(Arc::new(Script::doctor()), limits, now), hand)
    }

    fn pass(hand: &Mutex<Instant>, time: Duration) {
        *hand.lock().expect("the clock") += time;
    }

    #[test]
    fn opens_speaks_and_closes() {
        let (room, _) = room(2);
        let (id, greeting) = room.open().expect("a session");
        assert_eq!(greeting, "How do you do. Please tell me your problem.");
        assert_eq!(
            room.say(id, "Men are all alike.").map(|answer| answer.words),
            Ok("In what way?".into())
        );
        assert!(room.close(id).is_ok());
        assert_eq!(room.close(id), Err(SessionError::NoSession));
        assert_eq!(room.say(id, "Are you there?"), Err(SessionError::NoSession));
    }

    #[test]
    fn sessions_are_apart() {
        let (room, _) = room(2);
        let (one, other) = (room.open().expect("one").0, room.open().expect("other").0);
        assert_eq!(room.say(one, "yes"), room.say(other, "yes"));
    }

    #[test]
    fn a_good_bye_closes() {
        let (room, _) = room(2);
        let (id, _) = room.open().expect("a session");
        assert!(room.say(id, "Thank you, goodbye.").is_ok_and(|answer| answer.last));
        assert_eq!(room.say(id, "wait"), Err(SessionError::NoSession));
    }

    #[test]
    fn silence_ends_a_session_and_speech_keeps_it() {
        let (room, hand) = room(2);
        let (id, _) = room.open().expect("a session");
        for _ in 0..3 {
            pass(&hand, 9 * MINUTE);
            assert!(room.say(id, "Hm").is_ok());
        }
        pass(&hand, 10 * MINUTE);
        assert_eq!(room.say(id, "Hm"), Err(SessionError::NoSession));
        let (id, _) = room.open().expect("a session");
        pass(&hand, 10 * MINUTE);
        assert_eq!(room.close(id), Err(SessionError::NoSession));
    }

    #[test]
    fn a_full_room_says_so_until_someone_leaves_or_expires() {
        let (room, hand) = room(2);
        let (first, _) = room.open().expect("first");
        room.open().expect("second");
        assert_eq!(room.open(), Err(SessionError::Full));
        assert!(room.close(first).is_ok());
        assert!(room.open().is_ok());
        assert_eq!(room.open(), Err(SessionError::Full));
        pass(&hand, 10 * MINUTE);
        assert!(room.open().is_ok());
    }

    #[test]
    fn ids_are_spread_over_all_bits() {
        let (room, _) = room(100);
        let ids: Vec<u64> = (0..100).map(|_| room.open().expect("a session").0).collect();
        for bit in 0..64 {
            let set = ids.iter().filter(|id| *id >> bit & 1 == 1).count();
            assert!((10..90).contains(&set), "bit {bit} is set in {set} of 100");
        }
    }
}
