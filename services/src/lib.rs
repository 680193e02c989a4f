//! Services defined in `.x` files that register with a portmapper: the time of day, the doctor, and the
//! check of a password.

pub mod cli;
pub mod daytime;
pub mod doctor;
pub mod passcheck;
