//! `cargo xtask lab [--cpus N] [-- COMMAND...]`: a shell or a command on this machine's own root filesystem, under a kernel with a
//! working KVM. The KVM is emulated (nested SVM in QEMU's TCG), so it is there on every machine, about ten times slower.

use crate::packages::Scope;
use crate::shell::{command, foreground, logged, output, run_with, Finished};
use crate::step::{Done, Steps};
use crate::{apt, paths, setup, text, Outcome};
use std::io::IsTerminal;
use std::os::unix::fs::{symlink, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

const FETCH_LIMIT: Duration = Duration::from_secs(5 * 60);
const SHELL_LIMIT: Duration = Duration::from_secs(24 * 60 * 60);
/// An AMD processor with nested paging, less what TCG has not.
const CPU: &str =
    "EPYC-Rome,+svm,+npt,-fxsr-opt,-misalignsse,-osvw,-topoext,-perfctr-core,-clzero,-ibpb,-amd-stibp,\
-nrip-save,-xsavec,-xsaves";
/// With two, QEMU's threads get nested guests wrong now and then: 3 of 25 boots of 8 vCPUs took the lab down, or died
/// themselves, and 0 of 15 with one (QEMU 10.0.2). Turns in one thread and counted instructions (-icount) are no cure: guests
/// stood still there. So suites have one; two labs side by side use two cores just as well.
const CPUS: u32 = 1;
const MEMORY: &str = "8192";

/// What the lab's kernel needs to find its root and to offer KVM, in the order of their dependencies.
const MODULES: &[&str] = &[
    "virtio_ring",
    "virtio",
    "virtio_pci_legacy_dev",
    "virtio_pci_modern_dev",
    "virtio_pci",
    "virtio_console",
    "netfs",
    "fscache",
    "9pnet",
    "9pnet_virtio",
    "9p",
    "overlay",
    "irqbypass",
    "kvm",
    "ccp",
    "kvm-amd",
];

pub fn task(steps: &mut Steps, arguments: &[String]) -> Outcome<()> {
    let (cpus, arguments) = match arguments {
        [option, number, rest @ ..] if option == "--cpus" => {
            let cpus = number.parse().ok().filter(|cpus| (1..=8).contains(cpus));
            (cpus.ok_or_else(|| format!("--cpus is `{number}`, not a number from 1 to 8"))?, rest)
        }
        rest => (CPUS, rest),
    };
    let words = match arguments {
        [] => vec!["bash".to_string(), "-i".to_string()],
        [dashes, words @ ..] if dashes == "--" && !words.is_empty() => words.to_vec(),
        _ => {
            return Err(
                "what runs in the lab comes after `--`\n  hint: cargo xtask lab -- COMMAND...".to_string()
            )
        }
    };
    setup::install(steps, Scope::Test)?;
    let lab = Lab::prepare(steps)?.with_cpus(cpus);
    let code = lab.run(&words)?;
    std::process::exit(code) // the command's own, for those who call this in a script
}

/// A kernel and the image it boots.
pub struct Lab {
    kernel: PathBuf,
    modules: PathBuf,
    cpus: u32,
}

impl Lab {
    pub fn prepare(steps: &mut Steps) -> Outcome<Self> {
        let mut made = None;
        steps.run("lab: the distribution's kernel with KVM", || {
            let package = kernel_package()?;
            let folder = paths::cache().join("lab").join(&package);
            let done = if folder.join("boot").exists() {
                Done::Skipped(package.clone())
            } else {
                fetch(&package, &folder)?;
                Done::Did(package.clone())
            };
            let release = package.trim_start_matches("linux-image-").to_string();
            made = Some(Self {
                kernel: folder.join("boot").join(format!("vmlinuz-{release}")),
                modules: folder.join("lib/modules").join(release).join("kernel"),
                cpus: CPUS,
            });
            Ok(done)
        })?;
        made.ok_or_else(|| "the lab has no kernel".to_string())
    }

    /// For what needs a CPU of its own beside another.
    pub fn with_cpus(self, cpus: u32) -> Self {
        Self { cpus, ..self }
    }

    /// The lab's own kernel, which tests may boot too.
    pub fn kernel(&self) -> &Path {
        &self.kernel
    }

    /// The folder of that kernel's modules, for a script that loads more of them.
    pub fn modules(&self) -> &Path {
        &self.modules
    }

    /// On this terminal, with this directory and environment. Its exit code.
    fn run(&self, words: &[String]) -> Outcome<i32> {
        Visit::with(self, words, std::io::stdin().is_terminal(), |visit| {
            let mut qemu = visit.qemu();
            qemu.stdin(std::process::Stdio::inherit());
            foreground(&mut qemu, SHELL_LIMIT)?;
            visit.code()
        })
    }

    /// The same without a terminal, what it prints in build/logs/<name>.log.
    pub fn logged(&self, words: &[String], name: &str, limit: Duration) -> Outcome<Finished> {
        Visit::with(self, words, false, |visit| {
            let finished = logged(&mut visit.qemu(), name, limit)?;
            if !finished.ok() {
                return Ok(finished);
            }
            Ok(finished.but_ended_with(visit.code()?))
        })
    }
}

/// One start of the lab, and the folder that it needs while it runs.
struct Visit<'a> {
    lab: &'a Lab,
    folder: PathBuf,
    on_terminal: bool,
}

