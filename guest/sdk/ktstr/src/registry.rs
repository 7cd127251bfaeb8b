//! Which tests and schedulers this program has. Each declaration brings a function in `.init_array` that links a node
//! into a list: all before main, without a table that a linker could drop.

use crate::entry::{Declared, KtstrTestEntry};
use std::ptr::{null_mut, NonNull};
use std::sync::atomic::{AtomicPtr, Ordering};

/// What a node stands for.
#[derive(Clone, Copy, Debug)]
pub enum Declaration {
    /// A test.
    Test(&'static KtstrTestEntry),
    /// A scheduler.
    Scheduler(Declared),
}

/// One declaration. A node is linked at most once: by its own function in `.init_array`.
#[derive(Debug)]
pub struct Node {
    declaration: Declaration,
    next: AtomicPtr<Node>,
}

static FIRST: AtomicPtr<Node> = AtomicPtr::new(null_mut());

impl Node {
    /// Of one declaration; not linked yet.
    #[must_use]
    pub const fn new(declaration: Declaration) -> Node {
        Node { declaration, next: AtomicPtr::new(null_mut()) }
    }

    /// Links it. Runs before main, on the only thread.
    pub fn register(&'static self) {
        self.next.store(FIRST.load(Ordering::Relaxed), Ordering::Relaxed);
        FIRST.store(std::ptr::from_ref(self).cast_mut(), Ordering::Release);
    }
}

/// All declarations, in no order that means anything.
pub(crate) fn declarations() -> impl Iterator<Item = Declaration> {
    let mut next = FIRST.load(Ordering::Acquire);
    std::iter::from_fn(move || {
        // SAFETY: only `register` stores pointers here, and it has them from 'static references.
        let node: &'static Node = unsafe { NonNull::new(next)?.as_ref() };
        next = node.next.load(Ordering::Relaxed);
        Some(node.declaration)
    })
}

/// All tests, by name.
pub(crate) fn tests() -> Vec<&'static KtstrTestEntry> {
    let mut tests: Vec<_> = declarations()
        .filter_map(|declaration| match declaration {
            Declaration::Test(entry) => Some(entry),
            Declaration::Scheduler(_) => None,
        })
        .collect();
    tests.sort_by_key(|entry| entry.name);
    tests
}

/// All declared schedulers, by id.
pub(crate) fn schedulers() -> Vec<Declared> {
    let mut schedulers: Vec<_> = declarations()
        .filter_map(|declaration| match declaration {
            Declaration::Scheduler(declared) => Some(declared),
            Declaration::Test(_) => None,
        })
        .collect();
    schedulers.sort_by_key(|declared| declared.id);
    schedulers
}
