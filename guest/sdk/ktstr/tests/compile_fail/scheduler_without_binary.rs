// error: `NOWHERE` comes from nowhere
use ktstr::prelude::*;

declare_scheduler!(NOWHERE, { name = "nowhere" });

fn main() {}
