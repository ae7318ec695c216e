//! Asking: budgets, faults, batches, recordings, and ends in the middle.

mod asked_back;
mod asked_back_kept;
mod asked_back_run;
mod batch;
mod batch_kills;
mod batch_run;
mod budget;
mod cells;
mod copies;
mod faults;
mod interrupted;
mod killed_under_faults;
mod killed_under_nextest;
mod links;
mod lost;
mod merge;
mod money;
mod progress;
mod receipts;
mod record;
mod recorded_twice;
mod recorder_killed;
mod recordings;
mod shards;
mod watch;
