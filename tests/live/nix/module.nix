# What tests/live/nixos makes of contrib/nix/module.nix with the stand-in for nixpkgs: NixOS' own options that it
# sets are here as far as it sets them, and units become text as NixOS writes it.
{ nucleus }:
let
  pkgs = import ./nixpkgs { inherit nucleus; };
  inherit (pkgs) lib;
  build = import ../../../contrib/nix/lib.nix;
  list = lib.mkOption {
    type = lib.types.listOf lib.types.str;
    default = [ ];
  };
  unit.options = {
    description = lib.mkOption { type = lib.types.str; };
    wantedBy = list;
    partOf = list;
    requires = list;
    after = list;
    serviceConfig = lib.mkOption {
      type = lib.types.attrsOf lib.types.anything;
      default = { };
    };
  };
  units = lib.mkOption {
    type = lib.types.attrsOf (lib.types.submodule unit);
    default = { };
  };
  nixos.options = {
    assertions = lib.mkOption { default = [ ]; type = lib.types.listOf lib.types.anything; };
    environment.systemPackages = lib.mkOption { default = [ ]; };
    environment.etc = lib.mkOption { default = { }; type = lib.types.attrsOf lib.types.raw; };
    systemd.services = units;
    systemd.targets = units;
    systemd.tmpfiles.rules = list;
  };
  evaluate =
    settings:
    (lib.evalModules {
      modules = [
        ../../../contrib/nix/module.nix
        nixos
        { services.nucleus = settings; }
      ];
      specialArgs = { inherit pkgs; };
    }).config;
  failed = settings: map (one: one.message) (lib.filter (one: !one.assertion) (evaluate settings).assertions);

  # --- as NixOS writes units
  value = v: if builtins.isBool v then (if v then "true" else "false") else toString v;
  lines = name: v: lib.concatMapStringsSep "" (one: "${name}=${value one}\n") (if builtins.isList v then v else [ v ]);
  words = name: list: if list == [ ] then "" else "${name}=${toString list}\n";
  textOf =
    unit:
    ''
      [Unit]
      Description=${unit.description}
    ''
    + words "Requires" unit.requires
    + words "After" unit.after
    + words "PartOf" unit.partOf
    + (if unit.serviceConfig == { } then "" else "\n[Service]\n")
    + lib.concatMapStringsSep "" (name: lines name unit.serviceConfig.${name}) (builtins.attrNames unit.serviceConfig)
    + (if unit.wantedBy == [ ] then "" else "\n[Install]\n" + words "WantedBy" unit.wantedBy);

  closure.store_dir = builtins.storeDir;
  rootfs = build.mkRootfs {
    inherit pkgs;
    packages = [ pkgs.busybox ];
  };
  strict = more: {
    inherit closure;
    version = 1;
    mode = "strict-agent";
    process.init = true;
    resources = {
      memory = "64M";
      pids = 64;
    };
  } // more;
  loop = "trap 'exit 0' TERM; echo up; while :; do sleep 0.1; done";
  shell = script: [
    "/bin/sh"
    "-c"
    script
  ];
  bundle = build.mkBundle {
    inherit pkgs;
    name = "cache";
    closure = rootfs;
    policy = strict { };
    command = shell loop;
  };
  system = {
    enable = true;
    settings.rule = [
      {
        annotation = "example.org/team";
        policy = "team";
      }
    ];
    policies.team = strict { };
    policies.slim = {
      inherit closure;
      version = 1;
      extends = "production";
      resources.memory = "32M";
    };
    containers = {
      # A secret, a volume of its own, and words that systemd and the shell have a meaning for.
      db = {
        policy = strict {
          secret = [
            {
              name = "key";
              credential = "db-key";
            }
          ];
          volume = [
            {
              source = "${dirOf builtins.storeDir}/db-data";
              target = "/data";
              access = "rw";
            }
          ];
        };
        closure = rootfs;
        command = shell "cat /run/secrets/key >/data/key; echo '50% of $HOME' \"it's\"; ${loop}";
        credentials.db-key = "/run/keys/db";
        stateOwner = 1000;
      };
      web = {
        policy = "slim";
        closure = rootfs;
        command = shell loop;
      };
      cache = { inherit bundle; };
      off = {
        enable = false;
      };
    };
    topologies.shop = {
      containers = [
        "db"
        "web"
      ];
      after.web = [ "db" ];
    };
  };
  made = evaluate system;
  vm = import ../../../contrib/nix/nixos-test.nix { self.nixosModules.default = { }; };
  container = more: failed { enable = true; containers.c = { policy = strict { }; closure = rootfs; } // more; };
  topology = more: failed (system // { topologies.t = { containers = [ "db" "web" ]; } // more; });
in
rec {
  # A directory with every unit, and /etc.
  units = pkgs.runCommand "units" { } (
    "mkdir -p $out/etc/nucleus/policies\n"
    + lib.concatMapStringsSep "" (name: "cp ${pkgs.writeText name (textOf made.systemd.services.${name})} $out/${name}.service\n") (
      builtins.attrNames made.systemd.services
    )
    + lib.concatMapStringsSep "" (name: "cp ${pkgs.writeText name (textOf made.systemd.targets.${name})} $out/${name}.target\n") (
      builtins.attrNames made.systemd.targets
    )
    + lib.concatMapStringsSep "" (name: "cp ${made.environment.etc.${name}.source} $out/etc/${name}\n") (
      builtins.attrNames made.environment.etc
    )
    + "cp ${pkgs.writeText "tmpfiles" (lib.concatMapStringsSep "" (rule: rule + "\n") made.systemd.tmpfiles.rules)} $out/tmpfiles"
  );
  # In the store, and in no unit.
  unknown = pkgs.writeText "unknown" "nobody needs me\n";
  # What users with nixpkgs run in a virtual machine: here it is known to be in order, and no more.
  vm-script = vm.testScript;
  modes = lib.mapAttrs (_: file: file.mode) made.environment.etc;
  # The messages of what does not hold, by what is set.
  assertions = {
    good = failed system;
    vm = failed (vm.nodes.machine { inherit pkgs; }).services.nucleus;
    disabled = failed { containers.c = { }; };
    neither = failed { enable = true; containers.c = { }; };
    both = container { inherit bundle; closure = null; };
    no-root = container { closure = null; };
    own-root = container { closure = null; policy = strict { filesystem.root = "/srv/root"; }; };
    unknown-policy = container { policy = "no-such"; };
    builtin = container { policy = "strict-agent"; };
    production-unpinned = container { policy = strict { mode = "production"; }; closure = "/srv/closure"; };
    production-by-name = container { policy = "production"; closure = "/srv/closure"; };
    production-pinned = container {
      policy = "production";
      closure = "/srv/closure";
      sha256 = "0000000000000000000000000000000000000000000000000000000000000000";
    };
    name = failed { enable = true; containers."a b" = { inherit bundle; }; };
    bundle-command = container { policy = null; closure = null; inherit bundle; command = [ "x" ]; };
    bundle-closure = container { policy = null; inherit bundle; };
    bundle-credentials = container { policy = null; closure = null; inherit bundle; credentials.a = "/run/a"; };
    no-credential = container { policy = strict { secret = [ { name = "a"; credential = "b"; } ]; }; };
    credential-in-store = container { credentials.a = "${rootfs}"; };
    topology-unknown = topology { containers = [ "db" "nobody" "off" ]; };
    topology-empty = topology { containers = [ ]; };
    topology-stranger = topology { after.web = [ "cache" ]; };
    topology-circle = topology { after = { web = [ "db" ]; db = [ "web" ]; }; };
    topology-network = topology { networks.back = { }; };
    rule-unknown = failed { enable = true; settings.rule = [ { policy = "no-such"; } ]; };
    policy-name = failed { enable = true; policies."../x" = strict { }; };
  };
  # Each of these does not evaluate, or does not build.
  bad-digest = container { sha256 = "00"; };
  bad-ready = (evaluate { enable = true; containers.c = { inherit bundle; ready = "soon"; }; }).systemd.services.nucleus-c.serviceConfig.ExecStart;
  bad-option = container { comand = [ ]; };
  bad-version = (evaluate { enable = true; settings.version = 2; }).environment.etc."nucleus/nucleus.toml".source;
  broken-settings = (evaluate { enable = true; settings.rules = [ ]; }).environment.etc."nucleus/nucleus.toml".source;
  broken-policy = (evaluate { enable = true; policies.p = strict { proces = { }; }; }).environment.etc."nucleus/policies/p.toml".source;
  good-policy = (evaluate { enable = true; policies.p = strict { }; }).environment.etc."nucleus/policies/p.toml".source;
}
