//! flock(2): the kernel releases it whatever happens to its holder.

use std::fs::{File, OpenOptions};
use std::io::{Error, ErrorKind};
use std::os::fd::AsRawFd;
use std::path::Path;

extern "C" {
    fn flock(fd: i32, operation: i32) -> i32;
}
const LOCK_EX: i32 = 2;

/// Held until the value is dropped.
pub struct Lock(#[allow(dead_code, reason = "its end is what it is for")] File);

impl Lock {
    /// Of a file that need not be there. On NFS a lock that excludes others wants it open for writing.
    pub fn of(path: &Path) -> std::io::Result<Self> {
        let file = OpenOptions::new().write(true).create(true).truncate(false).open(path)?;
        loop {
            // SAFETY: a plain system call on a descriptor that is open.
            if unsafe { flock(file.as_raw_fd(), LOCK_EX) } == 0 {
                return Ok(Self(file));
            }
            let why = Error::last_os_error();
            if why.kind() != ErrorKind::Interrupted {
                return Err(why);
            }
        }
    }
}
