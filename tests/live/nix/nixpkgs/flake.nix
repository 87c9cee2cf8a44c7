# The stand-in as a flake with the outputs of nixpkgs that contrib/nix/flake.nix uses.
{
  outputs =
    { self }:
    let
      lib = import ./lib.nix;
      systems = [ "x86_64-linux" ];
    in
    {
      inherit lib;
      legacyPackages = lib.genAttrs systems (system: import ./. { inherit system; });
    };
}
