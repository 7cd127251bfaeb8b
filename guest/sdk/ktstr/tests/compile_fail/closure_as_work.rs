// error: mismatched types
use ktstr::prelude::*;

fn main() {
    let captured = String::new();
    let _ = WorkType::custom("c", |_: &WorkerCtx| {
        println!("{captured}");
        WorkerReport::default()
    });
}
