//! The text of an answer in its pieces, and whether they repeat some of it. There are servers that send all text so
//! far in each piece, and servers that start over under the same id (SGLang, after it has set a request aside).
//!
//! A piece that repeats all that several pieces before it said means that the answer started over. Where
//! several pieces repeat the text so far, the text alone does not decide: "very very" may be meant. It then
//! counts as starting over if the server has counted too few tokens for the text. Not found are answers that
//! start over with other words or within their first words, and those whose tokens are not counted.

/// A repetition of this many bytes is no coincidence.
const LEAST: usize = 8;

/// The most bytes that a token has on average: English has four to five. This only counts together with a repetition.
const MOST_A_TOKEN: u64 = 8;

#[derive(Debug, Default)]
pub(super) struct PieceRun {
    text: String,
    /// Where each piece ends, in bytes.
    ends: Vec<usize>,
    newest: String,
    /// Whether each piece so far repeats the one before it and adds to it.
    grows: bool,
}

impl PieceRun {
    /// Returns the number of pieces.
    pub(super) fn count(&self) -> usize {
        self.ends.len()
    }

    /// Adds a piece that is not empty.
    ///
    /// # Errors
    /// Returns a message if the piece repeats what several pieces have said.
    pub(super) fn add(&mut self, text: &str) -> Result<(), String> {
        if self.ends.len() > 1 && self.text.len() >= LEAST && text.starts_with(&self.text) {
            return Err(anew(&self.text));
        }
        self.grows = match self.ends.len() {
            0 => true,
            _ => self.grows && text.len() > self.newest.len() && text.starts_with(&self.newest),
        };
        self.newest.clear();
        if self.grows {
            self.newest.push_str(text);
        }
        self.text.push_str(text);
        self.ends.push(self.text.len());
        Ok(())
    }

    /// Checks the whole text of an answer that has this many tokens.
    ///
    /// # Errors
    /// Returns a message if its pieces repeat something.
    pub(super) fn close(&self, tokens: Option<u64>) -> Result<(), String> {
        if self.grows && self.ends.len() > 1 {
            return Err(
                "a stream whose pieces repeat the whole text so far: if every answer is like this, remove `stream`"
                    .to_owned(),
            );
        }
        let Some(tokens) = tokens.filter(|tokens| *tokens > 0) else { return Ok(()) };
        let (bytes, pieces) = (self.text.len() as u64, self.ends.len() as u64);
        // Each piece has at least one token, unless a gateway has cut them differently.
        if pieces <= tokens && bytes <= tokens.saturating_mul(MOST_A_TOKEN) {
            return Ok(());
        }
        let bytes = self.text.as_bytes();
        let again = common(bytes);
        let begun = self
            .ends
            .iter()
            .find(|end| **end >= LEAST && again.get(**end).is_some_and(|common| common >= *end));
        begun.map_or(Ok(()), |end| Err(anew(&self.text[..*end])))
    }
}

fn anew(text: &str) -> String {
    format!("a stream that starts over with text it already sent: {text}")
}

/// Returns, for each place in `bytes`, how much of their beginning is repeated there (Gusfield's Z algorithm), in
/// linear time.
fn common(bytes: &[u8]) -> Vec<usize> {
    let mut all = vec![0; bytes.len()];
    let (mut from, mut to) = (0, 0);
    for at in 1..bytes.len() {
        let mut length = if at < to { all[at - from].min(to - at) } else { 0 };
        while bytes.get(at + length).is_some_and(|byte| *byte == bytes[length]) {
            length += 1;
        }
        if at + length > to {
            (from, to) = (at, at + length);
        }
        all[at] = length;
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(pieces: &[&str], tokens: Option<u64>) -> Result<(), String> {
        let mut run = PieceRun::default();
        pieces.iter().try_for_each(|piece| run.add(piece))?;
        run.close(tokens)
    }

    #[test]
    fn what_begins_anew_is_told_where_it_can_be() {
        let anew = |text: &str| Err(super::anew(text));
        // One piece repeats all before it, whatever is counted.
        assert_eq!(run(&["Very ", "imp", "Very important"], None), anew("Very imp"));
        assert_eq!(run(&["Very ", "imp", "Very imp", "ortant"], Some(3)), anew("Very imp"));
        // Where several pieces repeat it, only the number of tokens decides.
        let twice = ["Very", " imp", "Very", " imp", "ortant"];
        assert_eq!(run(&twice, Some(3)), anew("Very imp"));
        assert_eq!((run(&twice, Some(5)), run(&twice, None), run(&twice, Some(0))), (Ok(()), Ok(()), Ok(())));
        assert_eq!(run(&["Very important", "Very important"], Some(2)), anew("Very important"));
        // Few tokens or many pieces alone say nothing, and neither does a repetition by the model.
        let letters: Vec<String> = "Very important, very important".chars().map(String::from).collect();
        let letters: Vec<&str> = letters.iter().map(String::as_str).collect();
        assert_eq!((run(&letters, Some(6)), run(&letters, Some(1))), (Ok(()), Ok(())));
        assert_eq!(run(&["no, ", "no, ", "no"], Some(1)), Ok(()));
        assert_eq!(run(&["Very important. ", "Very important. "], Some(6)), Ok(()));
    }

    #[test]
    fn what_grows_with_each_piece_is_told() {
        assert!(
            run(&["Very", "Very important"], None).is_err_and(|why| why.contains("repeat the whole text"))
        );
        assert_eq!(run(&["Very", "Very ", "important"], None), Ok(()));
    }

    #[test]
    fn beginnings_are_found_wherever_they_stand() {
        for text in ["", "a", "aaaa", "abcababcabcd", "abacabadabacaba", "Very impVery important"] {
            let bytes = text.as_bytes();
            for (at, found) in common(bytes).into_iter().enumerate().skip(1) {
                let wanted = bytes[at..].iter().zip(bytes).take_while(|(one, other)| one == other).count();
                assert_eq!(found, wanted, "{text} at {at}");
            }
        }
    }
}
