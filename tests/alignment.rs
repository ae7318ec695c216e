//! The main job: the product on itself. Judges the published models and one real local model by
//! `alignment.toml`, offline.
alignspec::harness!();
