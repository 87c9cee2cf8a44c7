# What tests/live/nixos builds with contrib/nix/lib.nix and the stand-in for nixpkgs.
{ nucleus }:
let
  pkgs = import ./nixpkgs { inherit nucleus; };
  lib = import ../../../contrib/nix/lib.nix;
  rootfs = lib.mkRootfs {
    inherit pkgs;
    name = "small";
    packages = [ pkgs.busybox ];
    etc."greeting".text = "hello from /etc\n";
    etc."deep/er/file" = pkgs.writeText "file" "deep\n";
    dirs = [ "/var/lib/app" ];
  };
  # The store of the test is not where a policy looks for one.
  closure.store_dir = builtins.storeDir;
  extending = name: {
    inherit closure;
    version = 1;
    extends = name;
  };
  policy = {
    inherit closure;
    version = 1;
    mode = "strict-agent";
    process.hostname = "bundled";
    resources = {
      memory = "64M";
      pids = 64;
    };
  };
  bundle =
    more:
    lib.mkBundle (
      {
        inherit pkgs policy;
        name = "small";
        closure = rootfs;
        command = [
          "/bin/sh"
          "-c"
          "cat /etc/greeting; id -u; echo 'a word'\\''s end'"
        ];
      }
      // more
    );
in
{
  inherit rootfs;
  toolchain = lib.mkAgentToolchain {
    inherit pkgs;
    packages = [ pkgs.busybox ];
  };
  bundle = bundle { };
  production = bundle { policy = extending "production"; };
  agent = bundle { policy = extending "agent"; };
  file = bundle {
    policy = builtins.toFile "policy.toml" (
      builtins.readFile ./policy.toml + "[closure]\nstore_dir = \"${builtins.storeDir}\"\n"
    );
  };
  # Each of these does not build.
  unknown-key = bundle { policy = policy // { proces = { }; }; };
  finding = bundle { policy = policy // { capabilities.keep = [ "CAP_SYS_ADMIN" ]; }; };
  other-pin = bundle {
    policy = policy // {
      closure = closure // { sha256 = "0000000000000000000000000000000000000000000000000000000000000000"; };
    };
  };
  builtin-elsewhere = bundle { policy = "strict-agent"; };
  volume = bundle {
    policy = policy // {
      volume = [
        {
          source = "/srv/nowhere";
          target = "/data";
        }
      ];
    };
  };
  leading-out = lib.mkRootfs {
    inherit pkgs;
    etc."../x".text = "";
  };
  leading-out-dir = lib.mkRootfs {
    inherit pkgs;
    dirs = [ "/a/../../b" ];
  };
}
