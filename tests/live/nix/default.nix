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

  # Names that are allowed and seldom seen, in the store and inside a path, and what is empty.
  odd = shell "odd+name._?=-1" { } ''
    mkdir -p $out/share/none "$out/share/with space" $out/share/.hidden
    printf odd >"$out/share/with space/-n"
    printf odd >"$out/share/.hidden/$(printf 'line\nfeed')"
    printf odd >"$out/share/$(printf '\303\251\377')"
    : >"$out/share/...  "
    ln -s ${emptiness} $out/share/emptiness
  '';
  emptiness = shell "empty" { } "mkdir $out";

  # Each output is a path of its own, and one refers to the other.
  outputs = shell "outputs" { outputs = [ "out" "doc" ]; } ''
    mkdir -p $out/lib $doc/share
    ln -s $doc/share $out/lib/doc
    echo documented >$doc/share/text
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

  # All attributes of a derivation, the references graph of top among them.
  graph = top: derivation {
    name = "graph";
    system = builtins.currentSystem;
    builder = "/usr/bin/python3";
    args = [ "-c" "import json, shutil; shutil.copy('.attrs.json', json.load(open('.attrs.json'))['outputs']['out'])" ];
    __structuredAttrs = true;
    exportReferencesGraph.closure = top;
    inherit top;
  };

  static-root = root "static-root" "ln -s ${busybox}/bin $out/bin";
  # A directory beside the root's own of that name, one that both have, and one of its own.
  more-root = shell "more-root" { } ''
    mkdir -p $out/etc/more $out/usr/share
    echo from-another-root >$out/etc/more/name
    ln -s ${odd}/share $out/usr/share/odd
    ln -s ${outputs}/lib/doc/text $out/usr/share/text
  '';
in
{
  static = closure static-root;
  dynamic = closure (root "dynamic-root" ''
    mkdir -p $out/bin
    ln -s ${busybox}/bin/* ${program}/bin/speaker $out/bin/
  '');
  inherit static-root more-root;
  several = graph [ static-root more-root ];
  # Its entry etc is no directory, as that of the others is.
  clash = shell "clash-root" { } "mkdir $out; ln -s ${words}/share $out/etc";
  # A thousand store paths, each a small file.
  thousand = closure (root "thousand-root" ''
    ln -s ${busybox}/bin $out/bin
    echo "${toString (builtins.genList (i: builtins.toFile "small-${toString i}" "small ${toString i}\n") 1000)}" >$out/etc/all
  '');
  # A gigabyte of bytes that are all there, in four files.
  gigabyte = closure (root "gigabyte-root" ''
    ln -s ${busybox}/bin $out/bin
    ln -s ${shell "large" { } ''
      mkdir -p $out
      for name in a b c d; do yes "$out/$name" | head -c 268435456 >$out/$name; done
    ''} $out/large
  '');
  # In the store, and in no closure.
  stranger = shell "stranger" { } "mkdir $out; echo nobody listed me >$out/secret";
}
