// error: `watchdog_timeout_s`: expected a whole number from 1 to 30
use ktstr::prelude::*;

const LIMIT: u64 = 31;

#[ktstr_test(scheduler = EEVDF, watchdog_timeout_s = LIMIT)]
fn test(_ctx: &Ctx) -> Result<AssertResult> {
    Ok(AssertResult::pass())
}

fn main() {}
