"""What the live tests share: running the real program, a closure made by hand, and a look at the
machine before and after, so that a test can say that nothing was left behind."""
import ctypes
import glob
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
import traceback

import manifest

PR_SET_CHILD_SUBREAPER = 36


class Live:
    """One test program: counts checks, owns a temporary directory and the nucleus under test."""

    def __init__(self, argv):
        if len(argv) < 2:
            sys.exit(f"usage: {argv[0]} NUCLEUS")
        self.nucleus = os.path.abspath(argv[1])
        self.passed = self.failed = 0
        self.dir = tempfile.mkdtemp(prefix="nucleus-live-")
        os.chmod(self.dir, 0o755)
        self.root = os.path.join(self.dir, "state")
        self.holds = None  # a gcroots directory of the test's own, if it made one
        # Whatever a killed runtime orphans becomes ours, and so is seen.
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)

    def check(self, name, condition, detail=""):
        if condition:
            self.passed += 1
        else:
            self.failed += 1
            print(f"FAILED: {name}: {detail}" if detail else f"FAILED: {name}")
        return bool(condition)

    def run(self, *args, timeout=60, **options):
        """nucleus with --root of this test; a CompletedProcess with text output."""
        options.setdefault("stdin", subprocess.DEVNULL)
        return subprocess.run([self.nucleus, "--root", self.root, *args], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, errors="replace", timeout=timeout, **options)

    def each(self, tests):
        """Calls every function of a module's globals() whose name begins with test_, in order; one
        that raises has failed and does not keep the next from being run."""
        only = [arg for arg in sys.argv[2:] if arg.startswith("test_")]
        for name, test in list(tests.items()):
            if not name.startswith("test_") or (only and name not in only):
                continue
            began = time.time()
            try:
                test()
            except Exception:  # pylint: disable=broad-except
                self.check(name, False, traceback.format_exc(limit=-3))
            if os.environ.get("LIVE_VERBOSE"):
                print(f"{name}: {time.time() - began:.2f} s, {self.passed} passed, {self.failed} failed so far",
                      flush=True)

    def program(self, name):
        """A test program built beside nucleus, copied to where every user may execute it."""
        built = os.path.join(os.path.dirname(self.nucleus), "../../tests/live", name)
        place = os.path.join(self.dir, "programs")
        os.makedirs(place, exist_ok=True)
        shutil.copy(built, place)
        os.chmod(os.path.join(place, name), 0o755)
        return os.path.join(place, name)

    def write(self, name, text):
        path = os.path.join(self.dir, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as out:
            out.write(text)
        return path

    def finish(self):
        if sys.exc_info()[0]:
            self.check("the test itself", False, traceback.format_exc(limit=-3))
        shutil.rmtree(self.dir, ignore_errors=True)
        print(f"{self.passed} passed, {self.failed} failed")
        sys.exit(self.failed != 0 or self.passed == 0)

    # --- what is there -------------------------------------------------------------------------

    def children(self):
        """Processes below this one, except zombies (which are reaped)."""
        alive = []
        for task in os.listdir("/proc/self/task"):
            for pid in open(f"/proc/self/task/{task}/children").read().split():
                try:
                    if os.waitpid(int(pid), os.WNOHANG)[0] == 0:
                        alive.append(int(pid))
                except (ChildProcessError, ProcessLookupError):
                    pass
        return alive

    def cgroups(self):
        return sorted(d for d, _, _ in os.walk("/sys/fs/cgroup") if "/nucleus" in d)

    def states(self):
        try:
            return sorted(name for name in os.listdir(self.root) if name != ".cache")
        except FileNotFoundError:
            return []

    def ids(self):
        """What is held of the host's ids by containers of this test."""
        records, held = "/run/nucleus/.ids", []
        for name in os.listdir(records) if os.path.isdir(records) else ():
            try:
                if self.dir in os.readlink(os.path.join(records, name)):
                    held.append(name)
            except FileNotFoundError:
                pass
        return sorted(held)

    def roots(self):
        """Containers of this test that hold store paths against Nix's garbage collector."""
        return sorted(glob.glob(self.holds + "/nucleus/*/*")) if self.holds else []

    def mounts(self):
        return len(open("/proc/self/mountinfo").readlines())

    def snapshot(self):
        return {"processes": self.children(), "cgroups": self.cgroups(), "states": self.states(), "ids": self.ids(), "roots": self.roots(),
                "mounts": self.mounts(), "netns": os.listdir("/run/netns") if os.path.isdir("/run/netns") else []}

    def left_behind(self, before, patience=3.0):
        """What is there now and was not before, as text; "" if nothing. Waits a little for it to go."""
        end = time.time() + patience
        while True:
            now = self.snapshot()
            more = {key: new(now[key], before[key]) for key in now if new(now[key], before[key])}
            if not more or time.time() > end:
                return str(more) if more else ""
            time.sleep(0.02)


def new(now, before):
    """What a list has that an earlier one had not, or by how much a number has grown."""
    return max(now - before, 0) if isinstance(now, int) else [one for one in now if one not in before]


def results(text):
    """What tests/live/probe prints, as {name: (result, errno's or signal's name)}."""
    table = {}
    for line in text.splitlines():
        name, equals, rest = line.rpartition("=")
        result, space, errno = rest.partition(" ")
        if equals and space:
            table[name] = (result, errno)
    return table


def wait_for(condition, patience=5.0):
    """Polls until condition() holds; its value, or the last one that did not."""
    end = time.time() + patience
    while True:
        value = condition()
        if value or time.time() > end:
            return value
        time.sleep(0.01)


# --- a Nix closure without Nix -------------------------------------------------------------------

NIX32 = "0123456789abcdfghijklmnpqrsvwxyz"


def nix32(digest):
    length = (8 * len(digest) - 1) // 5 + 1
    number = int.from_bytes(digest, "little")
    return "".join(NIX32[number >> 5 * i & 31] for i in reversed(range(length)))


def nar(path):
    """The NAR serialisation of path."""
    def text(value):
        value = value if isinstance(value, bytes) else value.encode()
        return len(value).to_bytes(8, "little") + value + b"\0" * (-len(value) % 8)

    def node(path):
        if os.path.islink(path):
            return text("(") + text("type") + text("symlink") + text("target") + text(os.readlink(path)) + text(")")
        if os.path.isdir(path):
            out = text("(") + text("type") + text("directory")
            for name in sorted(os.listdir(os.fsencode(path))):
                out += (text("entry") + text("(") + text("name") + text(name) + text("node") +
                        node(os.path.join(path, os.fsdecode(name))) + text(")"))
            return out + text(")")
        executable = text("executable") + text("") if os.stat(path).st_mode & 0o100 else b""
        with open(path, "rb") as file:
            return text("(") + text("type") + text("regular") + executable + text("contents") + text(file.read()) + text(")")

    return text("nix-archive-1") + node(path)


class Closure:
    """A store of its own with a root that has busybox in /bin; `dir` is what --closure takes."""

    def __init__(self, directory):
        self.store = os.path.join(directory, "store")
        self.dir = os.path.join(directory, "closure")
        self.paths = {}  # path -> references
        os.makedirs(self.store)
        os.makedirs(self.dir)
        busybox = self.path("busybox-1.35")
        os.makedirs(os.path.join(busybox, "bin"))
        shutil.copy("/bin/busybox", os.path.join(busybox, "bin/busybox"))
        for applet in ("sh", "cat", "ls", "id", "echo", "true", "false", "sleep", "touch", "mount", "hostname",
                       "grep", "sed", "kill", "env", "pwd", "test", "chmod", "mkdir", "rm", "wc", "head"):
            os.symlink("busybox", os.path.join(busybox, "bin", applet))
        self.top = self.path("root", [busybox])
        os.makedirs(os.path.join(self.top, "etc"))
        os.symlink(os.path.join(busybox, "bin"), os.path.join(self.top, "bin"))
        with open(os.path.join(self.top, "etc/passwd"), "w") as out:
            out.write("root:x:0:0:root:/root:/bin/sh\nagent:x:1000:1000:agent:/home:/bin/sh\n")
        os.symlink(self.top, os.path.join(self.dir, "rootfs"))
        self.register()

    def path(self, name, references=()):
        base = nix32(hashlib.sha256(name.encode()).digest()[:20])
        path = os.path.join(self.store, f"{base}-{name}")
        self.paths[path] = list(references)
        return path

    def register(self):
        """Writes the registration of what is there now."""
        with open(os.path.join(self.dir, "registration"), "w") as out:
            for path in sorted(self.paths):
                archive = nar(path)
                out.write(f"{path}\nsha256:{nix32(hashlib.sha256(archive).digest())}\n{len(archive)}\n\n")
                out.write(f"{len(self.paths[path])}\n" + "".join(f"{one}\n" for one in self.paths[path]))

    @property
    def sha256(self):
        with open(os.path.join(self.dir, "registration"), encoding="ascii") as file:
            return manifest.digest(file.read(), [self.top])

