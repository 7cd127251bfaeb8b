"""Runs the jobs of a workflow file as a runner of GitHub would: each `run:` step in order, with the runner's environment.

    run.py WORKFLOW --repository DIR --ktstr DIR --home DIR --caches DIR [--runner NAME=VALUE ...]

The repository is the workspace of each job. Exit code 0: all jobs went well; 1: one failed; 2: the workflow has what nobody knows here.
"""
import argparse
import itertools
import os
import re
import subprocess
import sys
import tempfile

import yaml

import actions
from expression import Unknown, holds, substituted

KTSTR = "OWNER/ktstr"
WORKFLOW = {"name", True, "env", "jobs"}  # YAML 1.1 reads `on` as true
JOB = {"name", "runs-on", "env", "steps", "strategy", "needs"}
STEP = {"name", "if", "env", "run", "uses", "with", "working-directory", "shell", "id"}


def only(known, found, where):
    if not set(found) <= known:
        raise Unknown(f"{', '.join(map(str, set(found) - known))} in {where}")


class Job:
    def __init__(self, options, name, environment, matrix):
        self.workspace, self.ktstr, self.home = options.repository, options.ktstr, options.home
        self.caches, self.ktstr_repository = options.caches, KTSTR
        self.of_the_runner = dict(pair.split("=", 1) for pair in options.runner)
        self.temp = tempfile.mkdtemp(dir=options.temp)
        self.exported, self.path, self.at_the_end, self.failed = {}, [], [], False
        self.environment = environment
        self.contexts = {
            "matrix": matrix,
            "runner": {"os": "Linux", "arch": "X64", "temp": self.temp},
            "github": {"workspace": self.workspace, "job": name},
        }

    def state(self, extra=None):
        return {"contexts": self.contexts | (extra or {}), "workspace": self.workspace, "failed": self.failed}

    def surroundings(self):
        """What the runner sets for every step."""
        return {
            "CI": "true", "GITHUB_ACTIONS": "true", "GITHUB_WORKSPACE": self.workspace, "GITHUB_EVENT_NAME": "push",
            "GITHUB_JOB": self.contexts["github"]["job"], "GITHUB_REF": "refs/heads/main", "GITHUB_RUN_ID": "1",
            "GITHUB_RUN_ATTEMPT": "1", "GITHUB_SERVER_URL": "https://github.com", "RUNNER_OS": "Linux", "RUNNER_ARCH": "X64",
            "RUNNER_NAME": "e2e", "RUNNER_TEMP": self.temp, "RUNNER_TOOL_CACHE": os.path.join(self.temp, "tools"),
            "RUNNER_ENVIRONMENT": "self-hosted", "HOME": self.home,
        }

    def environment_of(self, step, state):
        declared = {**self.environment, **self.exported, **step.get("env", {})}
        own = {name: substituted(value, state) for name, value in declared.items()}
        path = os.pathsep.join([*reversed(self.path), os.environ["PATH"]])
        return {**os.environ, "PATH": path, **self.surroundings(), **own}

    def must_run(self, command):
        subprocess.run(command, check=True, env=self.environment_of({}, self.state()), cwd=self.workspace, stdout=sys.stderr)

    def run_script(self, step, state):
        """As the runner does it: a file, and bash with `-e`; with pipefail when the step names its shell."""
        shells = {None: ["bash", "-e"], "bash": ["bash", "--noprofile", "--norc", "-eo", "pipefail"]}
        if step.get("shell") not in shells:
            raise Unknown(f"the shell `{step['shell']}`")
        script = os.path.join(self.temp, "step.sh")
        with open(script, "w") as file:
            file.write(substituted(step["run"], state))
        files = {f"GITHUB_{name}": os.path.join(self.temp, name) for name in ("ENV", "PATH", "OUTPUT", "STEP_SUMMARY")}
        for file in files.values():
            open(file, "w").close()
        place = os.path.join(self.workspace, substituted(step.get("working-directory", "."), state))
        environment = {**self.environment_of(step, state), **files}
        sys.stdout.flush()
        ended = subprocess.run([*shells[step.get("shell")], script], cwd=place, env=environment, stdin=subprocess.DEVNULL)
        self.take(files)
        return ended.returncode == 0

    def take(self, files):
        """What a step left for those after it."""
        with open(files["GITHUB_ENV"]) as file:
            for line in filter(None, file.read().splitlines()):
                name, equals, value = line.partition("=")
                if not equals:
                    raise Unknown(f"a line of GITHUB_ENV: {line}")
                self.exported[name] = value
        with open(files["GITHUB_PATH"]) as file:
            self.path.extend(filter(None, file.read().splitlines()))

    def composite(self, inputs):
        """Our own action: its steps, in this job."""
        with open(os.path.join(self.ktstr, "action.yml")) as file:
            action = yaml.safe_load(file)
        only(set(action["inputs"]), inputs, "the inputs of ktstr's action")
        if action["runs"]["using"] != "composite":
            raise Unknown("an action that is not composite")
        given = {name: inputs.get(name, spec["default"]) for name, spec in action["inputs"].items()}
        here = {"inputs": given, "github": {**self.contexts["github"], "action_path": self.ktstr}}
        for step in action["runs"]["steps"]:
            if "run" in step and "shell" not in step:
                raise Unknown("a step of an action without `shell`")
            self.step(step, here)

    def step(self, step, extra=None):
        only(STEP, step, "a step")
        state = self.state(extra)
        title = substituted(step.get("name", step.get("uses", str(step.get("run", "")).split("\n")[0])), state)
        if not holds(step.get("if"), state):
            print(f"== skipped: {title}", flush=True)
            return
        print(f"== step: {title}", flush=True)
        if "run" in step:
            went_well = self.run_script(step, state)
            print(f"== {'done' if went_well else 'FAILED'}: {title}", flush=True)
            self.failed = self.failed or not went_well
            return
        inputs = {name: substituted(value, state) for name, value in step.get("with", {}).items()}
        if re.fullmatch(re.escape(KTSTR) + "@main", step["uses"]):
            self.composite(inputs)
        else:
            actions.use(self, step["uses"], inputs)

    def run(self, steps):
        for step in steps:
            self.step(step)
        if not self.failed:
            for last in self.at_the_end:
                last()
        return not self.failed


def combinations(matrix):
    names = list(matrix)
    for name in names:
        if not isinstance(matrix[name], list):
            raise Unknown(f"`{name}` of the matrix is no list")
    return [dict(zip(names, values)) for values in itertools.product(*matrix.values())]


def run(options):
    with open(options.workflow) as file:
        workflow = yaml.safe_load(file)
    only(WORKFLOW, workflow, "the workflow")
    went_well = True
    for name, job in workflow["jobs"].items():
        only(JOB, job, f"the job {name}")
        strategy = job.get("strategy", {})
        only({"fail-fast", "matrix"}, strategy, f"the strategy of {name}")
        for matrix in combinations(strategy.get("matrix", {})):
            print(f"=== job {name} {matrix or ''}", flush=True)
            one = Job(options, name, {**workflow.get("env", {}), **job.get("env", {})}, matrix)
            went_well = one.run(job["steps"]) and went_well
            print(f"=== job {name}: {'FAILED' if one.failed else 'done'}", flush=True)
    return 0 if went_well else 1


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("workflow")
    for name in ("--repository", "--ktstr", "--home", "--caches", "--temp"):
        parser.add_argument(name, required=True)
    parser.add_argument("--runner", action="append", default=[])
    try:
        return run(parser.parse_args())
    except Unknown as why:
        print(f"error: {why}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
