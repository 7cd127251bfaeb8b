//! Work that waits for no one: compiling and reading code beside the tests of VMs, on what those leave of the CPUs.

use crate::shell;
use crate::step::Steps;
use crate::Outcome;
use std::thread::JoinHandle;

pub type Work = fn(&mut Steps) -> Outcome<()>;

extern "C" {
    fn sched_setscheduler(pid: i32, policy: i32, parameters: *const i32) -> i32;
}
const SCHED_IDLE: i32 = 5;

/// One piece of work after the other, in a thread whose programs run when nothing else wants the CPU. How each ended has no
/// weight here: it is done again, then from what the first left, by whoever needs it.
pub struct Lane(Option<JoinHandle<()>>);

impl Lane {
    pub fn begin(steps: &Steps, work: Vec<Work>) -> Self {
        let mut steps = steps.clone();
        Self(Some(std::thread::spawn(move || {
            // SAFETY: a plain system call on this thread; the parameter is a sched_param of Linux, priority 0.
            unsafe { sched_setscheduler(0, SCHED_IDLE, &0) };
            shell::hide_progress();
            for one in work {
                if let Err(why) = one(&mut steps) {
                    eprintln!("{why}");
                }
            }
        })))
    }

    pub fn wait(&mut self) {
        if let Some(thread) = self.0.take() {
            thread.join().expect("work in the lane does not panic");
        }
    }
}