impl Visit<'_> {
    fn with<T>(
        lab: &Lab,
        words: &[String],
        on_terminal: bool,
        work: impl FnOnce(&Visit) -> Outcome<T>,
    ) -> Outcome<T> {
        let folder = paths::build().join(format!("lab-{}", std::process::id()));
        let visit = Visit { lab, folder, on_terminal };
        // One that a killed process of the same number has left would answer for this one.
        let _ = std::fs::remove_dir_all(&visit.folder);
        let result = visit.prepare(words).and_then(|()| work(&visit));
        // A private folder of this visit; what mattered has been read.
        let _ = std::fs::remove_dir_all(&visit.folder);
        result
    }

    fn prepare(&self, words: &[String]) -> Outcome<()> {
        let image = self.folder.join("image");
        let io = |why: std::io::Error| format!("cannot prepare the lab in {}: {why}", self.folder.display());
        std::fs::create_dir_all(self.out()).map_err(io)?;
        // The environment is in it, and with it what others must not read.
        std::fs::set_permissions(&self.folder, std::fs::Permissions::from_mode(0o700)).map_err(io)?;
        self.image(&image, &job(words)?).map_err(|why| format!("cannot make the lab's boot image: {why}"))?;
        let pack = "find . | cpio --quiet -o -H newc > ../initramfs";
        output(run_with("sh", &["-c", pack]).current_dir(&image)).map(|_| ())
    }

    fn out(&self) -> PathBuf {
        self.folder.join("out")
    }

    /// What the lab's init has left, once the lab is off.
    fn code(&self) -> Outcome<i32> {
        let status = std::fs::read_to_string(self.out().join("status")).unwrap_or_default();
        status.trim().parse().map_err(|_| {
            let said = std::fs::read(self.folder.join("console")).unwrap_or_default();
            format!("the lab ended without an exit code\n{}", text::tail(&String::from_utf8_lossy(&said), 30))
        })
    }

    fn image(&self, folder: &Path, job: &str) -> std::io::Result<()> {
        for name in ["bin", "modules", "proc", "sys", "dev"] {
            std::fs::create_dir_all(folder.join(name))?;
        }
        std::fs::copy("/bin/busybox", folder.join("bin/busybox"))?;
        symlink("busybox", folder.join("bin/sh"))?;
        std::fs::copy(paths::root().join("tests/lab/init"), folder.join("init"))?;
        std::fs::write(folder.join("job"), job)?;
        if self.on_terminal {
            std::fs::write(folder.join("interactive"), "")?;
        }
        for name in MODULES {
            let file = format!("{name}.ko");
            let found = find(&self.lab.modules, &file)
                .ok_or_else(|| std::io::Error::other(format!("the kernel has no module {file}")))?;
            std::fs::copy(found, folder.join("modules").join(file))?;
        }
        let order: String = MODULES.iter().map(|name| format!("{name}.ko\n")).collect();
        std::fs::write(folder.join("modules/order"), order)
    }

    /// The kernel's tick is periodic: QEMU 10.0.2 loses an interrupt now and then when its thread of timers and that of the
    /// CPU mark interrupts at the same time (the helpers of VMRUN and of leaving a guest do it unlocked). A tick that comes
    /// again by itself heals that; one that must be armed anew never comes, and a nested guest that spins has the CPU for ever.
    fn qemu(&self) -> std::process::Command {
        let khz = measured_tsc_khz();
        let append = format!(
            "console=ttyS0 loglevel=5 mitigations=off tsc_early_khz={khz} lpj={khz} tsc=reliable no_timer_check nohz=off highres=off panic=-1"
        );
        let share = |tag: &str, path: &str, more: &str| {
            format!("local,path={path},mount_tag={tag},security_model=none,multidevs=remap{more}")
        };
        let console = format!("file:{}", self.folder.join("console").display());
        let mut qemu = command("qemu-system-x86_64");
        qemu.args(["-M", "q35", "-accel", "tcg,thread=multi", "-cpu", CPU]);
        qemu.args([
            "-smp",
            &self.lab.cpus.to_string(),
            "-m",
            MEMORY,
            "-nodefaults",
            "-no-user-config",
            "-display",
            "none",
            "-no-reboot",
        ]);
        qemu.args(["-serial", &console, "-device", "virtio-serial-pci"]);
        qemu.args(["-chardev", "stdio,id=terminal,signal=off", "-device", "virtconsole,chardev=terminal"]);
        qemu.args(["-virtfs", &share("lab.root", "/", ",readonly=on")]);
        qemu.args(["-virtfs", &share("lab.out", &self.out().display().to_string(), "")]);
        qemu.args(["-append", &append]);
        qemu.arg("-kernel").arg(&self.lab.kernel).arg("-initrd").arg(self.folder.join("initramfs"));
        qemu
    }
}

