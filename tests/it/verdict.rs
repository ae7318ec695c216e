//! Sentences, measures and verdicts, and whether they err as rarely as stated.

mod calibration;
mod calibration_drift;
mod calibration_unread;
mod calibration_watch;
mod chance_reference;
mod coverage;
mod distances;
mod forms;
mod grammar;
mod lacking;
mod large_suites;
mod no_yes;
mod people;
mod properties;
mod published;
mod reach;
mod spending;
mod stats_reference;
mod supported;
mod tightened;
