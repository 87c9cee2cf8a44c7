# Packages into what nucleus runs: a root file system with the list of its closure beside it, a policy
# that was checked and says which closure it is for, and both as an OCI bundle. All of it is in the
# store, so whatever names the result keeps its closure from being collected.
#
# Of nixpkgs only buildEnv, runCommand, closureInfo, writeText, formats.toml and a few functions of lib
# are used. Each function takes { pkgs, ... }; the program itself is pkgs.nucleus, or `nucleus`.
let
  # Accounts that nucleus and programs look up; 1000 is who a policy that names no user runs as.
  defaultEtc = {
    passwd.text = ''
      root:x:0:0:root:/root:/bin/sh
      agent:x:1000:1000:agent:/workspace:/bin/sh
      nobody:x:65534:65534:nobody:/:/bin/false
    '';
    group.text = ''
      root:x:0:
      agent:x:1000:
      nogroup:x:65534:
    '';
    hosts.text = ''
      127.0.0.1 localhost
      ::1 localhost
    '';
  };

  # A place in the root, which must not lead out of it.
  placeIn =
    what: path:
    if
      builtins.match "[A-Za-z0-9._+/@-]+" path == null || builtins.match "(.*/)?\\.\\.?(/.*)?" path != null
    then
      throw "mkRootfs: ${what} \"${path}\": a path of letters, digits and ._+@-, without . and .. in it"
    else
      path;

  # { text = "..."; } is a file's content, anything else the file itself.
  fileOf =
    pkgs: name: value:
    if value ? text then pkgs.writeText (baseNameOf name) value.text else value;

  isName = value: builtins.isString value && builtins.match "[A-Za-z0-9_-]+" value != null;

  # A policy as the argument of --policy and of extends: a file, or the name of one that is built in.
  policyFile =
    pkgs: name: policy:
    if isName policy then
      policy
    else if builtins.isAttrs policy && !(policy ? outPath) then
      (pkgs.formats.toml { }).generate "${name}.toml" policy
    else
      "${policy}";
  # The command that prints what a closure is called.
  digest =
    nucleus: closure:
    "${nucleus}/bin/nucleus closure digest --store-dir ${builtins.storeDir} --closure ${closure}";
