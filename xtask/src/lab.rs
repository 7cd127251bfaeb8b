//! `cargo xtask lab [-- COMMAND...]`: a shell or a command on this machine's own root filesystem, under a kernel with a
//! working KVM. The KVM is emulated (nested SVM in QEMU's TCG), so it is there on every machine, about ten times slower.

use crate::packages::Scope;
use crate::shell::{command, foreground, logged, output, run_with, shown};
use crate::step::{Done, Steps};
use crate::{apt, paths, setup, text, Outcome};
use std::io::IsTerminal;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::time::Duration;

const FETCH_LIMIT: Duration = Duration::from_secs(5 * 60);
const SHELL_LIMIT: Duration = Duration::from_secs(24 * 60 * 60);
/// An AMD processor with nested paging, less what TCG has not.
const CPU: &str =
    "EPYC-Rome,+svm,+npt,-fxsr-opt,-misalignsse,-osvw,-topoext,-perfctr-core,-clzero,-ibpb,-amd-stibp,\
-nrip-save,-xsavec,-xsaves";
/// With two, QEMU's threads get nested guests wrong now and then: 3 of 25 boots of 8 vCPUs took the lab down, or died
/// themselves, and 0 of 15 with one (QEMU 10.0.2). Two labs side by side use two cores just as well.
const CPUS: &str = "1";
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
    let lab = Lab::prepare(steps)?;
    let code = lab.run(&words, SHELL_LIMIT, None)?;
    std::process::exit(code) // the command's own, for those who call this in a script
}

/// A kernel and the image it boots.
pub struct Lab {
    kernel: PathBuf,
    modules: PathBuf,
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
            });
            Ok(done)
        })?;
        made.ok_or_else(|| "the lab has no kernel".to_string())
    }

    /// Runs it there, in this directory, with this environment; stdin and stdout are the terminal's, or go to
    /// build/logs/<log>.log. Its exit code.
    pub fn run(&self, words: &[String], limit: Duration, log: Option<&str>) -> Outcome<i32> {
        let folder = paths::build().join(format!("lab-{}", std::process::id()));
        let result = self.run_in(&folder, words, limit, log);
        // A private folder of this run; what mattered has been read.
        let _ = std::fs::remove_dir_all(&folder);
        result
    }

    fn run_in(&self, folder: &Path, words: &[String], limit: Duration, log: Option<&str>) -> Outcome<i32> {
        let image = folder.join("image");
        let out = folder.join("out");
        let io = |why: std::io::Error| format!("cannot prepare the lab in {}: {why}", folder.display());
        std::fs::create_dir_all(&out).map_err(io)?;
        let job = job(words)?;
        self.image(&image, &job).map_err(|why| format!("cannot make the lab's boot image: {why}"))?;
        let initramfs = folder.join("initramfs");
        let pack = format!("find . | cpio --quiet -o -H newc > '{}'", initramfs.display());
        output(run_with("sh", &["-c", &pack]).current_dir(&image))?;
        let mut qemu = self.qemu(folder, &initramfs, &out);
        let console = folder.join("console");
        let told = match log {
            Some(name) => {
                let finished = logged(&mut qemu, name, limit)?;
                if !finished.ok() {
                    return Err(finished.explain());
                }
                finished.log
            }
            None => {
                qemu.stdin(std::process::Stdio::inherit());
                foreground(&mut qemu, limit)?;
                console.clone()
            }
        };
        let status = std::fs::read_to_string(out.join("status")).unwrap_or_default();
        status.trim().parse().map_err(|_| {
            let said = std::fs::read(&console).unwrap_or_default();
            let said = text::tail(&String::from_utf8_lossy(&said), 30);
            format!("the lab ended without an exit code ({})\n{said}\n  {}", told.display(), shown(&qemu))
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
        if std::io::stdin().is_terminal() {
            std::fs::write(folder.join("interactive"), "")?;
        }
        for name in MODULES {
            let file = format!("{name}.ko");
            let found = find(&self.modules, &file)
                .ok_or_else(|| std::io::Error::other(format!("the kernel has no module {file}")))?;
            std::fs::copy(found, folder.join("modules").join(file))?;
        }
        let order: String = MODULES.iter().map(|name| format!("{name}.ko\n")).collect();
        std::fs::write(folder.join("modules/order"), order)
    }

    fn qemu(&self, folder: &Path, initramfs: &Path, out: &Path) -> std::process::Command {
        let khz = tsc_khz();
        let append = format!(
            "console=ttyS0 loglevel=5 mitigations=off tsc_early_khz={khz} lpj={khz} tsc=reliable no_timer_check panic=-1"
        );
        let share = |tag: &str, path: &str, more: &str| {
            format!("local,path={path},mount_tag={tag},security_model=none,multidevs=remap{more}")
        };
        let console = format!("file:{}", folder.join("console").display());
        let mut qemu = command("qemu-system-x86_64");
        qemu.args(["-M", "q35", "-accel", "tcg,thread=multi", "-cpu", CPU]);
        qemu.args([
            "-smp",
            CPUS,
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
        qemu.args(["-virtfs", &share("lab.out", &out.display().to_string(), "")]);
        qemu.args(["-append", &append]);
        qemu.arg("-kernel").arg(&self.kernel).arg("-initrd").arg(initramfs);
        qemu
    }
}

/// The script that the lab's init runs: the caller's directory, environment and words.
fn job(words: &[String]) -> Outcome<String> {
    let mut script = String::new();
    for (name, value) in std::env::vars() {
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

/// The host's rate as /proc/cpuinfo has it: the emulator's TSC runs at it, and calibration on a busy host can hang.
fn tsc_khz() -> u64 {
    let text = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let mhz =
        text.lines().find_map(|line| line.strip_prefix("cpu MHz")?.split(':').nth(1)?.trim().parse().ok());
    (mhz.unwrap_or(2000.0_f64) * 1000.0) as u64
}