/// The script that the lab's init runs: the caller's directory, environment and words.
fn job(words: &[String]) -> Outcome<String> {
    let mut script = String::new();
    for (name, value) in std::env::vars_os() {
        let (Ok(name), Ok(value)) = (name.into_string(), value.into_string()) else {
            continue; // no shell can be told of it
        };
        if name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') && name != "PWD" {
            script += &format!("export {name}={}\n", text::quoted(&value));
        }
    }
    let here = std::env::current_dir().map_err(|why| format!("no current directory: {why}"))?;
    script += &format!("cd {} || exit 126\n", text::quoted(&here.display().to_string()));
    let words: Vec<String> = words.iter().map(|word| text::quoted(word)).collect();
    script += &format!("exec {}\n", words.join(" "));
    Ok(script)
}

/// The package behind the distribution's `linux-image-amd64`, which depends on the newest.
fn kernel_package() -> Outcome<String> {
    let depends = output(&mut run_with("apt-cache", &["depends", "linux-image-amd64"]))?;
    let found = depends.lines().find_map(|line| line.trim().strip_prefix("Depends: linux-image-"));
    found.map(|rest| format!("linux-image-{rest}")).ok_or_else(|| {
        "apt knows no linux-image-amd64\n  hint: the lab's kernel is Debian's; run apt-get update".to_string()
    })
}

/// Unpacked, never installed: nothing of the system changes.
fn fetch(package: &str, folder: &Path) -> Outcome<()> {
    let fresh = folder.with_extension(format!("new-{}", std::process::id()));
    let io = |why: std::io::Error| format!("cannot write {}: {why}", fresh.display());
    std::fs::create_dir_all(&fresh).map_err(io)?;
    let fetched = (|| {
        let mut download = apt::apt_get(&[], "download", &[package]);
        logged(download.current_dir(&fresh), "lab-fetch", FETCH_LIMIT)?.require()?;
        let unpack = "for deb in *.deb; do dpkg-deb -x \"$deb\" . && rm \"$deb\"; done";
        output(run_with("sh", &["-e", "-c", unpack]).current_dir(&fresh))?;
        std::fs::rename(&fresh, folder).map_err(io)
    })();
    if fetched.is_err() {
        // Half a kernel is of no use; the error says why there is none.
        let _ = std::fs::remove_dir_all(&fresh);
    }
    fetched
}

fn find(folder: &Path, name: &str) -> Option<PathBuf> {
    for entry in std::fs::read_dir(folder).ok()?.flatten() {
        let path = entry.path();
        if path.is_dir() {
            if let Some(found) = find(&path, name) {
                return Some(found);
            }
        } else if entry.file_name() == name {
            return Some(path);
        }
    }
    None
}

/// The host's rate, at which the emulator's TSC runs too; calibration in there can hang on a busy host.
fn measured_tsc_khz() -> u64 {
    let now = || {
        // SAFETY: reads a counter.
        (unsafe { std::arch::x86_64::_rdtsc() }, Instant::now())
    };
    let (first, begun) = now();
    std::thread::sleep(Duration::from_millis(100)); // the span that is measured
    let (last, ended) = now();
    ((last - first) as f64 / ended.duration_since(begun).as_secs_f64() / 1000.0) as u64
}
