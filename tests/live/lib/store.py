"""A Nix store that builds the closures of tests/live/nix from what the host has, with a garbage collector."""
import os
import subprocess

HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


class Store:
    """Laid out as Nix's own is: store, var/nix with the garbage collector's roots, configuration."""

    def __init__(self, live, directory):
        self.live = live
        self.dir = os.path.join(directory, "nix/store")
        self.directory = directory
        conf = live.write("nix/conf/nix.conf", "build-users-group =\nsandbox = false\nsubstituters =\n"
                                               "experimental-features = nix-command\n")
        local = os.path.join(directory, "nix/var")
        self.state = os.path.join(local, "nix")
        self.gcroots = live.holds = os.path.join(self.state, "gcroots")
        self.env = dict(os.environ, NIX_STORE_DIR=self.dir, NIX_STATE_DIR=self.state, NIX_LOCALSTATE_DIR=local,
                        NIX_LOG_DIR=os.path.join(directory, "nix/log"), NIX_CONF_DIR=os.path.dirname(conf),
                        NIX_REMOTE="", HOME=directory)

    def tool(self, *args):
        done = subprocess.run(args, env=self.env, cwd=self.directory, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.live.check(" ".join(args[:2]), done.returncode == 0, done.stderr)
        return done.stdout

    def build(self, attribute):
        return self.tool("nix-build", os.path.join(HERE, "nix"), "-A", attribute, "--no-out-link").strip()
