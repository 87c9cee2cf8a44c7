# Small closures of the kinds a store holds, built offline from the host's own tools with the Nix
# sandbox off: directories, a plain file, a symlink, a static program, and a dynamic one whose
# loader, libc and library are store paths of their own.
let
  shell = name: attrs: script: derivation ({
    inherit name;
    system = builtins.currentSystem;
    builder = "/bin/sh";
    PATH = "/usr/sbin:/usr/bin:/sbin:/bin";
    args = [ "-euc" script ];
  } // attrs);

  passwd = builtins.toFile "passwd" "root:x:0:0::/:/bin/sh\nagent:x:1000:1000::/:/bin/sh\n";

  busybox = shell "busybox-static" { } ''
    mkdir -p $out/bin
    cp /bin/busybox $out/bin/busybox
    for name in sh cat ls echo id true stat; do ln -s busybox $out/bin/$name; done
  '';

  words = shell "words-1.0" { } ''
    mkdir -p $out/share/deep/deeper
    echo "the right words" >$out/share/words
    echo "#!/bin/sh" >$out/share/deep/script
    chmod 755 $out/share/deep/script
    ln -s ../words $out/share/deep/link
    : >$out/share/deep/deeper/empty
  '';

  alias = shell "alias" { } "ln -s ${words}/share $out";

  libc = shell "libc-host" { } ''
    mkdir -p $out/lib
    cp -L /lib/x86_64-linux-gnu/libc.so.6 /lib64/ld-linux-x86-64.so.2 $out/lib/
  '';

  library = shell "libspeak-1" { } ''
    mkdir -p $out/lib
    gcc -O1 -shared -fPIC -DWORDS='"${alias}/words"' -o $out/lib/libspeak.so ${./speak.c}
  '';

  program = shell "speaker-1" { } ''
    mkdir -p $out/bin
    gcc -O1 -o $out/bin/speaker ${./speaker.c} -L${library}/lib -lspeak -Wl,--build-id=none \
      -Wl,--dynamic-linker=${libc}/lib/ld-linux-x86-64.so.2 -Wl,-rpath,${libc}/lib:${library}/lib
  '';

  root = name: links: shell name { } ''
    mkdir -p $out/etc
    ln -s ${passwd} $out/etc/passwd
    echo from-the-root >$out/etc/name
    ${links}
  '';

  # The directory --closure takes: closureInfo's registration, and a symlink to the root.
  closure = top: derivation {
    name = "closure";
    system = builtins.currentSystem;
    builder = "/usr/bin/python3";
    args = [ ./registration.py ];
    __structuredAttrs = true;
    exportReferencesGraph.closure = [ top ];
    inherit top;
  };
in
{
  static = closure (root "static-root" "ln -s ${busybox}/bin $out/bin");
  dynamic = closure (root "dynamic-root" ''
    mkdir -p $out/bin
    ln -s ${busybox}/bin/* ${program}/bin/speaker $out/bin/
  '');
  # In the store, and in no closure.
  stranger = shell "stranger" { } "mkdir $out; echo nobody listed me >$out/secret";
}
