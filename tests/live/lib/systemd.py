"""A systemd of its own: PID 1 in private namespaces and in cgroups below the caller's, with nothing
but a bus beside it. The view is "v2", "hybrid" (v1's controllers, systemd in v1 and v2) or "v1"."""
import os
import shutil
import signal
import subprocess
import time

HOST = "/sys/fs/cgroup"
UNITS = {
    "default.target": "[Unit]\nDefaultDependencies=no\nWants=dbus.socket\nAfter=dbus.socket\n",
    "dbus.socket": "[Unit]\nDefaultDependencies=no\n[Socket]\nListenStream=/run/dbus/system_bus_socket\n",
    "dbus.service": "[Unit]\nDefaultDependencies=no\nRequires=dbus.socket\n[Service]\nExecStart=/usr/bin/dbus-daemon "
                    "--system --address=systemd: --nofork --nopidfile --systemd-activation --syslog-only\n"
                    "ExecReload=/bin/true\n",
    "manager.service": "[Unit]\nDefaultDependencies=no\n[Service]\nDelegate=yes\nSlice=user.slice\n"
                       "Environment=XDG_RUNTIME_DIR=/run/user/0 SYSTEMD_UNIT_PATH=/run/targets:/run/user/0/systemd/transient\n"
                       "ExecStartPre=/bin/mkdir -p /run/user/0\nExecStart=/lib/systemd/systemd --user\n",
}
for name in ("sysinit", "basic", "shutdown", "umount", "exit", "sockets", "timers", "paths"):
    UNITS[name + ".target"] = "[Unit]\nDefaultDependencies=no\n"

SCRIPT = r"""
set -e
mount --make-rprivate /
mount -t proc proc /proc
# The kernel's parameters are the machine's; systemd would raise some as it starts.
mount -o bind,ro /proc/sys /proc/sys
mount -t tmpfs -o mode=755 tmpfs /run
mkdir -p /run/units /run/dbus
cp "$UNITS"/* /run/units/
# The user's manager has no bus of its own, and must not take over the system's.
mkdir /run/targets
cp "$UNITS"/*.target /run/targets/
rm /run/targets/default.target
ln -s basic.target /run/targets/default.target
printf '%s\n' 0123456789abcdef0123456789abcdef >/run/machine-id
[ ! -e /etc/machine-id ] || mount --bind /run/machine-id /etc/machine-id
umount -R -l /sys/fs/cgroup
if [ "$VIEW" = v2 ]; then
    mount -t cgroup2 cgroup2 /sys/fs/cgroup
else
    mount -t tmpfs -o mode=755 tmpfs /sys/fs/cgroup
    for name in $HIERARCHIES; do
        mkdir "/sys/fs/cgroup/$name"
        case $name in
            unified) mount -t cgroup2 cgroup2 /sys/fs/cgroup/unified ;;
            systemd) mount -t cgroup -o none,name=systemd cgroup /sys/fs/cgroup/systemd ;;
            *) mount -t cgroup -o "$name" cgroup "/sys/fs/cgroup/$name" ;;
        esac
    done
fi
exec env -i container=test PATH="$PATH" SYSTEMD_UNIT_PATH=/run/units:/run/systemd/transient:/run/systemd/system.control \
    /lib/systemd/systemd --system --unit=default.target --log-target=console --log-level=warning
"""


