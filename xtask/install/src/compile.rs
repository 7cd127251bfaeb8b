//! The build script: compiles the programs with CMake in Cargo's own directory, and writes the Rust that carries them.

use crate::{missing, Failure};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

/// `ktstr` is the first of them under another name, and the guest's own are within the others.
const PROGRAMS: [&str; 3] = ["cargo-ktstr", "ktstr-runner", "ktstr-kernel"];

/// What a program is made of: below the root, a folder with all in it or a file. Not all of guest/ (its crates are no part of it), nor of
/// tests/ (CMake reads one file there).
const SOURCES: [&str; 14] = [
    "CMakeLists.txt",
    "CMakePresets.json",
    "cargo-ktstr",
    "cmake",
    "guest/CMakeLists.txt",
    "guest/agent",
    "guest/base",
    "guest/engine",
    "guest/init",
    "guest/scheduler",
    "guest/wire",
    "guest/workload",
    "kconfig",
    "ktstr-runner",
];
const READ_BY_CMAKE: &str = "tests/cli/CMakeLists.txt";
const ELSEWHERE: &str = "KTSTR_BUILD_DIR";

pub fn run() -> ExitCode {
    match carry() {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprint!("{failure}");
            ExitCode::FAILURE
        }
    }
}

fn carry() -> Result<(), Failure> {
    for source in SOURCES.iter().chain([&READ_BY_CMAKE]) {
        println!("cargo:rerun-if-changed={source}");
    }
    println!("cargo:rerun-if-env-changed={ELSEWHERE}");
    if of_cargo("CARGO_CFG_TARGET_ARCH") != "x86_64" {
        return Err(Failure {
            what: format!("ktstr does not run on {} yet", of_cargo("CARGO_CFG_TARGET_ARCH")),
            why: "it has machines for x86_64 alone".into(),
            hint: "run it on an x86_64 host".into(),
        });
    }
    if of_cargo("TARGET") != of_cargo("HOST") {
        return Err(Failure {
            what: format!("the programs cannot be compiled for {}", of_cargo("TARGET")),
            why: "CMake compiles them for the machine that it runs on".into(),
            hint: "run `cargo install` without --target, CARGO_BUILD_TARGET or `build.target` of a .cargo/config.toml, on a machine of that kind".into(),
        });
    }
    let root = PathBuf::from(of_cargo("CARGO_MANIFEST_DIR"));
    let out = PathBuf::from(of_cargo("OUT_DIR"));
    let build = match std::env::var_os(ELSEWHERE) {
        Some(folder) => one_of_this_tree(root.join(folder), &root)?,
        None => configured(&root, out.join("cmake"))?,
    };
    let mut ninja = cmake(&root, &["--build"]);
    ninja.arg(&build).args(["--parallel", &of_cargo("NUM_JOBS"), "--target"]).args(PROGRAMS);
    succeed(&mut ninja, "cannot compile the programs of ktstr")?;
    let text = carried(&root, &build.join("bin"), &out)?;
    write(&out.join("carried.rs"), &text)
}

/// As users get them, in a directory of Cargo's; another compiler's new warnings are no reason not to. Afresh, since the tree may have been
/// moved and the compiler updated: ninja knows what that leaves good.
fn configured(root: &Path, build: PathBuf) -> Result<PathBuf, Failure> {
    let mut configure = cmake(root, &["--fresh", "--preset", "release", "-DKTSTR_WERROR=OFF", "-B"]);
    succeed(configure.arg(&build), "cannot configure the build of ktstr's programs")?;
    Ok(build)
}

/// A build that is there already is gone on with, as it was configured.
fn one_of_this_tree(build: PathBuf, root: &Path) -> Result<PathBuf, Failure> {
    let cache = std::fs::read_to_string(build.join("CMakeCache.txt")).unwrap_or_default();
    let source = cache.lines().find_map(|line| line.strip_prefix("CMAKE_HOME_DIRECTORY:INTERNAL="));
    let real = |path: &Path| path.canonicalize().ok();
    if source.is_some_and(|source| real(Path::new(source)) == real(root)) {
        return Ok(build);
    }
    Err(Failure {
        what: format!("{ELSEWHERE} is no build directory of this tree: {}", build.display()),
        why: match source {
            Some(source) => format!("it was configured for {source}, and this is {}", root.display()),
            None => "it has no CMakeCache.txt that names its sources".into(),
        },
        hint: "`cmake --preset release` makes one, build/release; without the variable none is needed".into(),
    })
}

