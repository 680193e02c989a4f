//! `services doctor`: a conversation.

use std::io;

use sunrpc::client::Error;

use super::{
    super::{
        Outcome,
        args::Client,
        conversation::{Therapist, converse, remarks},
        failure::Failure,
    },
    Asked, connect,
};
use crate::{
    doctor::Script,
    idl::doctor::{DoctorReply, DoctorStatus, DoctorV1Client, OpenResult, Remark},
};

pub(in crate::cli) fn talk(args: &Client) -> Result<Outcome, Failure> {
    let (doctor, asked) = connect::<DoctorV1Client>("doctor", args)?;
    let mut remote = Remote { doctor, asked, session: 0, script: Script::doctor() };
    converse(&mut remote, &mut *remarks()?, &mut io::stdout())?;
    Ok(Outcome::Done)
}

/// The doctor on the other side.
struct Remote {
    doctor: DoctorV1Client,
    asked: Asked,
    session: u64,
    /// Knows a good bye when it sees one.
    script: Script,
}

impl Remote {
    fn heard(&self, reply: Result<DoctorReply, Error>) -> Result<Option<String>, Failure> {
        match reply.map_err(|error| self.asked.failed(&error))? {
            DoctorReply::Ok(words) => Ok(Some(words)),
            DoctorReply::Default(DoctorStatus::NoSession) => Ok(None),
            DoctorReply::Default(status) => Err(unexpected(status)),
        }
    }
}

fn unexpected(status: DoctorStatus) -> Failure {
    match status {
        DoctorStatus::Full => Failure::new("the doctor's waiting room is full", "try again later"),
        status => Failure::new(format!("the doctor answered {status:?}"), "try again"),
    }
}

impl Therapist for Remote {
    fn open(&mut self) -> Result<String, Failure> {
        match self.doctor.open().map_err(|error| self.asked.failed(&error))? {
            OpenResult::Ok(opened) => {
                self.session = opened.session;
                Ok(opened.greeting)
            }
            OpenResult::Default(status) => Err(unexpected(status)),
        }
    }

    fn say(&mut self, remark: &str) -> Result<String, Failure> {
        let remark = Remark { session: self.session, words: remark.into() };
        self.heard(self.doctor.say(&remark))?.ok_or_else(|| {
            Failure::new(
                "the session is over: it was closed, or silent for too long",
                "begin another one",
            )
        })
    }

    fn close(&mut self) -> Result<Option<String>, Failure> {
        self.heard(self.doctor.close(self.session))
    }

    fn is_goodbye(&self, remark: &str) -> bool {
        self.script.is_goodbye(remark)
    }
}
