//! The wires of a run, one per model. What a wire learns about its keys (that one is refused, that one was
//! fetched) applies to all units that ask the model.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::config::Model;
use crate::ground::environment::Variables;
use crate::ground::sync::hold;
use crate::provider::{ConnectError, Functions, Wire};

#[derive(Debug, Default)]
pub(super) struct Wires {
    /// The functions that answer for models with `provider = "function"`.
    functions: Functions,
    /// The wires made so far, by everything that the config says about their model.
    made: Mutex<HashMap<String, Arc<dyn Wire>>>,
}

impl Wires {
    pub(super) fn with(functions: Functions) -> Wires {
        Wires { functions, ..Wires::default() }
    }

    /// Returns the wire to `model`, which is made when it is asked for the first time.
    pub(super) fn to(
        &self,
        model: &Model,
        limit: Duration,
        variables: Variables,
    ) -> Result<Arc<dyn Wire>, ConnectError> {
        // Another thread's panic leaves the map whole, since each change is one step.
        let mut made = hold(&self.made);
        let all = format!("{model:?}");
        if let Some(wire) = made.get(&all) {
            return Ok(Arc::clone(wire));
        }
        let wire: Arc<dyn Wire> = Arc::from(self.functions.connect(model, limit, variables)?);
        made.insert(all, Arc::clone(&wire));
        Ok(wire)
    }
}
