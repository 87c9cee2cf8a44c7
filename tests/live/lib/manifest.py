"""The canonical manifest of a closure and its digest, made here a second time from the description in
src/config/closure-manifest.h."""
import base64
import hashlib

NIX32 = "0123456789abcdfghijklmnpqrsvwxyz"


def base16(text):
    """A hash as Nix writes it (nix32 or base16 with or without sha256:, or SRI), in base16."""
    if text.startswith("sha256-"):
        return base64.b64decode(text[7:]).hex()
    text = text.removeprefix("sha256:")
    if len(text) == 64:
        return text
    number = 0
    for digit in text:
        number = number * 32 + NIX32.index(digit)
    return number.to_bytes(32, "little").hex()


def records(registration):
    """(path, hash in base16, size, references) of each record, in the text's order."""
    lines = iter(registration.splitlines())
    for path in lines:
        found, size, _ = base16(next(lines)), int(next(lines)), next(lines)
        yield path, found, size, [next(lines) for _ in range(int(next(lines)))]


def manifest(registration, roots):
    lines = ["nucleus-closure-1", len(set(roots)), *sorted(set(roots))]
    for path, found, size, references in sorted(records(registration)):
        lines += [path, f"sha256:{found}", size, "", len(references), *sorted(references)]
    return "".join(f"{line}\n" for line in lines)


def digest(registration, roots):
    return hashlib.sha256(manifest(registration, roots).encode()).hexdigest()
