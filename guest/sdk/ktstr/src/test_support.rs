//! What the macros write, and what a scheduler's declaration may need.

pub use crate::assert::Assert;
pub use crate::entry::{Declared, KtstrTestEntry, PostVm};
pub use crate::harness::run_ktstr_test;
pub use crate::measured::Word;
#[doc(hidden)]
pub use crate::registry::{Declaration, Node};
pub use crate::scheduler::{Scheduler, SchedulerSpec, Sysctl};
#[doc(hidden)]
pub use crate::topology::TopologyKeys;
pub use crate::topology::{Topology, TopologyConstraints};

/// Links a declaration into the list of this program's. The priority puts it after std's own function and before the
/// one that answers the runner.
#[doc(hidden)]
#[macro_export]
macro_rules! __ktstr_declaration {
    ($declaration:expr) => {
        const _: () = {
            static NODE: $crate::test_support::Node = $crate::test_support::Node::new($declaration);
            extern "C" fn register() {
                NODE.register();
            }
            #[used]
            #[unsafe(link_section = ".init_array.00200")]
            static REGISTER: extern "C" fn() = register;
        };
    };
}