class Machine:
    """One systemd; `run` runs a command beside it. Use as a context."""

    def __init__(self, live, view):
        self.live, self.view = live, view
        self.name = f"sd-{view}-{os.getpid()}"
        # On a v2 host there is no other view.
        self.host_v2 = os.path.exists(HOST + "/cgroup.controllers")
        self.hierarchies = [""] if self.host_v2 else sorted(
            name for name in os.listdir(HOST) if os.path.ismount(f"{HOST}/{name}"))
        if view == "v1":
            self.hierarchies.remove("unified")
        self.pid = 0
        self.started = []

    def paths(self):
        return [os.path.join(HOST, name, self.name) for name in self.hierarchies]

    def __enter__(self):
        try:
            self.begin()
        except BaseException:
            self.__exit__()
            raise
        return self

    def begin(self):
        for path in self.paths():
            os.makedirs(path + "/caller")
            if "cpuset" in path:
                for place in (path, path + "/caller"):
                    for file in ("cpuset.cpus", "cpuset.mems"):
                        with open(f"{place}/../{file}") as above, open(f"{place}/{file}", "w") as own:
                            own.write(above.read())
        # systemd removes cgroups that it finds empty.
        self.started.append(subprocess.Popen(["sleep", "1000"], preexec_fn=lambda: self.enter("caller")))
        units = os.path.join(self.live.dir, "units")
        os.makedirs(units, exist_ok=True)
        for name, text in UNITS.items():
            self.live.write(f"units/{name}", text)
        log = open(os.path.join(self.live.dir, f"systemd-{self.view}.log"), "w+")
        environment = dict(os.environ, VIEW=self.view, UNITS=units, HIERARCHIES=" ".join(self.hierarchies))
        process = subprocess.Popen(
            ["unshare", "-m", "-p", "-f", "-i", "-u", "-n", "-C", "--kill-child", "sh", "-c", SCRIPT], env=environment,
            preexec_fn=lambda: self.enter(""), stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self.started.append(process)
        self.pid = self.child(process.pid)
        end = time.time() + 30
        while time.time() < end:
            if self.run("systemctl", "is-active", "dbus.socket").stdout.strip() == "active":
                # A partly hidden procfs is one that containers cannot mount.
                self.run("umount", "/proc/sys")
                return
            time.sleep(0.1)
        log.seek(0)
        raise RuntimeError(f"systemd did not come up: {log.read()[-2000:]}")

    @staticmethod
    def child(pid):
        """The PID 1, once it is there."""
        path = f"/proc/{pid}/task/{pid}/children"
        for _ in range(500):
            pids = open(path).read().split()
            if pids:
                return int(pids[0])
            time.sleep(0.01)
        raise RuntimeError("unshare made no process")

    def enter(self, below):
        """Moves this process into the machine's cgroups, before its exec."""
        for path in self.paths():
            with open(f"{path}/{below}/cgroup.procs", "w") as out:
                out.write("0")

    def command(self, *args):
        return ["nsenter", "-t", str(self.pid), "-m", "-p", "-i", "-u", "-n", "-C", "--", *args]

    def run(self, *args, timeout=60, **options):
        options.setdefault("stdin", subprocess.DEVNULL)
        return subprocess.run(self.command(*args), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                              errors="replace", timeout=timeout, preexec_fn=lambda: self.enter("caller"), **options)

    def nucleus(self, *args, **options):
        return self.run(self.live.nucleus, "--root", self.live.root, "--systemd-cgroup", *args, **options)

    def show(self, unit, *properties):
        """A unit's properties by name; those of a list, a line each."""
        found = {}
        for line in self.run("systemctl", "show", unit, *[f"-p{name}" for name in properties]).stdout.splitlines():
            name, _, value = line.partition("=")
            found[name] = f"{found[name]}\n{value}" if name in found else value
        return found

    def units(self, pattern="nucleus-*"):
        return self.run("systemctl", "list-units", "--all", "--no-legend", "--plain", pattern).stdout.strip()

    def hierarchy(self, name):
        """The machine's own root in one of the hierarchies, as the host sees it."""
        return os.path.join(HOST, "" if self.host_v2 else name, self.name)

    def members(self):
        """{the host's number: its /proc/PID/status as a table} of all that lives in the machine's cgroups."""
        found = {}
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                if f"/{self.name}" in open(f"/proc/{pid}/cgroup").read():
                    found[int(pid)] = dict(line.split(":", 1) for line in open(f"/proc/{pid}/status") if ":" in line)
            except OSError:
                pass
        return found

    def processes(self, name="nucleus"):
        """Those whose name begins so, but for zombies."""
        return [pid for pid, status in self.members().items()
                if status["Name"].strip().startswith(name) and not status["State"].strip().startswith("Z")]

    def host_pid(self, inner):
        """The host's number of the machine's process of this number."""
        for pid, status in self.members().items():
            numbers = status["NSpid"].split()
            if len(numbers) > 1 and int(numbers[1]) == inner:
                return pid
        raise RuntimeError(f"no process {inner}")

    def cgroups(self):
        """Directories made for containers, in every hierarchy, below the machine's own."""
        found = []
        for path in self.paths():
            for place, _, _ in os.walk(path):
                if place.endswith(".scope") and "init.scope" not in place:
                    found.append(place)
        return found

    def __exit__(self, *_):
        if self.pid:
            os.kill(self.pid, signal.SIGKILL)
        for process in self.started:
            process.kill()
            process.wait()
        end = time.time() + 5
        for path in self.paths():
            while os.path.isdir(path) and time.time() < end:
                for place, _, _ in os.walk(path, topdown=False):
                    try:
                        os.rmdir(place)
                    except OSError:
                        time.sleep(0.02)
        shutil.rmtree(os.path.join(self.live.dir, "units"), ignore_errors=True)
