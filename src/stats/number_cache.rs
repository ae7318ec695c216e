//! Numbers that are slow to compute, remembered.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};

use once_cell::sync::Lazy;

/// Remembers numbers by what they depend on, such as the bits of their arguments. The same few are needed at each look
/// and for each check.
pub(super) struct NumberCache<K> {
    found: Lazy<Mutex<HashMap<K, f64>>>,
    /// With so many, it begins anew.
    most: usize,
}

impl<K: Eq + Hash> NumberCache<K> {
    pub(super) const fn of_most(most: usize) -> Self {
        NumberCache { found: Lazy::new(Mutex::default), most }
    }

    pub(super) fn get(&self, key: K, find: impl FnOnce() -> f64) -> f64 {
        let found = || self.found.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(number) = found().get(&key) {
            return *number;
        }
        let number = find();
        let mut found = found();
        if found.len() >= self.most {
            found.clear();
        }
        found.insert(key, number);
        number
    }
}
