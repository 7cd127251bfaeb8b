//! Our own VMM beside QEMU, both under the lab's KVM, in turns: only the ratios mean something.

use crate::lab::Lab;
use crate::number::Number;
use crate::step::Steps;
use crate::{build, kernel, paths, Outcome};
use std::path::Path;
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(8 * 60);
const TURNS: &str = "7";

/// What a machine with nothing to do may take of a CPU, in percent; the lab's is emulated, so ten times slower.
const AT_REST: f64 = 1.0;

/// What machine_bench calls it, for people, and the largest share of QEMU's time that ours may take.
const MEASURES: [(&str, &str, Option<f64>); 3] = [
    ("cold", "lab: boot to the end of an init that reboots", Some(0.7)),
    ("loaded", "lab: a restored machine stands", None),
    ("answered", "lab: a restored guest answers", Some(0.25)),
];

pub fn machines() -> Outcome<Vec<Number>> {
    let mut steps = Steps::new();
    build::preset(&mut steps, "release", &["machine_bench", "ktstr_test_guest_init"])?;
    let lab = Lab::prepare(&mut steps)?;
    let image = kernel::lean_image().ok().or_else(kernel::newest).ok_or("the store shows no kernel")?;
    let vmlinux = Path::new(&image).with_file_name("vmlinux");
    let kernel = if vmlinux.exists() { vmlinux.display().to_string() } else { image };
    let bench = paths::build().join("release/unit/machine_bench").display().to_string();
    let init = paths::program("ktstr_test_guest_init").display().to_string();
    let words = [bench, kernel, init, TURNS.into(), "kvm".into(), "qemu-kvm".into()];
    let told = lab.logged(&words, "lab-machines", LIMIT)?.require()?.text();
    let seconds = |backend: &str, what: &str| -> Outcome<f64> {
        let line = told.lines().find_map(|line| line.trim().strip_prefix(&format!("{backend} {what} ")));
        line.and_then(|number| number.trim().parse().ok())
            .ok_or_else(|| format!("machine_bench does not say `{backend} {what}`:\n{told}"))
    };
    let number = |(what, name, share): &(&str, &str, Option<f64>)| {
        let qemu = seconds("qemu-kvm", what)?;
        Ok(Number {
            name: name.to_string(),
            unit: "s",
            value: seconds("kvm", what)?,
            against: Some(("QEMU under the same KVM", qemu)),
            limit: share.map(|share| share * qemu),
        })
    };
    let mut numbers: Vec<Number> = MEASURES.iter().map(number).collect::<Outcome<_>>()?;
    for (what, name) in [("idle", "lab: an idle guest"), ("paused", "lab: a paused guest")] {
        let against = Some(("QEMU under the same KVM", 100.0 * seconds("qemu-kvm", what)?));
        let value = 100.0 * seconds("kvm", what)?;
        numbers.push(Number { name: name.to_string(), unit: "%", value, against, limit: Some(AT_REST) });
    }
    Ok(numbers)
}
