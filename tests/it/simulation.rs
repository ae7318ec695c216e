//! The simulations of `examples/calibration`, which tests run in short, and tests of what they draw with.
#![allow(dead_code, reason = "the example uses all of it")]

#[path = "../../examples/calibration/bound.rs"]
pub mod bound;
#[path = "../../examples/calibration/calls.rs"]
pub mod calls;
#[path = "../../examples/calibration/draw/mod.rs"]
pub mod draw;
#[path = "../../examples/calibration/drift.rs"]
pub mod drift;
#[path = "../../examples/calibration/lost.rs"]
pub mod lost;
#[path = "../../examples/calibration/shifts.rs"]
pub mod shifts;
#[path = "../../examples/calibration/unread.rs"]
pub mod unread;
#[path = "../../examples/calibration/verdicts.rs"]
pub mod verdicts;
#[path = "../../examples/calibration/watches.rs"]
pub mod watches;
#[path = "../../examples/calibration/world.rs"]
pub mod world;

mod draws;
mod inclusion;
