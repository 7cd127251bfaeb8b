"""Expressions of GitHub's workflows, as far as our examples have them: contexts, hashFiles and the functions of the status.

docs.github.com, Actions: Evaluate expressions in workflows and actions. What is not known here is an error.
"""
import glob
import hashlib
import os
import re

TOKEN = re.compile(r"\s*(?:(?P<text>'(?:[^']|'')*')|(?P<name>[A-Za-z_][\w.-]*)|(?P<sign>&&|\|\||==|!=|[!(),]))")
STATUS = ("always", "cancelled", "failure", "success")


class Unknown(Exception):
    """What this reader does not know: the example is wrong, or it has to learn."""


def tokens(text):
    found, at = [], 0
    while at < len(text.rstrip()):
        match = TOKEN.match(text, at)
        if not match:
            raise Unknown(f"cannot read the expression `{text}` from `{text[at:]}` on")
        found.append((match.lastgroup, match.group(match.lastgroup)))
        at = match.end()
    return found


def hash_files(workspace, patterns):
    """SHA-256 of the digests of all files that match; nothing when none does."""
    files = sorted({path for pattern in patterns for path in glob.glob(os.path.join(workspace, pattern), recursive=True)})
    total = hashlib.sha256()
    for path in filter(os.path.isfile, files):
        with open(path, "rb") as file:
            total.update(hashlib.sha256(file.read()).digest())
    return total.hexdigest() if files else ""


class Reader:
    """One expression, by recursive descent; `state` has contexts, workspace and status."""

    def __init__(self, text, state):
        self.text, self.state, self.left = text, state, tokens(text)

    def value(self):
        value = self.any_of()
        if self.left:
            raise Unknown(f"`{self.text}` goes on with {self.left[0][1]}")
        return value

    def takes(self, sign):
        if self.left and self.left[0] == ("sign", sign):
            self.left.pop(0)
            return True
        return False

    def any_of(self):
        value = self.all_of()
        while self.takes("||"):
            other = self.all_of()
            value = value or other
        return value

    def all_of(self):
        value = self.compared()
        while self.takes("&&"):
            other = self.compared()
            value = value and other
        return value

    def compared(self):
        value = self.single()
        if self.takes("=="):
            return str(value).lower() == str(self.single()).lower()
        if self.takes("!="):
            return str(value).lower() != str(self.single()).lower()
        return value

    def single(self):
        if self.takes("!"):
            return not self.single()
        if self.takes("("):
            value = self.any_of()
            self.must(")")
            return value
        if not self.left:
            raise Unknown(f"`{self.text}` ends too early")
        kind, word = self.left.pop(0)
        if kind == "text":
            return word[1:-1].replace("''", "'")
        if kind == "sign":
            raise Unknown(f"`{word}` in `{self.text}`")
        return self.call(word) if self.takes("(") else self.variable(word)

    def must(self, sign):
        if not self.takes(sign):
            raise Unknown(f"`{self.text}` lacks a `{sign}`")

    def call(self, name):
        arguments = []
        while not self.takes(")"):
            arguments.append(self.any_of())
            if not self.takes(","):
                self.must(")")
                break
        if name == "hashFiles" and arguments:
            return hash_files(self.state["workspace"], arguments)
        if name in STATUS and not arguments:
            failed = self.state["failed"]
            return {"always": True, "cancelled": False, "failure": failed, "success": not failed}[name]
        raise Unknown(f"the function `{name}` of `{self.text}`")

    def variable(self, name):
        context, _, key = name.partition(".")
        values = self.state["contexts"].get(context, {})
        if key not in values:
            raise Unknown(f"`{name}` in `{self.text}`: known are {', '.join(sorted(values)) or 'none of that context'}")
        return values[key]


def substituted(text, state):
    """The text with each ${{ ... }} replaced by its value."""
    def shown(match):
        value = Reader(match.group(1), state).value()
        return str(value).lower() if isinstance(value, bool) else str(value)
    return re.sub(r"\$\{\{(.*?)\}\}", shown, str(text), flags=re.DOTALL)


def holds(condition, state):
    """An `if:`. Without a function of the status in it, it is asked only while nothing has failed."""
    if condition is None:
        return not state["failed"]
    bare = re.fullmatch(r"\s*\$\{\{(.*)\}\}\s*", str(condition), flags=re.DOTALL)
    text = bare.group(1) if bare else str(condition)
    asks_status = any(kind == "name" and word in STATUS for kind, word in tokens(text))
    return bool(Reader(text, state).value()) and (asks_status or not state["failed"])
