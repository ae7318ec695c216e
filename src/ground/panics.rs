//! Panics that are results and not crashes: caught, and not printed. What a panic says may hold anything
//! (a model's words, in code that did not expect them), and the standard hook prints it as it is.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Once;

thread_local! {
    static QUIET: Cell<bool> = const { Cell::new(false) };
    static PLACE: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// A panic that was caught.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Caught {
    /// What it said: untrusted text.
    pub message: String,
    /// File, line and column.
    pub place: Option<String>,
}

/// What `then` gives, or its panic, without a word of it on standard error.
pub(crate) fn quietly<T>(then: impl FnOnce() -> T) -> Result<T, Caught> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let loud = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            if !QUIET.get() {
                return loud(panic);
            }
            let place = panic.location().map(ToString::to_string);
            PLACE.with_borrow_mut(|last| *last = place);
        }));
    });
    let outer = QUIET.replace(true);
    let caught = catch_unwind(AssertUnwindSafe(then));
    QUIET.set(outer);
    caught.map_err(|panic| Caught { message: message(&*panic), place: PLACE.take() })
}

fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("something that is not text").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_caught_with_its_words_and_its_place() {
        assert_eq!(quietly(|| 7), Ok(7));
        let caught = quietly(|| panic!("no {}", 1)).expect_err("a panic");
        assert_eq!(caught.message, "no 1");
        assert!(caught.place.expect("a place").contains("panics.rs:"));
        let inner = quietly(|| quietly(|| panic!("inner")).is_err() && QUIET.get());
        assert_eq!((inner, QUIET.get()), (Ok(true), false));
    }
}
