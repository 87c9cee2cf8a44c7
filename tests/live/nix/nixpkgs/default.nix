# Stands in for nixpkgs where there is no network: functions of the same names and argument shapes, the
# host's tools as builders (sandbox = false, or the host's /usr in the sandbox), and as packages
# what of the host's programs needs no library. `nucleus` is the program under test.
{
  system ? builtins.currentSystem,
  # A flake has no arguments; the test writes the file.
  nucleus ? import ./program.nix,
}:
let
  lib = import ./lib.nix;
  drv =
    name: attrs: script:
    derivation (
      removeAttrs attrs [ "passthru" "meta" ]
      // {
        inherit name system;
        builder = "/bin/sh";
        PATH = "/usr/sbin:/usr/bin:/sbin:/bin";
        args = [ "-euc" script ];
      }
    )
    // (attrs.passthru or { })
    // { meta = attrs.meta or { }; };
  program = builtins.path {
    path = nucleus;
    name = "nucleus";
  };
  # A package of one busybox applet, or several.
  applets =
    name: list:
    drv name { } ''
      mkdir -p $out/bin
      cp /bin/busybox $out/bin/.busybox-${name}
      for applet in ${toString list}; do ln -s .busybox-${name} $out/bin/$applet; done
    '';
  self = {
    inherit lib;
    stdenv = {
      mkDerivation =
        attrs:
        drv "${attrs.pname}-${attrs.version}" { inherit (attrs) meta; } "mkdir -p $out/bin; cp ${program} $out/bin/${attrs.pname}";
      hostPlatform = {
        inherit system;
        isStatic = false;
      };
    };
    callPackage =
      file: args:
      let
        function = if builtins.isFunction file then file else import file;
      in
      function (builtins.intersectAttrs (builtins.functionArgs function) self // args);
    pkgsStatic = self;
    runCommand = drv;
    writeText =
      name: text: drv name { inherit text; passAsFile = [ "text" ]; } ''cp "$textPath" $out'';
    buildEnv =
      {
        name,
        paths,
        pathsToLink,
        ignoreCollisions,
      }:
      drv name { } ''
        mkdir -p $out
        for path in ${toString paths}; do
          for link in ${toString pathsToLink}; do
            [ -d $path$link ] || continue
            mkdir -p $out$link
            for file in $(ls -A $path$link); do
              [ -e $out$link/$file ] || ln -s $path$link/$file $out$link/$file
            done
          done
        done
      '';
    closureInfo =
      { rootPaths }:
      derivation {
        name = "closure-info";
        inherit system;
        builder = "/usr/bin/python3";
        args = [ ./closure-info.py ];
        __structuredAttrs = true;
        exportReferencesGraph.closure = rootPaths;
      };
    formats.toml = _: {
      type = lib.types.attrsOf lib.types.anything;
      generate =
        name: value:
        drv name {
          json = builtins.toJSON value;
          passAsFile = [ "json" ];
        } ''python3 ${./toml.py} <"$jsonPath" >$out'';
    };
    nucleus = drv "nucleus-0" { meta.mainProgram = "nucleus"; } ''
      mkdir -p $out/bin
      cp ${program} $out/bin/nucleus
    '';
    mkShell = attrs: drv "shell" { } "mkdir $out";
    testers.runNixOSTest = test: drv "test" { } "mkdir $out";
    cacert = drv "cacert-0" { } ''
      mkdir -p $out/etc/ssl/certs
      echo certificates >$out/etc/ssl/certs/ca-bundle.crt
    '';
    busybox = applets "busybox" [ "sh" "cat" "ls" "id" "echo" "true" "sleep" "env" "touch" "mount" ];
  }
  // lib.mapAttrs (name: applets name) {
    bashInteractive = [ "sh" ];
    bash = [ "sh" ];
    coreutils = [ "cat" "ls" "id" "echo" "true" "sleep" "env" "touch" "mkdir" "head" "wc" ];
    findutils = [ "find" "xargs" ];
    gnugrep = [ "grep" ];
    gnused = [ "sed" ];
    gawk = [ "awk" ];
    diffutils = [ "diff" "cmp" ];
    patch = [ "patch" ];
    gnutar = [ "tar" ];
    gzip = [ "gzip" ];
    less = [ "less" ];
    which = [ "which" ];
    git = [ ];
    python3 = [ ];
    meson = [ ];
    ninja = [ ];
    pkg-config = [ ];
    scdoc = [ ];
    libseccomp = [ ];
    yajl = [ ];
    libsodium = [ ];
    openssl = [ ];
    nixfmt-rfc-style = [ ];
  };
in
self
