"""A store that builds what any Nix file describes, offline and in Nix's own sandbox: no network, no root, no cgroups,
and of the host nothing but its programs."""
import subprocess

import store

CONF = """build-users-group =
sandbox = true
sandbox-fallback = false
sandbox-paths = /bin /usr /lib /lib64
substituters =
experimental-features = nix-command flakes
"""


class Store(store.Store):
    def __init__(self, live):
        super().__init__(live, live.dir)
        live.write("nix/conf/nix.conf", CONF)

    def tool(self, *args):
        """A CompletedProcess with text output; what it means is the caller's to say."""
        return subprocess.run(args, env=self.env, cwd=self.directory, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)

    def build(self, attribute, *args):
        """The store path, or None; the error's text is in self.error."""
        done = self.tool("nix-build", *args, "-A", attribute, "--no-out-link")
        self.error = done.stderr
        return done.stdout.strip() if done.returncode == 0 else None
