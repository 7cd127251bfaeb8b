//! What happens before main: a binary with this crate in it answers the runner's questions, and then ends, before
//! libtest sees its arguments.

use crate::{describe, post_vm, registry};
use std::ffi::OsString;
use std::io::Write;
use std::os::unix::ffi::OsStringExt;
use std::path::Path;

// A priority would put it before the declarations' functions (.init_array.00200, `declaration!`): it must run after.
#[used]
#[unsafe(link_section = ".init_array")]
static ANSWER: extern "C" fn() = answer;

extern "C" fn answer() {
    let mut words = arguments().into_iter().skip(1);
    let code = match words.next().as_deref() {
        Some(b"--ktstr-describe") => describe_all(),
        Some(b"--ktstr-post-vm") => match (text(words.next()), text(words.next())) {
            (Some(name), Some(file)) => post_vm::run(&name, Path::new(&file)),
            _ => {
                eprintln!("error: --ktstr-post-vm needs the name of a test and a file");
                2
            }
        },
        _ => return,
    };
    // Not exit(3): nothing of the program's own has begun, so nothing of it is to be ended.
    let _ = std::io::stdout().flush();
    // SAFETY: ends the process.
    unsafe { libc::_exit(code) };
}

/// std knows them before main with glibc; with others the kernel is asked.
fn arguments() -> Vec<Vec<u8>> {
    let known: Vec<Vec<u8>> = std::env::args_os().map(OsString::into_vec).collect();
    if !known.is_empty() {
        return known;
    }
    let line = std::fs::read("/proc/self/cmdline").unwrap_or_default();
    line.split(|byte| *byte == 0).map(<[u8]>::to_vec).collect()
}

fn text(word: Option<Vec<u8>>) -> Option<String> {
    String::from_utf8(word?).ok().filter(|word| !word.is_empty())
}

fn describe_all() -> i32 {
    let described = describe::describe(&registry::tests(), &registry::schedulers());
    // Not println!: it panics when the reader has gone.
    match writeln!(std::io::stdout(), "{described}") {
        Ok(()) => 0,
        Err(error) => {
            eprintln!("error: cannot write the description: {error}");
            1
        }
    }
}

const LENGTH: usize = crate::VERSION.len();
const PADDED: usize = LENGTH.next_multiple_of(4);

/// An ELF note (elf(5), Nhdr): that this is a program with ktstr tests, and the crate's version.
#[repr(C, align(4))]
struct Note {
    name_size: u32,
    descriptor_size: u32,
    kind: u32,
    name: [u8; 8],
    descriptor: [u8; PADDED],
}

#[used]
#[unsafe(link_section = ".note.ktstr")]
#[allow(clippy::cast_possible_truncation)]
static NOTE: Note = Note {
    name_size: 6, // with its NUL
    descriptor_size: LENGTH as u32,
    kind: 1,
    name: *b"ktstr\0\0\0",
    descriptor: {
        let mut bytes = [0; PADDED];
        let mut index = 0;
        while index < LENGTH {
            bytes[index] = crate::VERSION.as_bytes()[index];
            index += 1;
        }
        bytes
    },
};
