// error: `disk` is not supported yet
use ktstr::prelude::*;

const DISK: u32 = 1;

#[ktstr_test(disk = DISK)]
fn test(_ctx: &Ctx) -> Result<AssertResult> {
    Ok(AssertResult::pass())
}

fn main() {}
