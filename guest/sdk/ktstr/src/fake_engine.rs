//! The fake engine of the integration tests, for those of the modules.

#[path = "../tests/common/mod.rs"]
mod common;

pub(crate) use common::{FakeEngine, TempDir};
