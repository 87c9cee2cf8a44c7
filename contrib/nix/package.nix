# nucleus as a package of nixpkgs: callPackage ./package.nix { }. With glibc it links shared libraries;
# from pkgsStatic it is one static program, as the project's own build, which starts faster and reads no
# library at its start. man pages say what the program says of its keys, so it must run where it is built.
{
  lib,
  stdenv,
  meson,
  ninja,
  pkg-config,
  python3,
  scdoc,
  libseccomp,
  yajl,
  libsodium,
  openssl,
}:
stdenv.mkDerivation {
  pname = "nucleus";
  version = "0.1.0";

  # Without what a build by hand leaves in the tree.
  src = builtins.path {
    path = ../..;
    name = "nucleus-source";
    filter = path: type: type != "directory" || builtins.match "build.*|\\.git" (baseNameOf path) == null;
  };

  strictDeps = true;
  nativeBuildInputs = [
    meson
    ninja
    pkg-config
    python3
    scdoc
  ];
  buildInputs = [
    libseccomp
    yajl
    libsodium
    openssl
  ];

  # Compilers here are newer than those it is tested with, and a warning more is no fault of a package.
  mesonFlags = [
    "-Dwerror=false"
    # Some of their programs are static, for which nixpkgs has no C library beside the shared one.
    "-Dtests=false"
    (lib.mesonBool "dynamic" (!stdenv.hostPlatform.isStatic))
  ];

  meta = {
    description = "Starts one sandbox for untrusted code, from a policy and a Nix closure or an OCI bundle";
    license = lib.licenses.asl20;
    platforms = [ "x86_64-linux" ];
    mainProgram = "nucleus";
  };
}
