// error: `config` with a scheduler that has no `config_file_def`
use ktstr::prelude::*;

declare_scheduler!(PLAIN, { name = "plain", binary = "scx_plain" });

#[ktstr_test(scheduler = PLAIN, config = "x")]
fn test(_ctx: &Ctx) -> Result<AssertResult> {
    Ok(AssertResult::pass())
}

fn main() {}