in
rec {
  # A directory with `rootfs`, a symlink to the root's store path, and `registration`, the hash of every
  # path of its closure: what --closure takes. The list stands outside of the tree it lists.
  #
  # packages: their bin, sbin, lib, libexec and share are the root's; of two files of one name the one
  #   of the earlier package counts.
  # etc: { "name" = file; } or { "name".text = content; }, beside a passwd, group and hosts.
  # dirs: empty directories. Where a policy has a volume, a tmpfs or the workdir there must be none: the
  #   sandbox makes those places itself.
  mkRootfs =
    {
      pkgs,
      name ? "rootfs",
      packages ? [ ],
      etc ? { },
      dirs ? [ ],
    }:
    let
      inherit (pkgs) lib;
      env = pkgs.buildEnv {
        name = "${name}-env";
        paths = packages;
        pathsToLink = [
          "/bin"
          "/sbin"
          "/lib"
          "/libexec"
          "/share"
        ];
        ignoreCollisions = true;
      };
      files = defaultEtc // etc;
      etcLine = file: ''
        mkdir -p "$(dirname $out/etc/${placeIn "etc" file})"
        ln -s ${fileOf pkgs file files.${file}} $out/etc/${file}
      '';
      root = pkgs.runCommand name { } ''
        mkdir -p $out/etc $out/usr
        for dir in bin sbin lib libexec share; do
          if [ -e ${env}/$dir ]; then ln -s ${env}/$dir $out/$dir; fi
        done
        ln -s /bin $out/usr/bin
        ${lib.concatMapStringsSep "" etcLine (builtins.attrNames files)}
        ${lib.concatMapStringsSep "\n" (dir: "mkdir -p $out/${placeIn "dirs" dir}") dirs}
      '';
      closure = pkgs.closureInfo { rootPaths = [ root ]; };
    in
    pkgs.runCommand "${name}-closure" { passthru = { inherit root; }; } ''
      mkdir $out
      ln -s ${root} $out/rootfs
      cp ${closure}/registration $out/registration
    '';

  # The root of a coding agent: a shell and what it calls, git, python, certificates, and `packages`.
  mkAgentToolchain =
    {
      pkgs,
      name ? "agent-toolchain",
      packages ? [ ],
      etc ? { },
      dirs ? [ ],
    }:
    let
      bundle = "${pkgs.cacert}/etc/ssl/certs/ca-bundle.crt";
    in
    mkRootfs {
      inherit pkgs name dirs;
      packages = packages ++ [
        pkgs.bashInteractive
        pkgs.coreutils
        pkgs.findutils
        pkgs.gnugrep
        pkgs.gnused
        pkgs.gawk
        pkgs.diffutils
        pkgs.patch
        pkgs.gnutar
        pkgs.gzip
        pkgs.less
        pkgs.which
        pkgs.git
        pkgs.python3
        pkgs.cacert
      ];
      etc = {
        "ssl/certs/ca-bundle.crt" = bundle;
        "ssl/certs/ca-certificates.crt" = bundle;
      } // etc;
    };

  # A policy as a file that `nucleus check` has nothing against: what it says is the build's failure.
  # policy: an attribute set, a file, or the name of a built-in policy.
  checkPolicy =
    {
      pkgs,
      name,
      policy,
      nucleus ? pkgs.nucleus,
    }:
    pkgs.runCommand "${name}.toml" { } ''
      ${nucleus}/bin/nucleus check ${policyFile pkgs name policy}
      cp ${policyFile pkgs name policy} $out
    '';

  # /etc/nucleus/nucleus.toml, looked at in the same way.
  checkSettings =
    {
      pkgs,
      settings,
      nucleus ? pkgs.nucleus,
    }:
    pkgs.runCommand "nucleus.toml" { } ''
      ${nucleus}/bin/nucleus check --settings ${settings}
      cp ${settings} $out
    '';

  # The policy with the digest of its closure, which a policy of a store cannot know before: another
  # closure than this one is then refused. One that pins another closure already fails the build.
  # sha256: the digest of a closure that is not here to be asked.
  pinPolicy =
    {
      pkgs,
      name,
      policy,
      closure,
      sha256 ? null,
      nucleus ? pkgs.nucleus,
    }:
    let
      checked = checkPolicy { inherit pkgs name policy nucleus; };
    in
    pkgs.runCommand "${name}-pinned.toml" { } ''
      cat >policy.toml <<END
      version = 1
      ${
        if isName policy then
          "extends = \"${policy}\""
        else
          "extends = [{ file = \"${checked}\", sha256 = \"$(sha256sum <${checked} | cut -c -64)\" }]"
      }

      [closure]
      sha256 = "${if sha256 == null then "$(${digest nucleus closure})" else sha256}"
      END
      ${nucleus}/bin/nucleus check policy.toml
      cp policy.toml $out
    '';

  # A complete OCI bundle in the store, for root to run: config.json with the closure's digest in its
  # annotations, the skeleton of its root, and the digest in the file closure-sha256 beside them.
  # Volumes and secrets belong to the machine it runs on: a policy with those is for `nucleus run
  # --policy`, which looks at them when it starts; here they are an error.
  mkBundle =
    {
      pkgs,
      name ? "bundle",
      closure,
      policy ? "strict-agent",
      command ? [ ],
      nucleus ? pkgs.nucleus,
    }:
    let
      pinned = pinPolicy { inherit pkgs name policy closure nucleus; };
    in
    pkgs.runCommand "${name}-bundle" { passthru = { inherit closure; policy = pinned; }; } ''
      ${nucleus}/bin/nucleus translate --for-root --policy ${pinned} --closure ${closure} --bundle $out \
        -- ${pkgs.lib.escapeShellArgs command}
      ${digest nucleus closure} >$out/closure-sha256
    '';
}
