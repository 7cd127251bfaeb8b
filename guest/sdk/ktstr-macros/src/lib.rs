//! The macros of the crate `ktstr`; they are documented there.

mod keys;
mod named;
mod nearest;
mod rules;
mod scheduler;
mod scheduler_keys;
mod test;
mod test_function;
mod value;

use proc_macro::TokenStream;

/// Makes a function `fn(&Ctx) -> Result<AssertResult>` a test that runs in a VM of its own. The keys are listed in
/// docs/reference/crate.md.
#[proc_macro_attribute]
pub fn ktstr_test(attribute: TokenStream, item: TokenStream) -> TokenStream {
    test::expand(attribute.into(), item.into()).unwrap_or_else(|error| error.to_compile_error()).into()
}

/// `declare_scheduler!(NAME, { name = "..", binary = "..", .. });` makes a `pub static NAME: Scheduler` that the runner
/// knows of. A visibility may stand before the name. The keys are listed in docs/reference/crate.md.
#[proc_macro]
pub fn declare_scheduler(input: TokenStream) -> TokenStream {
    scheduler::expand(input.into()).unwrap_or_else(|error| error.to_compile_error()).into()
}
