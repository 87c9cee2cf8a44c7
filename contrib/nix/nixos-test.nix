# A machine with containers of services.nucleus, for who has nixpkgs:
#	nix build .#checks.x86_64-linux.vm
# What is denied stands beside the same action allowed, and the store is collected under what runs.
{ self }:
{
  name = "nucleus";

  nodes.machine =
    { pkgs, ... }:
    let
      build = import ./lib.nix;
      rootfs = build.mkRootfs {
        inherit pkgs;
        name = "test-root";
        packages = [
          pkgs.bash
          pkgs.coreutils
        ];
      };
      policy = {
        version = 1;
        extends = "production";
        process.init = true;
        resources.memory = "64M";
        resources.cpus = 1;
        secret = [
          {
            name = "key";
            credential = "key";
          }
        ];
        volume = [
          {
            source = "/var/lib/nucleus-containers/db";
            target = "/data";
            access = "rw";
          }
        ];
      };
      wait = "trap 'exit 0' TERM; while :; do sleep 0.1; done";
      run = script: [
        "/bin/bash"
        "-c"
        "${script}\n${wait}"
      ];
    in
    {
      imports = [ self.nixosModules.default ];
      services.openssh.enable = true;
      virtualisation.writableStore = true;
      services.nucleus = {
        enable = true;
        containers.db = {
          inherit policy;
          closure = rootfs;
          credentials.key = "/etc/key-of-db";
          stateOwner = 1000;
          command = run "cat /run/secrets/key >/data/key";
        };
        containers.web = {
          policy = "production";
          closure = rootfs;
          command = run "true";
        };
        topologies.shop = {
          containers = [
            "db"
            "web"
          ];
          after.web = [ "db" ];
        };
        settings.rule = [ { policy = "slim"; annotation = "org.example"; } ];
        policies.slim = {
          version = 1;
          extends = "production";
          resources.memory = "32M";
        };
      };
      environment.etc."key-of-db" = {
        text = "secret";
        mode = "0400";
      };
    };

  testScript = ''
    inside = "nucleus exec db -- /bin/bash -c "

    machine.wait_for_unit("nucleus-shop.target")
    machine.succeed("nucleus list | grep -w db", "nucleus list | grep -w web")
    machine.succeed("nucleus state db | grep -F '\"attestation\": \"full\"'")
    machine.wait_until_succeeds("grep -qx secret /var/lib/nucleus-containers/db/key")

    with subtest("limits are in the unit's cgroup"):
        machine.succeed("test $(cat /sys/fs/cgroup/system.slice/nucleus-db.service/nucleus/db/memory.max) = 67108864")

    with subtest("what is denied, and its twin"):
        machine.fail(inside + "'echo x >/etc/x'")
        machine.succeed(inside + "'echo x >/data/x'")
        machine.fail(inside + "'ls /home'")
        machine.succeed(inside + "'ls /etc'")
        machine.wait_for_open_port(22)
        machine.fail(inside + "': >/dev/tcp/127.0.0.1/22'")
        machine.succeed("bash -c ': >/dev/tcp/127.0.0.1/22'")
        machine.fail(inside + "'test $(ls /nix/store | wc -l) -gt 40'")
        machine.succeed("test $(ls /nix/store | wc -l) -gt 40")

    with subtest("the administrator's file is read"):
        machine.succeed("test ! -L /etc/nucleus/nucleus.toml", "test ! -L /etc/nucleus/policies/slim.toml")
        machine.succeed("nucleus check --settings /etc/nucleus/nucleus.toml /etc/nucleus/policies/slim.toml")

    with subtest("the store is collected under it"):
        path = machine.succeed("systemctl cat nucleus-db | grep -o '/nix/store/[^\" ]*-closure' | head -n 1").strip()
        machine.succeed("nix-store --gc", f"nix-store --check-validity {path}")
        machine.succeed(inside + "'cat /etc/passwd'")
        machine.succeed("systemctl restart nucleus-db", "systemctl is-active nucleus-db")

    with subtest("they end together"):
        machine.succeed("systemctl stop nucleus-shop.target")
        machine.wait_until_fails("systemctl is-active nucleus-db")
        machine.wait_until_fails("systemctl is-active nucleus-web")
        machine.succeed("test -z \"$(nucleus list -q)\"")
  '';
}
