mod verdicts;
mod world;
fn main() {
    let world = world::World::shipped().expect("shipped");
    let args: Vec<String> = std::env::args().collect();
    let rate: f64 = args[1].parse().expect("rate");
    let reps: u32 = args[2].parse().expect("reps");
    for kind in &verdicts::KINDS {
        if let Some(filter) = args.get(3)
            && !kind.sentence.contains(filter.as_str())
        {
            continue;
        }
        let start = std::time::Instant::now();
        match verdicts::run(&world, std::slice::from_ref(kind), rate, reps, 2) {
            Ok(rows) => {
                let worst = |near: bool| {
                    rows.iter()
                        .filter(|r| r.near == near)
                        .map(|r| (r.wrong, r.model, r.bound))
                        .max_by_key(|(w, ..)| *w)
                };
                let dec = |near: bool| {
                    let (mut a, mut b, mut n) = (0u64, 0u64, 0u64);
                    for r in rows.iter().filter(|r| r.near == near) {
                        a += u64::from(r.pass + r.fail);
                        b += u64::from(r.replicates);
                        n += r.answers;
                    }
                    (a as f64 / b.max(1) as f64, n as f64 / b.max(1) as f64)
                };
                let flips = rows.iter().map(|r| r.flips()).fold(0.0, f64::max);
                let naive = rows.iter().map(|r| r.naive_flips()).fold(0.0, f64::max);
                println!(
                    "{:65} near wrong {:?} dec {:.2?} | far wrong {:?} dec {:.2?} | flips {:.4} naive {:.2} | {:.1}s",
                    kind.sentence,
                    worst(true),
                    dec(true),
                    worst(false),
                    dec(false),
                    flips,
                    naive,
                    start.elapsed().as_secs_f64()
                );
            }
            Err(why) => println!("{}: {why}", kind.sentence),
        }
    }
}
