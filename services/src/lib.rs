//! Services defined in .x files that register with a portmapper.
