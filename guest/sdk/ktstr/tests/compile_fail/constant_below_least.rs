// error: `cleanup_budget_ms`: expected a whole number of at least 1
use ktstr::prelude::*;

const LIMIT: u64 = 0;

#[ktstr_test(scheduler = EEVDF, cleanup_budget_ms = LIMIT)]
fn test(_ctx: &Ctx) -> Result<AssertResult> {
    Ok(AssertResult::pass())
}

fn main() {}
