//! A requirements assistant: it puts the user stories of a backlog in order of importance, by asking a model.
//!
//! | file | what it does |
//! | --- | --- |
//! | `backlog.rs` | what is asked and answered, and how importances become an order |
//! | `model.rs` | asks the model how important one story is |
//! | `service.rs` | both behind `POST /prioritise`, with an honest status for every error |
//!
//! What its owners expect of its answers stands in `alignment.toml` and `suites/`.

mod backlog;
mod model;
mod service;

pub use backlog::{Backlog, InvalidBacklog, RankedStory, Ranking, Story};
pub use model::{Model, ModelError};
pub use service::router;
