"""A containerd of a test's own, with its socket, state and cgroups apart from the machine's."""
import os
import shutil
import signal
import subprocess

from live import wait_for


class Containerd:
    """Running from construction on; `namespace` is where ctr() looks and what its cgroups are named by."""

    def __init__(self, live, namespace, config):
        self.live, self.namespace = live, namespace
        self.address = os.path.join(live.dir, "containerd.sock")
        self.shared = os.path.exists("/run/containerd")
        config = live.write("containerd.toml", config)
        with open(os.path.join(live.dir, "containerd.log"), "w") as log:
            self.process = subprocess.Popen(["containerd", "--config", config, "--root", os.path.join(live.dir, "root"), "--state",
                                             os.path.join(live.dir, "run"), "--address", self.address], stdin=subprocess.DEVNULL,
                                            stdout=log, stderr=log)
        ready = wait_for(lambda: self.ctr("version").returncode == 0, 20)
        live.check("containerd runs", ready, self.log_tail(2000))

    def words(self, *words):
        return ["ctr", "--address", self.address, "--namespace", self.namespace, *words]

    def ctr(self, *words, text=None):
        stdin = {"stdin": subprocess.DEVNULL} if text is None else {"input": text}
        return subprocess.run(self.words(*words), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=60, check=False,
                              **stdin)

    def log_tail(self, size=300):
        return open(os.path.join(self.live.dir, "containerd.log")).read()[-size:]

    def end(self):
        """Ends it and checks that no process or cgroup stays but those that are containerd's own."""
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        for pid in self.live.children():
            os.kill(pid, signal.SIGKILL)
        wait_for(lambda: not self.live.children())
        left = [path for path, _, _ in os.walk("/sys/fs/cgroup", topdown=False) if self.namespace in path]
        self.live.check("no cgroup is left but containerd's own", wait_for(lambda: all(map(removed, left))), str(left))
        shutil.rmtree(f"/run/containerd/runc/{self.namespace}" if self.shared else "/run/containerd", ignore_errors=True)
        for line in reversed(open("/proc/self/mountinfo").read().splitlines()):
            if self.live.dir in line.split()[4]:
                subprocess.run(["umount", "-l", line.split()[4]], check=False)


def removed(path):
    try:
        os.rmdir(path)
    except FileNotFoundError:
        pass
    except OSError:
        return False
    return True
