//! A part that all trials share and one for each, in one file in which a trial is found without reading the
//! others: the number of trials, where each part ends, sorted by a hash of the trial's name, and the parts.

/// Of the name's hash, and of the row: the hash, and where the part ends.
const HASH: usize = 16;
const ROW: usize = HASH + 8;

/// Puts the parts together.
pub(super) fn join(common: &[u8], trials: Vec<(&str, Vec<u8>)>) -> Vec<u8> {
    let mut trials: Vec<([u8; HASH], Vec<u8>)> =
        trials.into_iter().map(|(name, part)| (hash(name), part)).collect();
    trials.sort_unstable();
    let mut bytes = Vec::new();
    bytes.extend((trials.len() as u64).to_le_bytes());
    let mut end = common.len() as u64;
    bytes.extend(end.to_le_bytes());
    for (hash, part) in &trials {
        end += part.len() as u64;
        bytes.extend(hash);
        bytes.extend(end.to_le_bytes());
    }
    bytes.extend(common);
    trials.iter().for_each(|(_, part)| bytes.extend(part));
    bytes
}

/// The shared part, and that of the trial with this name.
pub(super) fn find<'a>(bytes: &'a [u8], name: &str) -> Option<(&'a [u8], &'a [u8])> {
    let (count, rest) = number(bytes)?;
    let (shared, rest) = number(rest)?;
    let (rows, parts) = rest.split_at_checked(count.checked_mul(ROW)?)?;
    let rows = rows.as_chunks::<ROW>().0;
    let place = rows.binary_search_by(|row| row[..HASH].cmp(&hash(name))).ok()?;
    let end = |place: usize| number(&rows[place][HASH..]).map(|(end, _)| end);
    let start = if place == 0 { shared } else { end(place - 1)? };
    Some((parts.get(..shared)?, parts.get(start..end(place)?)?))
}

fn number(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let (number, rest) = bytes.split_first_chunk::<8>()?;
    Some((usize::try_from(u64::from_le_bytes(*number)).ok()?, rest))
}

fn hash(name: &str) -> [u8; HASH] {
    let mut hash = [0; HASH];
    hash.copy_from_slice(&blake3::hash(name.as_bytes()).as_bytes()[..HASH]);
    hash
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_trial_finds_its_part() {
        let names: Vec<String> = (0..50).map(|number| format!("m::{number}")).collect();
        let parts = names.iter().map(|name| (name.as_str(), name.clone().into_bytes())).collect();
        let bytes = join(b"shared", parts);
        for name in &names {
            assert_eq!(find(&bytes, name), Some((&b"shared"[..], name.as_bytes())));
        }
        assert_eq!(find(&bytes, "m::50"), None);
        assert_eq!(find(&join(b"shared", Vec::new()), "m"), None);
        for end in 0..bytes.len() {
            names.iter().for_each(|name| {
                find(&bytes[..end], name);
            });
        }
    }
}
