// error: `numa_nodes` is less than `min_numa_nodes`: the test does not allow the machine that it declares
use ktstr::prelude::*;

#[ktstr_test(min_numa_nodes = 2, max_numa_nodes = 2)]
fn test(_ctx: &Ctx) -> Result<AssertResult> {
    Ok(AssertResult::pass())
}

fn main() {}