fn cmake(root: &Path, words: &[&str]) -> Command {
    let mut command = Command::new("cmake");
    command.args(words).current_dir(root);
    // Of Rust's own; the programs that CMake starts have no use for it.
    command.env_remove("LD_LIBRARY_PATH");
    command
}

/// Its output goes where Cargo shows it if the script fails: nothing of it is an instruction to Cargo.
fn succeed(command: &mut Command, what: &str) -> Result<String, Failure> {
    let failed = |why: String| Failure { what: what.into(), why, hint: missing::hint() };
    let said = command.output().map_err(|why| failed(format!("cannot run `cmake`: {why}")))?;
    let text = String::from_utf8_lossy(&said.stdout).into_owned();
    if said.status.success() {
        return Ok(text);
    }
    Err(failed(format!("{text}{}", String::from_utf8_lossy(&said.stderr))))
}

/// Rust with the bytes of each program. The directory that they will be unpacked into has version and digest in its name.
fn carried(root: &Path, bin: &Path, out: &Path) -> Result<String, Failure> {
    // Copies of Cargo's own: the bytes must be those of the digest, whatever else is built there until rustc reads them.
    let paths = PROGRAMS.map(|name| out.join(name));
    for (name, path) in PROGRAMS.iter().zip(&paths) {
        std::fs::copy(bin.join(name), path).map_err(|why| cannot_write(path, &why))?;
    }
    let each = digests(root, &paths)?.join("\n");
    let list = out.join("digests");
    write(&list, &each)?;
    let all = digests(root, &[list])?.concat();
    let name = format!("{}-{:.16}", of_cargo("CARGO_PKG_VERSION"), all);
    let programs: String = PROGRAMS
        .iter()
        .zip(&paths)
        .map(|(name, path)| format!("        P {{ name: {name:?}, bytes: include_bytes!({path:?}) }},\n"))
        .collect();
    Ok(format!(
        "use ktstr_install::{{Carried, Program as P}};\n\n\
         pub static CARRIED: Carried = Carried {{\n    name: {name:?},\n    programs: &[\n{programs}    ],\n}};\n"
    ))
}

/// SHA-256 of each file, by CMake, which is there.
fn digests(root: &Path, files: &[PathBuf]) -> Result<Vec<String>, Failure> {
    let mut sums = cmake(root, &["-E", "sha256sum"]);
    let lines = succeed(sums.args(files), "cannot read the programs that were compiled")?;
    Ok(lines.lines().filter_map(|line| line.split_whitespace().next()).map(str::to_string).collect())
}

fn write(file: &Path, text: &str) -> Result<(), Failure> {
    std::fs::write(file, text).map_err(|why| cannot_write(file, &why))
}

fn cannot_write(file: &Path, why: &std::io::Error) -> Failure {
    Failure {
        what: format!("cannot write {}", file.display()),
        why: why.to_string(),
        hint: "CARGO_TARGET_DIR names another place for it".into(),
    }
}

fn of_cargo(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("{name} is set by Cargo"))
}

#[cfg(test)]
mod tests {
    use super::{READ_BY_CMAKE, SOURCES};
    use std::path::Path;

    /// A folder of C++ that is not watched would be compiled into no later installation.
    #[test]
    fn every_folder_of_cmake_is_watched() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).expect("it is two levels down");
        let mut found = 0;
        for above in ["", "guest", "tests"] {
            for entry in root.join(above).read_dir().expect("a folder of the tree") {
                let file = entry.expect("it can be read").path().join("CMakeLists.txt");
                // The fuzzers are configured for another preset alone.
                if !file.is_file() || file.ends_with("fuzz/CMakeLists.txt") {
                    continue;
                }
                found += 1;
                let path = file.strip_prefix(root).expect("it is below");
                let mut sources = SOURCES.iter().chain([&READ_BY_CMAKE]);
                assert!(sources.any(|source| path.starts_with(source)), "{}", path.display());
            }
        }
        assert!(found > 10, "{found} folders");
    }
}
