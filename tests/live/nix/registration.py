"""The builder of a closure directory: writes `registration` as closureInfo does (path, hash, size, no
deriver, number of references, references), and `rootfs`."""
import json
import os

with open(os.environ.get("NIX_ATTRS_JSON_FILE", ".attrs.json")) as file:
    attributes = json.load(file)
out = attributes["outputs"]["out"]
os.mkdir(out)
os.symlink(attributes["top"], os.path.join(out, "rootfs"))
with open(os.path.join(out, "registration"), "w") as registration:
    for path in attributes["closure"]:
        print(path["path"], path["narHash"], path["narSize"], "", len(path["references"]), *path["references"],
              sep="\n", file=registration)
