//! Responses packed into fewer bytes, since a million may wait in memory.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::provider::{Finish, Response, Upstream, Usd};

/// A recorded turn of a conversation in few bytes. A second turn is packed on its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Packed(Box<[u8]>);

#[derive(Serialize, Deserialize)]
struct PackedFields<'a> {
    #[serde(borrow)]
    text: Cow<'a, str>,
    /// As JSON, since few responses have one and its fields are left out where they are empty.
    #[serde(borrow)]
    structure: Option<Cow<'a, str>>,
    finish: Cow<'a, Finish>,
    #[serde(borrow)]
    model: Option<Cow<'a, str>>,
    #[serde(borrow)]
    host: Option<Cow<'a, str>>,
    #[serde(borrow)]
    fingerprint: Option<Cow<'a, str>>,
    usd: Option<Usd>,
    #[serde(borrow)]
    id: Option<Cow<'a, str>>,
    cached: bool,
    tokens: [Option<u64>; 3],
    ms: Option<u64>,
    lost: Option<u32>,
    #[serde(borrow)]
    at: Option<Cow<'a, str>>,
}

impl Packed {
    pub(super) fn of(response: &Response) -> Packed {
        let upstream = response.upstream.as_deref();
        // A structure that could not be written would be packed as text that is read as text, so that nothing is packed.
        let Ok(structure) = response.structure.as_ref().map(serde_json::to_string).transpose() else {
            return Packed(Box::default());
        };
        let fields = PackedFields {
            text: Cow::Borrowed(&response.text),
            structure: structure.as_deref().map(Cow::Borrowed),
            finish: Cow::Borrowed(&response.finish),
            model: response.model.as_deref().map(Cow::Borrowed),
            host: upstream.and_then(|upstream| upstream.host.as_deref()).map(Cow::Borrowed),
            fingerprint: upstream.and_then(|upstream| upstream.fingerprint.as_deref()).map(Cow::Borrowed),
            usd: upstream.and_then(|upstream| upstream.usd),
            id: upstream.and_then(|upstream| upstream.id.as_deref()).map(Cow::Borrowed),
            cached: upstream.is_some_and(|upstream| upstream.cached),
            tokens: [response.tokens_in, response.tokens_out, response.tokens_reasoning],
            ms: response.ms,
            lost: response.lost,
            at: response.at.as_deref().map(Cow::Borrowed),
        };
        // Packing such fields does not fail. If it did, the response would count as missing and be asked for again.
        Packed(postcard::to_allocvec(&fields).unwrap_or_default().into())
    }

    pub(super) fn response(&self) -> Option<Response> {
        let fields: PackedFields<'_> = postcard::from_bytes(&self.0).ok()?;
        let [tokens_in, tokens_out, tokens_reasoning] = fields.tokens;
        let [host, fingerprint, id] =
            [fields.host, fields.fingerprint, fields.id].map(|word| word.map(Cow::into_owned));
        let structure = fields.structure.map(|json| serde_json::from_str(&json).map(Box::new));
        Some(Response {
            structure: structure.transpose().ok()?,
            text: fields.text.into_owned(),
            finish: fields.finish.into_owned(),
            model: fields.model.map(Cow::into_owned),
            upstream: Upstream { host, fingerprint, usd: fields.usd, id, cached: fields.cached }.told(),
            tokens_in,
            tokens_out,
            tokens_reasoning,
            ms: fields.ms,
            lost: fields.lost,
            at: fields.at.map(Cow::into_owned),
            back: None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::AnswerStructure;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn all_of_it_comes_back(
            text in any::<String>(),
            word in any::<Option<String>>(),
            tokens in any::<[Option<u64>; 4]>(),
            at in any::<Option<String>>(),
            upstream in any::<[Option<String>; 3]>(),
            cached: bool,
            lost in any::<Option<u32>>(),
            billionths in any::<Option<u32>>(),
            index in any::<Option<i64>>(),
        ) {
            let [tokens_in, tokens_out, tokens_reasoning, ms] = tokens;
            let finish = word.clone().map_or(Finish::Length, Finish::Unknown);
            let model = word;
            let structure = index.map(|index| Box::new(AnswerStructure { index: Some(index), ..AnswerStructure::default() }));
            let [host, fingerprint, id] = upstream;
            let usd = billionths.and_then(|usd| Usd::of(f64::from(usd) / 1e9));
            let upstream = Upstream { host, fingerprint, usd, id, cached }.told();
            let response = Response {
                text, structure, finish, model, upstream, tokens_in, tokens_out, tokens_reasoning, ms, at, lost, back: None,
            };
            let packed = Packed::of(&response);
            prop_assert_eq!(packed.response(), Some(response));
        }
    }
}
