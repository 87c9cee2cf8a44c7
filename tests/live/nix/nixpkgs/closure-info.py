"""closureInfo of the stand-in: `registration` (path, hash, size, no deriver, number of references,
references) and `store-paths` of the closure that the builder was given."""
import json
import os

# $NIX_ATTRS_JSON_FILE is, in the sandbox of older versions, the name outside.
with open(".attrs.json") as file:
    attributes = json.load(file)
out = attributes["outputs"]["out"]
os.mkdir(out)
with open(os.path.join(out, "registration"), "w") as registration, open(os.path.join(out, "store-paths"), "w") as paths:
    for path in attributes["closure"]:
        print(path["path"], file=paths)
        print(path["path"], path["narHash"], path["narSize"], "", len(path["references"]), *path["references"],
              sep="\n", file=registration)
