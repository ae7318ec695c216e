//! The requests that a run will likely send, by model and task, and their sums.

use super::Cost;

/// The requests that one task takes from one model. Recorded answers are not asked for again, and `likely`
/// and `most` do not count them.
///
/// ```
/// /// The tasks that may take more than so many requests of a model.
/// fn above(plan: &alignspec::Plan, most: u64) -> Vec<&str> {
///     let large = plan.requests.iter().filter(|requests| requests.most + requests.back.most > most);
///     large.map(|requests| requests.task.as_str()).collect()
/// }
/// # let folder = tempfile::tempdir()?;
/// # let model = "[[model]]\nname = \"assistant\"\nprovider = \"openai\"\nmodel = \"gpt-4.1-mini\"\ntasks = [\"T2\"]\n";
/// # std::fs::write(folder.path().join("alignment.toml"), model)?;
/// let plan = alignspec::plan(folder.path())?;
/// assert_eq!((above(&plan, 100), above(&plan, 1_000_000)), (vec!["T2"], vec![]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Requests {
    /// The role of the model: its `name` in the config.
    pub model: String,
    /// The id of the task.
    pub task: String,
    /// The number of questions of the task.
    pub items: usize,
    /// The number of forms that are asked.
    pub forms: usize,
    /// Likely answers to the question that has the most, as a check needs, or the snapshot.
    pub answers: u32,
    /// Requests that the run will likely send.
    pub likely: u64,
    /// The most requests that the run may send.
    pub most: u64,
    /// The number of responses that are recorded already.
    pub recorded: u64,
    /// Further requests to ask the model back about responses that could not be read.
    pub back: Back,
    /// The cost of the likely requests and of the most, asking back included.
    pub cost: Cost,
}

/// Requests that ask a model back, once for a response that cannot be read.
///
/// ```
/// /// The share of recorded responses that could not be read, from 0 to 1; `None` if none is recorded.
/// fn unread(back: alignspec::Back) -> Option<f64> {
///     let (recorded, unread) = back.known;
///     (recorded > 0).then(|| unread as f64 / recorded as f64)
/// }
///
/// let back = alignspec::Back { known: (50, 2), ..alignspec::Back::default() };
/// assert_eq!((unread(back), unread(alignspec::Back::default())), (Some(0.04), None));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Back {
    /// The open ones among recorded responses, and for likely requests the share that the recording shows
    /// (none without a recording).
    pub likely: u64,
    /// The number if every response were unread.
    pub most: u64,
    /// The number of recorded responses, and how many of them were unread.
    pub known: (u64, u64),
}

impl Back {
    pub(super) fn add(&mut self, other: Back) {
        self.likely += other.likely;
        self.most += other.most;
        self.known = (self.known.0 + other.known.0, self.known.1 + other.known.1);
    }
}

/// The sum of several [`Requests`].
///
/// ```
/// let nothing = alignspec::Total::default();
/// assert!(nothing.is_nothing());
/// assert!(!alignspec::Total { most: 50, ..nothing }.is_nothing());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Total {
    /// Requests that the run will likely send.
    pub likely: u64,
    /// The most requests that the run may send.
    pub most: u64,
    /// The number of responses that are recorded already.
    pub recorded: u64,
    /// Further requests that ask a model back.
    pub back: Back,
    /// The cost of the likely requests and of the most, asking back included.
    pub cost: Cost,
}

impl Total {
    /// Returns whether there is nothing to ask, and nothing to ask back.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        self.most == 0 && self.back.most == 0
    }
}
