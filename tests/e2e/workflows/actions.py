"""The actions that our examples use, as far as a job notices them: what each is here, and which versions are meant.

An action that is not in the table is an error: nobody has thought about what it does.
"""
import os
import shutil
import subprocess

from expression import Unknown

# What cargo-ktstr prints when it misses the variables (cargo-ktstr/remote/environment.cpp).
EXPORT = """for (const name of ['ACTIONS_RESULTS_URL', 'ACTIONS_RUNTIME_TOKEN', 'ACTIONS_CACHE_MODE']) {
  if (process.env[name]) core.exportVariable(name, process.env[name]);
}"""


def checkout(job, inputs):
    """A clone of the repository is there as the workspace; one of ktstr goes to `path`."""
    repository = inputs.get("repository")
    if repository is None:
        return
    if repository != job.ktstr_repository:
        raise Unknown(f"the repository `{repository}`")
    place = os.path.join(job.workspace, inputs["path"])
    if not os.path.lexists(place):
        os.symlink(job.ktstr, place)


def toolchain(job, inputs):
    """Rust is there. Components are what the programs of the job use."""
    known = {"rustfmt", "llvm-tools", "llvm-tools-preview"}
    asked = {word.strip() for word in inputs.get("components", "").split(",") if word.strip()}
    if not asked <= known:
        raise Unknown(f"the component {', '.join(asked - known)}")
    job.must_run(["rustc", "--version"])


def install_tools(job, inputs):
    for tool in inputs["tool"].split(","):
        job.must_run(["cargo", tool.strip().removeprefix("cargo-"), "--version"])


def script(job, inputs):
    """The runner shows address and token of its cache to actions alone: this one passes them on."""
    if inputs["script"].strip() != EXPORT:
        raise Unknown("a script that is not the one that ktstr prints")
    job.exported.update(job.of_the_runner)


def cache(job, inputs):
    """Restored now, by the key or by what a key begins with; saved at the end of a job that went well, unless it was a hit."""
    path = os.path.expanduser(inputs["path"].replace("~", job.home, 1))
    wanted, also = inputs["key"], inputs.get("restore-keys", "").split()
    there = sorted(os.listdir(job.caches), key=lambda name: os.path.getmtime(os.path.join(job.caches, name)), reverse=True)
    found = next((name for key in [wanted, *also] for name in there if name == key or (key in also and name.startswith(key))), None)
    shutil.rmtree(path, ignore_errors=True)  # another job's: a hosted runner begins with an empty home
    if found:
        copy(os.path.join(job.caches, found), path)
    print(f"cache: {'hit ' + found if found else 'miss'} for {wanted}", flush=True)
    if found != wanted:
        job.at_the_end.append(lambda: os.path.isdir(path) and copy(path, os.path.join(job.caches, wanted)))


def copy(source, target):
    os.makedirs(target)
    subprocess.run(["cp", "-a", "--reflink=auto", f"{source}/.", target], check=True)


# Name, the version that the examples are to have, the inputs that are looked at.
KNOWN = {
    "actions/checkout": ("v5", {"repository", "path"}, checkout),
    "dtolnay/rust-toolchain": ("stable", {"components"}, toolchain),
    "taiki-e/install-action": ("v2", {"tool"}, install_tools),
    "actions/github-script": ("v7", {"script"}, script),
    "actions/cache": ("v5", {"path", "key", "restore-keys"}, cache),
}


def use(job, action, inputs):
    name, _, version = action.partition("@")
    if name not in KNOWN:
        raise Unknown(f"the action `{action}`: known are {', '.join(sorted(KNOWN))}")
    wanted, known, act = KNOWN[name]
    if version != wanted:
        raise Unknown(f"{action}: the examples use @{wanted}")
    if not set(inputs) <= known:
        raise Unknown(f"{action} with {', '.join(set(inputs) - known)}")
    act(job, inputs)
