//! A unit's part in a lane.

use std::sync::Arc;

use super::Lane;

/// A unit that is asking.
pub(in crate::asking) struct Member {
    lane: Arc<Lane>,
    open: u64,
    /// Whether the unit has something to ask at the moment.
    asks: bool,
}

impl Lane {
    /// Enters a unit that asks `wanted` questions. It has ended when the guard is dropped.
    pub(crate) fn enter(self: &Arc<Lane>, wanted: usize) -> Member {
        let mut state = self.state();
        state.units += 1;
        state.counts.wanted += wanted as u64;
        Member { lane: Arc::clone(self), open: wanted as u64, asks: true }
    }
}

impl Member {
    /// Notes whether the unit has something to ask. While it only waits for answers, the other units get its
    /// part of the window.
    pub(crate) fn asks(&mut self, asks: bool) {
        if self.asks == asks {
            return;
        }
        self.asks = asks;
        let mut state = self.lane.state();
        if asks {
            state.units += 1;
        } else {
            state.units -= 1;
            drop(state);
            self.lane.turned.notify_waiters();
        }
    }

    /// Notes that one of the unit's questions is finished.
    pub(crate) fn done(&mut self, answered: bool) {
        self.open = self.open.saturating_sub(1);
        let counts = &mut self.lane.state().counts;
        *(if answered { &mut counts.arrived } else { &mut counts.failed }) += 1;
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        let mut state = self.lane.state();
        state.units -= usize::from(self.asks);
        state.counts.failed += self.open;
        drop(state);
        self.lane.turned.notify_waiters();
    }
}
