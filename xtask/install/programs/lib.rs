//! The programs that the build script has compiled, to be carried by `cargo-ktstr` and by `ktstr`.

include!(concat!(env!("OUT_DIR"), "/carried.rs"));
