"""A Nix store of its own, in a temporary directory, that builds offline in Nix's own sandbox: no network, no root, no
cgroups, and of the host nothing but its programs."""
import os
import subprocess

CONF = """build-users-group =
sandbox = true
sandbox-fallback = false
sandbox-paths = /bin /usr /lib /lib64
substituters =
experimental-features = nix-command flakes
"""


class Store:
    def __init__(self, live, name="nix"):
        self.live, self.directory = live, live.dir
        self.dir = os.path.join(live.dir, name, "store")
        conf = live.write(f"{name}/conf/nix.conf", CONF)
        state = os.path.join(live.dir, name, "var")
        self.env = dict(os.environ, NIX_STORE_DIR=self.dir, NIX_STATE_DIR=state, NIX_LOCALSTATE_DIR=state,
                        NIX_LOG_DIR=os.path.join(live.dir, name, "log"), NIX_CONF_DIR=os.path.dirname(conf),
                        NIX_REMOTE="", HOME=live.dir)

    def tool(self, *args):
        """A CompletedProcess with text output."""
        return subprocess.run(args, env=self.env, cwd=self.directory, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)

    def build(self, file, attribute, *args):
        """The store path, or None; the error's text is in self.error."""
        done = self.tool("nix-build", file, "-A", attribute, "--no-out-link", *args)
        self.error = done.stderr
        return done.stdout.strip() if done.returncode == 0 else None
