//! `max-usd` of the GitHub action where a pull request brings its own `price`. The higher price counts: that
//! one, or the one in the base branch for the same model, or, if that does not know the model, the list
//! price.
//!
//! A run counts dollars by its own config, so the amount is lowered instead of raising the prices, by the
//! greatest factor that any price is too low. What is spent is then within the amount, whichever model is
//! asked.

use std::path::{Path, PathBuf};

use toml::{Table, Value};

use crate::cli::{Failure, shown};
use crate::config::{Model, Price, ProviderPlace, is_this_machine};
use crate::ground::text::one_line;

/// The amount that may be spent, by the crate's own prices.
#[derive(Debug, PartialEq)]
pub(super) struct AllowedSpending {
    pub amount: String,
    /// What lowered the amount.
    pub notices: Vec<String>,
}

/// A priced entry of the base branch's config.
#[derive(Debug)]
struct PricedModel {
    provider: String,
    model: String,
    batch: bool,
    price: Price,
}

/// Public list prices in US dollars per million tokens (input, output), from their makers' price pages in
/// 2025, without discounts. An id stands for its dated versions, too. They only bound the price in a pull
/// request where the base branch knows none. An outdated price makes a budget smaller, never larger than the
/// pull request says.
const LISTED: [(&str, f64, f64); 41] = [
    ("gpt-3.5-turbo", 0.5, 1.5),
    ("gpt-4", 30.0, 60.0),
    ("gpt-4-32k", 60.0, 120.0),
    ("gpt-4-turbo", 10.0, 30.0),
    ("gpt-4o", 2.5, 10.0),
    ("gpt-4o-2024-05-13", 5.0, 15.0),
    ("gpt-4o-mini", 0.15, 0.6),
    ("gpt-4.1", 2.0, 8.0),
    ("gpt-4.1-mini", 0.4, 1.6),
    ("gpt-4.1-nano", 0.1, 0.4),
    ("gpt-4.5-preview", 75.0, 150.0),
    ("gpt-5", 1.25, 10.0),
    ("gpt-5-mini", 0.25, 2.0),
    ("gpt-5-nano", 0.05, 0.4),
    ("gpt-5-pro", 15.0, 120.0),
    ("o1", 15.0, 60.0),
    ("o1-mini", 1.1, 4.4),
    ("o1-pro", 150.0, 600.0),
    ("o3", 2.0, 8.0),
    ("o3-mini", 1.1, 4.4),
    ("o3-pro", 20.0, 80.0),
    ("o4-mini", 1.1, 4.4),
    ("claude-3-haiku", 0.25, 1.25),
    ("claude-3-5-haiku", 0.8, 4.0),
    ("claude-haiku-4-5", 1.0, 5.0),
    ("claude-3-sonnet", 3.0, 15.0),
    ("claude-3-5-sonnet", 3.0, 15.0),
    ("claude-3-7-sonnet", 3.0, 15.0),
    ("claude-sonnet-4", 3.0, 15.0),
    ("claude-sonnet-4-5", 3.0, 15.0),
    ("claude-3-opus", 15.0, 75.0),
    ("claude-opus-4", 15.0, 75.0),
    ("claude-opus-4-1", 15.0, 75.0),
    ("claude-opus-4-5", 5.0, 25.0),
    ("gemini-1.5-pro", 1.25, 5.0),
    ("gemini-1.5-flash", 0.075, 0.3),
    ("gemini-2.0-flash", 0.1, 0.4),
    ("gemini-2.0-flash-lite", 0.075, 0.3),
    ("gemini-2.5-pro", 1.25, 10.0),
    ("gemini-2.5-flash", 0.3, 2.5),
    ("gemini-2.5-flash-lite", 0.1, 0.4),
];

