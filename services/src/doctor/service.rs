use std::sync::Arc;

use sunrpc::server::{Call, Fault};

use super::{Script, SessionError, SessionLimits, Sessions};
use crate::idl::doctor::{DoctorReply, DoctorStatus, DoctorV1, OpenResult, Opened, Remark};

/// The service `doctor`.
///
/// Each remark moves its session on, so a call may not run twice: the server's cache of replies, which is on
/// for every procedure that is not declared idempotent, answers a retransmission.
#[derive(Debug)]
pub struct Doctor {
    sessions: Sessions,
}

impl Doctor {
    /// A doctor with an empty waiting room.
    pub fn new(limits: SessionLimits) -> Self {
        Self { sessions: Sessions::new(Arc::new(Script::doctor()), limits) }
    }
}

impl DoctorV1 for Doctor {
    fn open(&self, _: &Call<'_>) -> Result<OpenResult, Fault> {
        Ok(match self.sessions.open() {
            Ok((session, greeting)) => OpenResult::Ok(Opened { session, greeting }),
            Err(error) => OpenResult::Default(error.into()),
        })
    }

    fn say(&self, _: &Call<'_>, remark: Remark) -> Result<DoctorReply, Fault> {
        let answer = self.sessions.say(remark.session, &remark.words);
        Ok(reply(answer.map(|answer| answer.words)))
    }

    fn close(&self, _: &Call<'_>, session: u64) -> Result<DoctorReply, Fault> {
        Ok(reply(self.sessions.close(session)))
    }
}

fn reply(words: Result<String, SessionError>) -> DoctorReply {
    match words {
        Ok(words) => DoctorReply::Ok(words),
        Err(error) => DoctorReply::Default(error.into()),
    }
}

impl From<SessionError> for DoctorStatus {
    fn from(error: SessionError) -> Self {
        match error {
            SessionError::NoSession => Self::NoSession,
            SessionError::Full => Self::Full,
        }
    }
}
