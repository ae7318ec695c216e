//! Snapshots, their review, and comparisons of models.

mod accept;
mod asked_with;
mod deleted;
mod diff;
mod diff_recorded;
mod snapshots;
mod upgrade;
mod upgrade_live;
mod upgrades;
