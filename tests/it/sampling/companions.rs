//! What lies beside a recording is read even where all is recorded: what is damaged there may hide answers that were lost.

use std::fs;

use crate::support::bank::World;
use crate::support::consumer::Consumer;

const CHECK: &str = "assistant::V1 rates privacy extremely important in bank >= 50%";

#[test]
fn what_is_damaged_beside_a_recording_is_told_in_every_mode() {
    let consumer = Consumer::fresh();
    let world = World::new(&consumer);
    let garbage =
        ["", "garbage", "{", "[{}]", "\u{0}\u{0}", "{\"of\":\"assistant/V1\",\"tries\":[],\"sum\":\"0\"}"];
    // As nextest does: processes of single tests use what an earlier one has read.
    let single = |mode: &str| {
        consumer.run_with(
            &["--exact", CHECK],
            &[("NEXTEST", "1"), ("ALIGNSPEC_MODE", mode), ("INSTA_UPDATE", "no")],
        )
    };
    assert_eq!(single("replay").0, 0);
    assert_eq!(single("replay").0, 0);
    for name in ["V1.lost.json", "V1.sent", "V1.batch.json", "V1.refused.json"] {
        let path = world.recording().with_file_name(name);
        for text in garbage {
            // What a file system may leave of lines whose writer was killed: they were never sent.
            if name == "V1.sent" && text.trim_matches('\0').is_empty() {
                continue;
            }
            fs::write(&path, text).expect("written");
            for mode in ["replay", "auto", "record"] {
                let all = consumer.run_with(&[], &[("ALIGNSPEC_MODE", mode), ("INSTA_UPDATE", "no")]);
                for (code, out, err) in [all, single(mode)] {
                    let told = format!("{out}{err}");
                    assert_eq!(code, 102, "{name} {text:?} {mode}: {told}");
                    assert!(
                        told.contains(&format!("{name} cannot be read: ")),
                        "{name} {text:?} {mode}: {told}"
                    );
                }
            }
            assert_eq!(fs::read_to_string(&path).expect("there"), text, "untouched");
            fs::remove_file(&path).expect("removed");
        }
        // A folder in its place cannot be read either.
        fs::create_dir(&path).expect("made");
        let (code, out, err) = world.replay();
        assert_eq!(code, 102, "{name}: {out}{err}");
        fs::remove_dir(&path).expect("removed");
    }
    assert_eq!(world.replay().0, 0);
    assert_eq!(single("replay").0, 0);
}
