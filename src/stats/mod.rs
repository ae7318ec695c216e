//! stand-in until the stats branch lands
pub mod resample {
    use rand::SeedableRng;
    pub fn rng(seed: u64, labels: &[&str]) -> rand::rngs::ChaCha8Rng {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&seed.to_le_bytes());
        for label in labels {
            hasher.update(&(label.len() as u64).to_le_bytes());
            hasher.update(label.as_bytes());
        }
        rand::rngs::ChaCha8Rng::from_seed(*hasher.finalize().as_bytes())
    }
}
