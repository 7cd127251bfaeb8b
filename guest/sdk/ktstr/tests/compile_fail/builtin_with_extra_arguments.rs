// error: `extra_sched_args` with a scheduler of the kernel's own
use ktstr::prelude::*;

declare_scheduler!(INSIDE, { name = "inside", kernel_builtin_enable = ["echo 1 > /sys/kernel/x"] });

#[ktstr_test(scheduler = INSIDE, extra_sched_args = ["-v"])]
fn test(_ctx: &Ctx) -> Result<AssertResult> {
    Ok(AssertResult::pass())
}

fn main() {}
