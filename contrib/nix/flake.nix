# nucleus for Nix: the package, a NixOS module, and functions that turn packages into closures and bundles.
# Used as  inputs.nucleus.url = "git+file:///path/to/nucleus?dir=contrib/nix";
{
  description = "nucleus: one sandbox for untrusted code, from a policy and a Nix closure";

  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";

  outputs =
    { self, nixpkgs }:
    let
      # The only machine it knows.
      forAll = nixpkgs.lib.genAttrs [ "x86_64-linux" ];
      pkgsOf = system: nixpkgs.legacyPackages.${system};
      # What lib.nix and module.nix find as pkgs.nucleus.
      with-nucleus = system: pkgsOf system // { inherit (self.packages.${system}) nucleus; };
      example =
        system:
        self.lib.mkRootfs {
          pkgs = with-nucleus system;
          name = "example";
          packages = [
            (pkgsOf system).bashInteractive
            (pkgsOf system).coreutils
          ];
        };
    in
    {
      packages = forAll (system: {
        nucleus = (pkgsOf system).callPackage ./package.nix { };
        nucleus-static = (pkgsOf system).pkgsStatic.callPackage ./package.nix { };
        default = self.packages.${system}.nucleus;
      });

      overlays.default = final: prev: { nucleus = final.callPackage ./package.nix { }; };

      # With the program of this flake, where nixpkgs has none.
      nixosModules.nucleus =
        { lib, pkgs, ... }:
        {
          imports = [ ./module.nix ];
          services.nucleus.package = lib.mkDefault self.packages.${pkgs.stdenv.hostPlatform.system}.nucleus;
        };
      nixosModules.default = self.nixosModules.nucleus;

      lib = import ./lib.nix;

      checks = forAll (system: {
        inherit (self.packages.${system}) nucleus;
        bundle = self.lib.mkBundle {
          pkgs = with-nucleus system;
          name = "example";
          closure = example system;
          policy = {
            version = 1;
            extends = "production";
            closure.store_dir = builtins.storeDir;
          };
          command = [ "/bin/true" ];
        };
        vm = (pkgsOf system).testers.runNixOSTest (import ./nixos-test.nix { inherit self; });
      });

      devShells = forAll (system: {
        default = (pkgsOf system).mkShell { inputsFrom = [ self.packages.${system}.nucleus ]; };
      });

      formatter = forAll (system: (pkgsOf system).nixfmt-rfc-style);
    };
}
