//! `cargo xtask bench`: what the limits of the project say, measured in one run; a table, and build/bench.json.

use crate::number::Number;
use crate::packages::Scope;
use crate::step::{Done, Steps};
use crate::{
    build, demo, kernel, measure, measure_attached, measure_kernels, measure_machines, measure_plan,
    measure_stats, measure_templates, paths, setup, Outcome,
};

type Measure = fn() -> Outcome<Vec<Number>>;

#[rustfmt::skip]
const MEASURES: &[(&str, &str, Measure)] = &[
    ("build",   "a clean release build",                      measure::clean_build),
    ("sizes",   "the programs' sizes",                        measure::sizes),
    ("list",    "listing",                                    measure::listing),
    ("memory",  "memory of ktstr-runner",                     measure::runner_memory),
    ("example", "the example natively and in VMs",            measure::suite),
    ("kernels", "finding a kernel",                           measure_kernels::found),
    ("plan",    "choosing what runs in a budget",             measure_plan::plan),
    ("stats",   "comparing 100,000 sidecars",                 measure_stats::compare),
    ("restore", "one test, restored and booted",              measure_templates::one_test),
    ("clones",  "memory of clones",                           measure_templates::clones),
    ("machines", "our VMM beside QEMU, in the lab",           measure_machines::machines),
    ("attached", "tests under an attached scheduler",         measure_attached::attached),
    ("hundred", "a hundred tests, natively, restored, booted", measure_templates::hundred),
];

pub fn task(steps: &mut Steps, arguments: &[String]) -> Outcome<()> {
    if let Some(unknown) = arguments.iter().find(|word| !MEASURES.iter().any(|(name, ..)| name == word)) {
        let names: Vec<_> = MEASURES.iter().map(|(name, ..)| *name).collect();
        return Err(format!("no measurement `{unknown}`; there are {}", names.join(", ")));
    }
    setup::install(steps, Scope::Test)?;
    demo::require_nextest()?;
    build::release(steps)?;
    kernel::any(steps)?;
    let mut numbers = Vec::new();
    for (name, subject, measure) in MEASURES {
        if !arguments.is_empty() && !arguments.iter().any(|word| word == name) {
            continue;
        }
        steps.run(&format!("bench: {subject}"), || {
            let found = measure()?;
            let count = found.len();
            numbers.extend(found);
            Ok(Done::Did(format!("{count} numbers")))
        })?;
    }
    print_table(&numbers);
    let file = paths::build().join("bench.json");
    std::fs::write(&file, json(&numbers)).map_err(|why| format!("cannot write {}: {why}", file.display()))?;
    println!("\nas JSON: {}", file.display());
    let missed = numbers.iter().filter(|number| number.verdict() == "MISS").count();
    if missed > 0 {
        return Err(format!("{missed} limits missed"));
    }
    Ok(())
}

fn print_table(numbers: &[Number]) {
    let shown = |value: Option<f64>| value.map_or("-".to_string(), |value| format!("{value:.2}"));
    println!("\n{:<52} {:>10} {:<4} {:>10} {:>8}  ratio is to", "number", "value", "", "limit", "ratio");
    for n in numbers {
        let base = match (n.against, n.limit) {
            (Some((name, value)), _) => format!("{name} ({value:.2} {})", n.unit),
            (None, Some(_)) => "the limit".to_string(),
            (None, None) => String::new(),
        };
        let (limit, ratio) = (shown(n.limit), shown(n.ratio()));
        println!(
            "{:<52} {:>10.2} {:<4} {limit:>10} {ratio:>8}  {base:<40} {}",
            n.name,
            n.value,
            n.unit,
            n.verdict()
        );
    }
}

fn json(numbers: &[Number]) -> String {
    let or_null = |value: Option<f64>| value.map_or("null".to_string(), |value| format!("{value:.6}"));
    let rows = numbers.iter().map(|n| {
        let (base_name, base) = n.against.map_or(("null".to_string(), None), |(name, value)| (format!("{name:?}"), Some(value)));
        format!(
            "    {{\"name\": {:?}, \"unit\": {:?}, \"value\": {:.6}, \"limit\": {}, \"against\": {base_name}, \
             \"against_value\": {}, \"ratio\": {}, \"verdict\": {:?}}}",
            n.name,
            n.unit,
            n.value,
            or_null(n.limit),
            or_null(base),
            or_null(n.ratio()),
            n.verdict()
        )
    });
    format!("{{\n  \"schema\": 1,\n  \"numbers\": [\n{}\n  ]\n}}\n", rows.collect::<Vec<_>>().join(",\n"))
}
