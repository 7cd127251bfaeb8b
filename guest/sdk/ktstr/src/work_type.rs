//! What a worker does in its loop.

use crate::duration;
use crate::worker::{WorkerCtx, WorkerReport};
use serde::Serialize;
use std::borrow::Cow;
use std::time::Duration;

/// A work function of the test's own.
pub type WorkFn = fn(&WorkerCtx) -> WorkerReport;

/// The loop of a worker. The function named like a variant says which parameters are usual: [`WorkType::bursty`].
/// `size_kb` and the like are in KiB, `stride` in bytes, `*_iters` rounds of a short computation, `fan_out` and
/// `contenders` numbers of workers.
#[allow(missing_docs)] // fields: said above
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum WorkType {
    /// Computes, never sleeps.
    SpinWait,
    /// Yields after each short piece of work.
    YieldHeavy,
    /// Computes, yields and sleeps in turns.
    Mixed,
    /// Writes and syncs a file.
    IoSync,
    /// Computes for a while, sleeps for a while.
    Bursty {
        #[serde(with = "duration")]
        burst_duration: Duration,
        #[serde(with = "duration")]
        sleep_duration: Duration,
    },
    /// Pairs of workers that wake each other over a pipe.
    PipeIo { burst_iters: u64 },
    /// Pairs of workers that wake each other by a futex.
    FutexPingPong { spin_iters: u64 },
    /// Walks a buffer of its own.
    CachePressure { size_kb: usize, stride: usize },
    /// Walks a buffer, then yields.
    CacheYield { size_kb: usize, stride: usize },
    /// Walks a buffer, then wakes its partner over a pipe.
    CachePipe { size_kb: usize, burst_iters: u64 },
    /// One worker wakes `fan_out` others by a futex.
    FutexFanOut { fan_out: usize, spin_iters: u64 },
    /// One worker wakes `fan_out` others, which compute over a buffer.
    FanOutCompute { fan_out: usize, cache_footprint_kb: usize, operations: usize, sleep_usec: u64 },
    /// Phases in turns.
    Sequence { first: WorkPhase, rest: Vec<WorkPhase> },
    /// Forks a child that ends at once, and waits for it.
    ForkExit,
    /// Changes its nice value.
    NiceSweep,
    /// Changes its CPU affinity.
    AffinityChurn { spin_iters: u64 },
    /// Changes its scheduling policy.
    PolicyChurn { spin_iters: u64 },
    /// Touches pages and gives them back.
    PageFaultChurn { region_kb: usize, touches_per_cycle: usize, spin_iters: u64 },
    /// Fights with `contenders` others for one lock.
    MutexContention { contenders: usize, hold_iters: u64, work_iters: u64 },
    /// A function of the test's own, in a child of the test's process. The engine knows it by `name`.
    Custom {
        name: Cow<'static, str>,
        #[serde(skip)]
        run: WorkFn,
    },
}

/// A part of [`WorkType::Sequence`]; each lasts so long.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum WorkPhase {
    /// Computes.
    Spin(#[serde(with = "duration")] Duration),
    /// Sleeps.
    Sleep(#[serde(with = "duration")] Duration),
    /// Yields again and again.
    Yield(#[serde(with = "duration")] Duration),
    /// Writes and syncs a file.
    Io(#[serde(with = "duration")] Duration),
}

impl WorkType {
    /// Bursts of 50 ms between sleeps of 100 ms are usual.
    #[must_use]
    pub const fn bursty(burst_duration: Duration, sleep_duration: Duration) -> WorkType {
        WorkType::Bursty { burst_duration, sleep_duration }
    }

    /// `burst_iters`: usually 1024.
    #[must_use]
    pub const fn pipe_io(burst_iters: u64) -> WorkType {
        WorkType::PipeIo { burst_iters }
    }

    /// `spin_iters`: usually 1024.
    #[must_use]
    pub const fn futex_ping_pong(spin_iters: u64) -> WorkType {
        WorkType::FutexPingPong { spin_iters }
    }

    /// Usually 32 KiB by strides of 64 bytes.
    #[must_use]
    pub const fn cache_pressure(size_kb: usize, stride: usize) -> WorkType {
        WorkType::CachePressure { size_kb, stride }
    }

    /// Usually 32 KiB by strides of 64 bytes.
    #[must_use]
    pub const fn cache_yield(size_kb: usize, stride: usize) -> WorkType {
        WorkType::CacheYield { size_kb, stride }
    }

    /// Usually 32 KiB and 1024 iterations.
    #[must_use]
    pub const fn cache_pipe(size_kb: usize, burst_iters: u64) -> WorkType {
        WorkType::CachePipe { size_kb, burst_iters }
    }

    /// Usually 4 and 1024 iterations.
    #[must_use]
    pub const fn futex_fan_out(fan_out: usize, spin_iters: u64) -> WorkType {
        WorkType::FutexFanOut { fan_out, spin_iters }
    }

    /// Phases in turns.
    #[must_use]
    pub const fn sequence(first: WorkPhase, rest: Vec<WorkPhase>) -> WorkType {
        WorkType::Sequence { first, rest }
    }

    /// Usually 4096 KiB, 256 touches, 64 iterations.
    #[must_use]
    pub const fn page_fault_churn(region_kb: usize, touches_per_cycle: usize, spin_iters: u64) -> WorkType {
        WorkType::PageFaultChurn { region_kb, touches_per_cycle, spin_iters }
    }

    /// Usually 4 contenders, 256 iterations with the lock, 1024 without.
    #[must_use]
    pub const fn mutex_contention(contenders: usize, hold_iters: u64, work_iters: u64) -> WorkType {
        WorkType::MutexContention { contenders, hold_iters, work_iters }
    }

    /// A function of the test's own; see [`crate::worker`] for what it may do. A function pointer and no closure: it
    /// runs in a forked child, which has nothing of the test's later state.
    #[must_use]
    pub fn custom(name: impl Into<Cow<'static, str>>, run: WorkFn) -> WorkType {
        WorkType::Custom { name: name.into(), run }
    }
}