/// Returns what is left of `amount` by the prices of `models`, as described above.
pub(super) fn kept(amount: &str, bases: &[PathBuf], models: &[Model]) -> Result<AllowedSpending, Failure> {
    let most = amount.trim().parse().ok().filter(|most: &f64| most.is_finite() && *most >= 0.0);
    let most = most.ok_or_else(|| {
        Failure::Misuse(format!("max-usd is `{}`, which is not a number of 0 or more", one_line(amount, 40)))
    })?;
    let mut known = Vec::new();
    for base in bases {
        known.extend(known_in(base)?);
    }
    let mut notices = Vec::new();
    let mut times = 1.0_f64;
    for model in models {
        // If a model has no price, the run itself reports that dollars cannot be counted.
        let Some(own) = model.terms.price else { continue };
        let Some(floor) = floor(model, &known) else { continue };
        let by = ratio(own.input, floor.input).max(ratio(own.output, floor.output));
        if by > 1.0 {
            notices.push(format!(
                "price of {}: {} and {} here, {} and {} on the base branch or the price list; the higher one counts for max-usd",
                model.name, own.input, own.output, floor.input, floor.output
            ));
        }
        if by.is_infinite() {
            // At a price of 0 nothing would be counted, however small the budget is.
            return Err(Failure::CouldNotRun(format!(
                "max-usd cannot be enforced: the price of {} is {} and {} here, and {} and {} on the base branch or the price list: put what it costs into alignment.toml, or limit the run by max-requests",
                model.name, own.input, own.output, floor.input, floor.output
            )));
        }
        times = times.max(by);
    }
    let left = most / times;
    if times > 1.0 {
        notices.push(format!("max-usd is {most}, which is {left} at the prices here"));
    }
    Ok(AllowedSpending { amount: left.to_string(), notices })
}

/// Returns by which factor a price is too low, which is infinite for a price of 0 that should be more.
fn ratio(own: f64, floor: f64) -> f64 {
    if floor <= own { 1.0 } else { floor / own.max(0.0) }
}

/// Returns the lowest plausible price of a model; `None` where nothing is known of it, and where it runs on
/// one's own machine.
fn floor(model: &Model, known: &[PricedModel]) -> Option<Price> {
    let provider = model.provider.name;
    let same = known.iter().filter(|known| known.provider == provider && known.model == model.model);
    let same = same.map(|known| scaled(known.price, of_batch(model.batch) / of_batch(known.batch)));
    if let Some(price) = same.reduce(dearer) {
        return Some(price);
    }
    // Models of a provider that usually runs on this machine have no list prices.
    let usual = match model.provider.place {
        ProviderPlace::Public(address) => Some(address),
        ProviderPlace::Own(_) | ProviderPlace::Table | ProviderPlace::Nowhere => None,
    };
    let local = |url: &str| reqwest::Url::parse(url).is_ok_and(|url| is_this_machine(&url));
    if usual.into_iter().chain(model.base_url.as_deref()).any(local) {
        return None;
    }
    let half = of_batch(model.batch);
    let all = known.iter().map(|known| scaled(known.price, half / of_batch(known.batch)));
    listed(&model.model).map(|price| scaled(price, half)).or_else(|| all.reduce(dearer))
}

/// Returns the price of a batch relative to single requests.
fn of_batch(batch: bool) -> f64 {
    if batch { 0.5 } else { 1.0 }
}

fn scaled(price: Price, by: f64) -> Price {
    Price { input: price.input * by, output: price.output * by }
}

fn dearer(one: Price, other: Price) -> Price {
    Price { input: one.input.max(other.input), output: one.output.max(other.output) }
}

/// Returns the list price of a model, whatever service name precedes its id.
fn listed(id: &str) -> Option<Price> {
    let id = id.rsplit('/').next().unwrap_or(id);
    let fits = |name: &str| {
        id.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with(['-', '@', ':']))
    };
    let found = LISTED.iter().filter(|(name, ..)| fits(name)).max_by_key(|(name, ..)| name.len());
    found.map(|(_, input, output)| Price { input: *input, output: *output })
}

