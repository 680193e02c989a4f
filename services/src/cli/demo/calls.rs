//! One call after the other, each answer shown.

use sunrpc::{Transport, client::ProgramClient};
use sunrpc_portmap::Address;

use super::{NAME, PASSWORD, could_not};
use crate::{
    cli::{client::daytime::describe, failure::Failure, print},
    idl::{
        daytime::DaytimeV1Client,
        doctor::{DoctorReply, DoctorV1Client, OpenResult, Remark},
        passcheck::{Credentials, PasscheckV1Client, Verdict},
    },
};

const REMARKS: [&str; 4] = [
    "Men are all alike.",
    "They're always bugging us about something or other.",
    "Well, my boyfriend made me come here.",
    "He says I'm depressed much of the time.",
];

pub(super) fn show(portmap: &Address, transport: Transport) -> Result<(), Failure> {
    daytime(&look_up("daytime", portmap, transport)?)?;
    doctor(&look_up("doctor", portmap, transport)?)?;
    passcheck(&look_up("passcheck", portmap, transport)?)
}

/// Looks a service up, and says where it was found.
fn look_up<P: ProgramClient>(
    name: &str,
    portmap: &Address,
    transport: Transport,
) -> Result<P, Failure> {
    let client: P = sunrpc_portmap::connect(portmap, transport)
        .map_err(could_not(&format!("look {name} up over {transport}")))?;
    print("")?;
    print(&format!("{name} over {transport}, found at {}", client.client().server()))?;
    Ok(client)
}

fn daytime(daytime: &DaytimeV1Client) -> Result<(), Failure> {
    let text = daytime.text().map_err(could_not("ask for the time"))?;
    let moment = daytime.get().map_err(could_not("ask for the moment"))?;
    print(&format!("    {text}"))?;
    print(&format!("    {}", describe(&moment)))
}

fn doctor(doctor: &DoctorV1Client) -> Result<(), Failure> {
    let OpenResult::Ok(opened) = doctor.open().map_err(could_not("open a session"))? else {
        return Err(Failure::new("the doctor opened no session", ""));
    };
    print(&format!("    {}", opened.greeting))?;
    for words in REMARKS {
        print(&format!("  > {words}"))?;
        let remark = Remark { session: opened.session, words: words.into() };
        heard(doctor.say(&remark).map_err(could_not("talk to the doctor"))?)?;
    }
    heard(doctor.close(opened.session).map_err(could_not("close the session"))?)
}

fn heard(reply: DoctorReply) -> Result<(), Failure> {
    match reply {
        DoctorReply::Ok(words) => print(&format!("    {words}")),
        DoctorReply::Default(status) => {
            Err(Failure::new(format!("the doctor answered {status:?}"), ""))
        }
    }
}

fn passcheck(passcheck: &PasscheckV1Client) -> Result<(), Failure> {
    for (password, expected) in [(PASSWORD, Verdict::Granted), ("old gentlemen", Verdict::Denied)] {
        let credentials = Credentials { name: NAME.into(), password: password.into() };
        let verdict = passcheck.check(&credentials).map_err(could_not("check a password"))?;
        if verdict != expected {
            return Err(Failure::new(
                format!("passcheck answered {verdict:?} to {password:?}"),
                "",
            ));
        }
        let said = if verdict == Verdict::Granted { "access granted" } else { "access denied" };
        print(&format!("    {NAME}, {password:?}: {said}"))?;
    }
    Ok(())
}
