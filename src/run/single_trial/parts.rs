//! Stores named parts in one file, of which a process reads only some. Each part has its own seal, so that the others
//! need not be hashed. The file holds the number of parts, a table of where each part ends (sorted by a hash of its
//! name), and the parts.
//!
//! The table has no seal: the part that it points to must have the seal of the name that was looked up.

use crate::kept::{SEAL, Seals};

/// The length of a name's hash. A row of the table is the hash and the part's end.
const HASH: usize = 16;
const ROW: usize = HASH + 8;

/// Joins the parts into the bytes of one file, each with its seal.
pub(super) fn join(seals: &Seals, parts: Vec<(String, Vec<u8>)>) -> Vec<u8> {
    let sealed = |(name, part): (String, Vec<u8>)| {
        let seal = seals.seal_of(name.as_bytes(), &part);
        (hash(&name), [&seal[..], &part].concat())
    };
    let mut parts: Vec<([u8; HASH], Vec<u8>)> = parts.into_iter().map(sealed).collect();
    parts.sort_unstable();
    let mut bytes = Vec::new();
    bytes.extend((parts.len() as u64).to_le_bytes());
    let mut end = 0;
    for (hash, part) in &parts {
        end += part.len() as u64;
        bytes.extend(hash);
        bytes.extend(end.to_le_bytes());
    }
    parts.iter().for_each(|(_, part)| bytes.extend(part));
    bytes
}

/// Returns the part with this name, if it is complete and was sealed with the same key.
pub(super) fn find<'a>(bytes: &'a [u8], seals: &Seals, name: &str) -> Option<&'a [u8]> {
    let (count, rest) = number(bytes)?;
    let (rows, parts) = rest.split_at_checked(count.checked_mul(ROW)?)?;
    let rows = rows.as_chunks::<ROW>().0;
    let wanted = hash(name);
    let place = rows.binary_search_by(|row| row[..HASH].cmp(&wanted)).ok()?;
    let end = |place: usize| number(&rows[place][HASH..]).map(|(end, _)| end);
    let start = if place == 0 { 0 } else { end(place - 1)? };
    let (seal, part) = parts.get(start..end(place)?)?.split_at_checked(SEAL)?;
    (seals.seal_of(name.as_bytes(), part) == seal).then_some(part)
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
    use crate::kept::KeptKey;

    fn seals(part: &str) -> Seals {
        let mut key = KeptKey::of_program().expect("a program");
        key.part(part).of_parts()
    }

    #[test]
    fn each_part_is_found_whole_or_not_at_all() {
        let names: Vec<String> = (0..50).map(|number| format!("m::{number}")).collect();
        let seals = seals("x");
        let parts = names.iter().map(|name| (name.clone(), name.clone().into_bytes())).collect();
        let bytes = join(&seals, parts);
        for name in &names {
            assert_eq!(find(&bytes, &seals, name), Some(name.as_bytes()));
            assert_eq!(find(&bytes, &self::seals("y"), name), None, "another key");
        }
        assert_eq!(find(&bytes, &seals, "m::50"), None);
        assert_eq!(find(&join(&seals, Vec::new()), &seals, "m"), None);
        // Whatever byte is damaged, nothing else is taken for a part.
        for place in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[place] ^= 1;
            for name in names.iter().step_by(7) {
                let found = find(&damaged, &seals, name);
                assert!(found.is_none_or(|part| part == name.as_bytes()), "{name} at {place}");
                let found = find(&bytes[..place], &seals, name);
                assert!(found.is_none_or(|part| part == name.as_bytes()), "{name} cut at {place}");
            }
        }
    }

    #[test]
    fn no_part_stands_for_another() {
        let seals = seals("x");
        let of = |name: &str| (name.to_owned(), name.as_bytes().to_vec());
        let (one, other) = (join(&seals, vec![of("one")]), join(&seals, vec![of("two")]));
        // The table of one file is combined with the parts of the other.
        let mixed = [&one[..8 + ROW], &other[8 + ROW..]].concat();
        assert_eq!((find(&mixed, &seals, "one"), find(&mixed, &seals, "two")), (None, None));
        assert_eq!(find(&one, &seals, "one"), Some(&b"one"[..]));
    }
}
