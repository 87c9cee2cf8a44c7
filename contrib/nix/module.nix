# services.nucleus: containers as systemd services. Each is `nucleus run` in the foreground of a unit of its
# own, which is told when the program runs, ends it with `nucleus stop`, and holds it and its limits in the
# cgroup that systemd delegated to the unit. Policies are looked at by `nucleus check` when the system is
# built. A unit names the store paths it needs, and so the running system keeps them from being collected.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkIf mkOption types;
  cfg = config.services.nucleus;
  toml = pkgs.formats.toml { };
  build = import ./lib.nix;

  builtinPolicies = [
    "agent"
    "strict-agent"
    "production"
  ];
  policyType = types.either types.path (types.either types.str toml.type);

  containerOptions = {
    options = {
      enable = mkOption {
        type = types.bool;
        default = true;
        description = "Whether there is a unit for this container.";
      };
      autoStart = mkOption {
        type = types.bool;
        default = true;
        description = "Whether it is started with the system; one of a topology is started by that.";
      };
      bundle = mkOption {
        type = types.nullOr types.package;
        default = null;
        description = "An OCI bundle, as lib.mkBundle makes it; or else a policy and a closure.";
      };
      policy = mkOption {
        type = types.nullOr policyType;
        default = null;
        description = ''
          What it may do, see nucleus-policy(5): an attribute set, a file, or the name of one of
          services.nucleus.policies or of a policy that is built in. It is read when the container starts,
          so it may have volumes and secrets.
        '';
      };
      closure = mkOption {
        type = types.nullOr types.path;
        default = null;
        description = "Its root, as lib.mkRootfs makes it; of one in the store the digest is pinned.";
      };
      sha256 = mkOption {
        type = types.nullOr (types.strMatching "[0-9a-f]{64}");
        default = null;
        description = "What a closure outside of the store must hash to, as `nucleus closure digest` prints it.";
      };
      command = mkOption {
        type = types.listOf types.str;
        default = [ ];
        description = "The program and its arguments; the policy's own if empty.";
      };
      ready = mkOption {
        type = types.enum [
          "started"
          "told"
        ];
        default = "started";
        description = "When the unit is active: when the program runs, or when it has said so, see sd_notify(3).";
      };
      credentials = mkOption {
        type = types.attrsOf types.str;
        default = { };
        example = {
          db-password = "/run/keys/db-password";
        };
        description = ''
          For [[secret]] credential = "NAME" of the policy: the file it comes from, which is read when the unit
          starts. A file in the store could be read by everybody.
        '';
      };
      stateOwner = mkOption {
        type = types.nullOr types.ints.unsigned;
        default = null;
        description = ''
          If set, /var/lib/nucleus-containers/NAME is made for a [[volume]] of the policy, with this user of the
          sandbox as its owner.
        '';
      };
    };
  };

  topologyOptions = {
    options = {
      enable = mkOption {
        type = types.bool;
        default = true;
        description = "Whether there is a target for it.";
      };
      autoStart = mkOption {
        type = types.bool;
        default = true;
        description = "Whether it is started with the system.";
      };
      containers = mkOption {
        type = types.listOf types.str;
        default = [ ];
        description = "Containers that are started, and stopped, together.";
      };
      after = mkOption {
        type = types.attrsOf (types.listOf types.str);
        default = { };
        example = {
          web = [ "db" ];
        };
        description = "Which of them need which others, and start when those are ready.";
      };
      networks = mkOption {
        type = types.attrsOf types.anything;
        default = { };
        description = "Must be empty: nucleus has no networks between containers yet.";
      };
    };
  };

  containers = lib.filterAttrs (_: container: container.enable) cfg.containers;
  topologies = lib.filterAttrs (_: topology: topology.enable) cfg.topologies;

  # --- what a container amounts to ------------------------------------------------------------------

  inStore = path: lib.hasPrefix "${builtins.storeDir}/" "${path}";
  isTable = policy: builtins.isAttrs policy && !(policy ? outPath);
  # A name stands for the administrator's policy, if there is one.
  policyOf =
    container:
    if builtins.isString container.policy && cfg.policies ? ${container.policy} then
      cfg.policies.${container.policy}
    else
      container.policy;
  # As far as it is known before it is built: what a file says is seen by `nucleus check`.
  modeOf =
    container:
    let
      policy = policyOf container;
    in
    if isTable policy then
      policy.mode or (if builtins.isString (policy.extends or null) then policy.extends else "strict-agent")
    else
      policy;
  secretsOf =
    container:
    if isTable (policyOf container) then
      lib.filter (secret: secret ? credential) ((policyOf container).secret or [ ])
    else
      [ ];

  policyFile =
    name: container:
    let
      args = {
        inherit pkgs name;
        policy = policyOf container;
        nucleus = cfg.package;
      };
    in
    if container.sha256 != null || (container.closure != null && inStore container.closure) then
      build.pinPolicy (args // { inherit (container) closure sha256; })
    else
      build.checkPolicy args;

  # systemd's own quoting; % and $ are what they are.
  execArg = arg: builtins.replaceStrings [ "%" "$" ] [ "%%" "$$" ] (builtins.toJSON "${arg}");
  execLine = args: lib.concatMapStringsSep " " execArg args;
  program = "${cfg.package}/bin/nucleus";

  runLine =
    name: container:
    execLine (
      [
        program
        "--cgroup-manager"
        "delegated"
        "run"
        "--ready"
        container.ready
      ]
      ++ (
        if container.bundle != null then
          [
            "--bundle"
            container.bundle
            name
          ]
        else
          [
            "--id"
            name
            "--policy"
            (policyFile name container)
          ]
          ++ lib.optionals (container.closure != null) [
            "--closure"
            container.closure
          ]
          ++ lib.optionals (container.command != [ ]) ([ "--" ] ++ container.command)
      )
    );

  # --- units ----------------------------------------------------------------------------------------

  unitOf = name: "nucleus-${name}.service";
  targetOf = name: "nucleus-${name}.target";
  topologiesWith =
    name: builtins.attrNames (lib.filterAttrs (_: topology: builtins.elem name topology.containers) topologies);
  neededBy =
    name: lib.concatMap (topology: topologies.${topology}.after.${name} or [ ]) (topologiesWith name);

  # Each was tried with a sandbox that has a volume, a secret and limits; these cannot be, whatever else they
  # are good for: RestrictNamespaces, ProtectHostname (the sandbox's own name), ProtectControlGroups,
  # RestrictSUIDSGID (it takes openat2(2) away), ProtectSystem = "strict" (volumes become read-only),
  # PrivateTmp (a bundle or volume there), PrivateDevices ([[resources.io]] names a disk). What a workload
  # would be hurt by, such as MemoryDenyWriteExecute, is its policy's to say.
  hardening = {
    NoNewPrivileges = true;
    ProtectSystem = "full";
    ProtectKernelLogs = true;
    ProtectKernelModules = true;
    ProtectKernelTunables = true;
    LockPersonality = true;
    RestrictRealtime = true;
    RestrictAddressFamilies = "AF_UNIX AF_NETLINK AF_INET AF_INET6";
    SystemCallArchitectures = "native";
    SystemCallFilter = "~@clock @cpu-emulation @module @obsolete @raw-io @reboot @swap";
    SystemCallErrorNumber = "EPERM";
    KeyringMode = "private";
    UMask = "0077";
    CapabilityBoundingSet = toString [
      "CAP_CHOWN"
      "CAP_DAC_OVERRIDE"
      "CAP_FOWNER"
      "CAP_KILL"
      "CAP_MKNOD"
      "CAP_NET_ADMIN"
      "CAP_SETGID"
      "CAP_SETPCAP"
      "CAP_SETUID"
      "CAP_SYS_ADMIN"
      "CAP_SYS_CHROOT"
      "CAP_SYS_PTRACE"
      "CAP_SYS_RESOURCE"
    ];
  };

  serviceOf = name: container: {
    description = "nucleus container ${name}";
    wantedBy = lib.optional (container.autoStart && topologiesWith name == [ ]) "multi-user.target";
    partOf = map targetOf (topologiesWith name);
    requires = map unitOf (neededBy name);
    after = map unitOf (neededBy name);
    serviceConfig = hardening // {
      Type = "notify";
      NotifyAccess = "main";
      ExecStart = runLine name container;
      ExecStop = execLine [
        program
        "stop"
        name
      ];
      # What is left where systemd had to kill the runtime with all its processes.
      ExecStopPost = execLine [
        program
        "delete"
        "--force"
        name
      ];
      # A program that ends by the signal which asks it to.
      SuccessExitStatus = 143;
      Restart = lib.mkDefault "on-failure";
      RestartSec = lib.mkDefault 1;
      KillMode = "mixed";
      Delegate = true;
      DelegateSubgroup = "supervisor";
      # The policy's own limit counts.
      TasksMax = "infinity";
      # Shared with every other container, so it stays.
      RuntimeDirectory = "nucleus";
      RuntimeDirectoryMode = "0700";
      RuntimeDirectoryPreserve = true;
      LoadCredential = lib.mapAttrsToList (credential: file: "${credential}:${file}") container.credentials;
    };
  };

  topologyTarget = name: topology: {
    description = "nucleus containers of ${name}";
    wantedBy = lib.optional topology.autoStart "multi-user.target";
    requires = map unitOf topology.containers;
    after = map unitOf topology.containers;
  };

  # --- assertions -----------------------------------------------------------------------------------

  claim = path: assertion: message: {
    inherit assertion;
    message = "services.nucleus.${path} ${message}";
  };

  nameClaim =
    path: name:
    claim "${path}.\"${name}\"" (builtins.match "[A-Za-z0-9][A-Za-z0-9_-]{0,62}" name != null)
      "is not a name: letters, digits, - and _, at most 63 of them, with a letter or a digit first.";

  containerClaims =
    name: container:
    let
      at = "containers.${name}";
      hasPolicy = container.policy != null;
      policy = policyOf container;
      ownRoot =
        isTable policy && (policy ? closure.registration || policy ? filesystem.root);
      missing = lib.filter (secret: !(container.credentials ? ${secret.credential})) (secretsOf container);
    in
    [
      (nameClaim "containers" name)
      (claim at (hasPolicy != (container.bundle != null)) (
        if hasPolicy then
          "has both a policy and a bundle, which has its policy already: remove one of them."
        else
          "has neither a policy nor a bundle: set policy and closure, or bundle."
      ))
      (claim "${at}.policy" (
        !builtins.isString policy
        || lib.hasPrefix "/" policy
        || builtins.elem policy builtinPolicies
      ) "names a policy \"${toString container.policy}\" that is neither in services.nucleus.policies nor built in.")
      (claim "${at}.closure" (!hasPolicy || container.bundle != null || container.closure != null || ownRoot)
        "is not set, and its policy names no root: give what lib.mkRootfs makes.")
      (claim "${at}.closure" (container.bundle == null || container.closure == null)
        "does not go with a bundle, which has its root already.")
      (claim "${at}.command" (container.bundle == null || container.command == [ ])
        "does not go with a bundle, which has its command already.")
      (claim "${at}.credentials" (container.bundle == null || container.credentials == { })
        "do not go with a bundle: use a policy with [[secret]].")
      (claim "${at}.sha256" (
        !hasPolicy || modeOf container != "production" || container.closure == null
        || inStore container.closure || container.sha256 != null
      ) "is not set: in production a closure outside of the store must be pinned.")
      (claim "${at}.sha256" (container.sha256 == null || container.closure != null)
        "is set without a closure.")
      (claim "${at}.credentials" (missing == [ ])
        "lack ${lib.concatMapStringsSep ", " (secret: "\"${secret.credential}\"") missing}, which secrets of its policy come from.")
      (claim "${at}.credentials" (
        builtins.all (file: lib.hasPrefix "/" file && !(inStore file)) (builtins.attrValues container.credentials)
      ) "must be files by their absolute path, and not in the store, where everybody can read them.")
    ];

  # Everything that a member needs, by way of others too.
  needsOf =
    topology: member:
    map (entry: entry.key) (
      builtins.genericClosure {
        startSet = map (key: { inherit key; }) (topology.after.${member} or [ ]);
        operator = entry: map (key: { inherit key; }) (topology.after.${entry.key} or [ ]);
      }
    );

  topologyClaims =
    name: topology:
    let
      at = "topologies.${name}";
      list = lib.concatMapStringsSep ", " (member: "\"${member}\"");
      unknown = lib.filter (member: !(containers ? ${member})) topology.containers;
      ordered = builtins.attrNames topology.after ++ builtins.concatLists (builtins.attrValues topology.after);
      strangers = lib.filter (member: !(builtins.elem member topology.containers)) ordered;
      circular = lib.filter (member: builtins.elem member (needsOf topology member)) (
        builtins.attrNames topology.after
      );
    in
    [
      (nameClaim "topologies" name)
      (claim "${at}.containers" (topology.containers != [ ]) "is empty: a topology has members.")
      (claim "${at}.containers" (unknown == [ ]) "has ${list unknown}: no such container is enabled.")
      (claim "${at}.after" (strangers == [ ]) "has ${list strangers}, not among its containers.")
      (claim "${at}.after" (circular == [ ]) "lets ${list circular} wait for what waits for it.")
      (claim "${at}.networks" (topology.networks == { })
        "cannot be enforced: there are no networks between containers yet. Share a Unix socket in a volume instead.")
    ];

  ruleClaims =
    rule:
    claim "settings.rule" (
      cfg.policies ? ${rule.policy or ""} || builtins.elem (rule.policy or "") builtinPolicies
      || cfg.settings ? policies
    ) "names a policy \"${rule.policy or ""}\" that is neither in services.nucleus.policies nor built in.";

  policyClaims = name: _: [
    (claim "policies.\"${name}\"" (builtins.match "[A-Za-z0-9_-]{1,100}" name != null)
      "is not a name of a policy: letters, digits, - and _.")
  ];

  # --- /etc -----------------------------------------------------------------------------------------

  # Copies: nucleus takes the administrator's word from no symbolic link.
  etcFile = source: {
    inherit source;
    mode = "0444";
  };
  settingsFile = toml.generate "nucleus.toml" cfg.settings;
