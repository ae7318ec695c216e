//! Behaviour, by what it is about; one binary, since each would link the whole crate. What needs a process or a
//! feature of its own stands beside it: `alignment`, `allocations`, `store`.

mod answer;
mod config;
mod docs;
mod house;
mod names;
mod report;
mod sampling;
mod simulation;
mod snapshot;
mod suites;
mod support;
mod toys;
mod verdict;
mod wire;