/// Reads the priced models of a config that another version of alignspec may have read.
fn known_in(base: &Path) -> Result<Vec<PricedModel>, Failure> {
    let cannot = |why: String| {
        Failure::CouldNotRun(format!(
            "max-usd cannot be enforced: {} of the base branch {why}, so its prices are not known; limit the run by max-requests",
            shown(base.to_owned())
        ))
    };
    let text = std::fs::read_to_string(base).map_err(|error| cannot(format!("cannot be read ({error})")))?;
    let table: Table = text.parse().map_err(|_| cannot("is not TOML".to_owned()))?;
    let models = table.get("model").and_then(Value::as_array).into_iter().flatten();
    let text = |model: &Value, field: &str| model.get(field).and_then(Value::as_str).map(str::to_owned);
    let known = |model: &Value| {
        let price = |side: &str| {
            let price = model.get("price")?.get(side)?;
            price.as_float().or_else(|| price.as_integer().map(|whole| whole as f64))
        };
        Some(PricedModel {
            provider: text(model, "provider")?,
            model: text(model, "model").or_else(|| text(model, "name"))?,
            batch: model.get("batch").and_then(Value::as_bool).unwrap_or(false),
            price: Price { input: price("input")?, output: price("output")? },
        })
    };
    Ok(models.filter_map(known).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    use crate::ground::diagnostic::Source;

    fn entry(provider: &str, model: &str, more: &str) -> String {
        let name = model.replace('/', "-");
        format!("[[model]]\nname=\"{name}\"\nprovider=\"{provider}\"\nmodel=\"{model}\"\n{more}\n")
    }

    /// What is left of 12 dollars; 0 where the prices are refused.
    fn left(base: &str, own: &str) -> f64 {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("alignment.toml");
        std::fs::write(&path, base).expect("written");
        let config = crate::provider::parse_config(Path::new("/x"), Source::new("alignment.toml", own));
        match kept("12", &[path], &config.expect("a config").models) {
            Ok(kept) => kept.amount.parse().expect("a number"),
            Err(Failure::CouldNotRun(why)) if why.contains("put what it costs") => 0.0,
            Err(other) => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_dearer_price_counts() {
        let price = |input: f64, output: f64| format!("price={{ input={input}, output={output} }}");
        let base = entry("openai", "x", &price(2.0, 8.0)) + &entry("openai", "y", &price(1.0, 3.0));
        let of = |model: &str, more: &str| left(&base, &entry("openai", model, more));
        // The same, a dearer, a cheaper one, and nothing.
        assert_eq!(of("x", &price(2.0, 8.0)), 12.0);
        assert_eq!(of("x", &price(3.0, 9.0)), 12.0);
        assert_eq!(of("x", &price(1.0, 2.0)), 3.0);
        assert_eq!(of("y", &price(0.5, 3.0)), 6.0);
        assert_eq!(of("x", &price(0.0, 0.0)), 0.0);
        assert_eq!(of("x", &price(2.0, 0.0)), 0.0);
        // What a batch costs.
        assert_eq!(of("x", &format!("{}\nbatch=true", price(1.0, 4.0))), 12.0);
        assert_eq!(of("x", &format!("{}\nbatch=true", price(0.5, 4.0))), 6.0);
        // New to the base branch: by the list where it has it, else by the base branch's dearest.
        assert_eq!(of("gpt-4.1-mini-2025-04-14", &price(0.4, 1.6)), 12.0);
        assert_eq!(of("openai/gpt-4.1-mini", &price(0.2, 0.4)), 3.0);
        assert_eq!(of("z", &price(1.0, 8.0)), 6.0);
        assert_eq!(left("", &entry("openai", "z", &price(0.0, 0.0))), 12.0);
        // On this machine, it costs what is said.
        let local = format!("{}\nbase_url=\"http://127.0.0.1:1/v1\"", price(0.0, 0.0));
        assert_eq!(of("z", &local), 12.0);
        assert_eq!(left(&base, &entry("ollama", "z", &price(0.0, 0.0))), 12.0);
        assert_eq!(of("x", &local), 0.0);
        // Where the worst of several counts.
        let two = entry("openai", "x", &price(1.0, 8.0)) + &entry("openai", "y", &price(1.0, 1.0));
        assert_eq!(left(&base, &two), 4.0);
    }

    #[test]
    fn a_list_price_is_of_a_model_and_its_dated_versions() {
        let input = |id: &str| listed(id).map(|price| price.input);
        assert_eq!(input("gpt-4o-mini-2024-07-18"), Some(0.15));
        assert_eq!(input("gpt-4o-2024-05-13"), Some(5.0));
        assert_eq!((input("gpt-4ox"), input("my-gpt-4o")), (None, None));
        assert_eq!(input("vendor/claude-opus-4-5@20251101"), Some(5.0));
    }
}