in
{
  options.services.nucleus = {
    enable = lib.mkEnableOption "the nucleus container runtime";
    package = lib.mkPackageOption pkgs "nucleus" { };
    settings = mkOption {
      type = types.submodule {
        freeformType = toml.type;
        options.version = mkOption {
          type = types.enum [ 1 ];
          default = 1;
          description = "The version of the format.";
        };
      };
      default = { };
      example = {
        rule = [
          {
            root = "/run/containerd/runc/k8s.io";
            policy = "pods";
            mandatory = true;
          }
        ];
      };
      description = "/etc/nucleus/nucleus.toml: which policies are laid over whose bundles, see nucleus.toml(5).";
    };
    policies = mkOption {
      type = types.attrsOf policyType;
      default = { };
      description = ''
        Policies by name, for bundles of podman and others and for containers here:
        /etc/nucleus/policies/NAME.toml. An attribute set, or a file.
      '';
    };
    containers = mkOption {
      type = types.attrsOf (types.submodule containerOptions);
      default = { };
      description = "Containers, each as the service nucleus-NAME.";
    };
    topologies = mkOption {
      type = types.attrsOf (types.submodule topologyOptions);
      default = { };
      description = "Containers that belong together, as the target nucleus-NAME.";
    };
  };

  config = mkIf cfg.enable {
    assertions =
      builtins.concatLists (lib.mapAttrsToList containerClaims containers)
      ++ builtins.concatLists (lib.mapAttrsToList topologyClaims topologies)
      ++ builtins.concatLists (lib.mapAttrsToList policyClaims cfg.policies)
      ++ map ruleClaims (cfg.settings.rule or [ ]);

    environment.systemPackages = [ cfg.package ];
    environment.etc = {
      "nucleus/nucleus.toml" = etcFile (build.checkSettings {
        inherit pkgs;
        settings = settingsFile;
        nucleus = cfg.package;
      });
    } // lib.mapAttrs' (
      name: policy:
      lib.nameValuePair "nucleus/policies/${name}.toml" (
        etcFile (build.checkPolicy {
          inherit pkgs name policy;
          nucleus = cfg.package;
        })
      )
    ) cfg.policies;

    systemd.services = lib.mapAttrs' (
      name: container: lib.nameValuePair "nucleus-${name}" (serviceOf name container)
    ) containers;
    systemd.targets = lib.mapAttrs' (
      name: topology: lib.nameValuePair "nucleus-${name}" (topologyTarget name topology)
    ) topologies;
    systemd.tmpfiles.rules = lib.mapAttrsToList (
      name: container:
      "d /var/lib/nucleus-containers/${name} 0700 ${toString container.stateOwner} ${toString container.stateOwner} -"
    ) (lib.filterAttrs (_: container: container.stateOwner != null) containers);
  };
}
