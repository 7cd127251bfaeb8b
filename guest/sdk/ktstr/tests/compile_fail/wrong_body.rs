// error: mismatched types
use ktstr::prelude::*;

#[ktstr_test]
fn test(_ctx: &Ctx) {}

fn main() {}
