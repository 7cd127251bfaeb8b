// error: is more than 255 vCPUs
use ktstr::prelude::*;

declare_scheduler!(WIDE, { name = "wide", binary = "scx_wide", topology = (1, 4, 16, 1) });

#[ktstr_test(scheduler = WIDE, threads = 4)]
fn test(_ctx: &Ctx) -> Result<AssertResult> {
    Ok(AssertResult::pass())
}

fn main() {}
