"""The manual's part about keys, in scdoc: keys.py PAGE NUCLEUS policy --keys... The line @KEYS@ of the
page becomes one entry for each key that the command prints, under the heading of its section."""
import re
import subprocess
import sys

LINE = re.compile(r"^(?P<path>\S+) = (?P<type>.*?)   (?P<about>.*?)(?:   \[later: (?P<later>.*)\])?$")


def plain(text):
    """Text that scdoc takes as it is."""
    return re.sub(r"^-|[*_\\`#~<>\[\]]", r"\\\g<0>", text)


def heading(path):
    top = path.split(".")[0]
    return top.removesuffix("[]") if path != top or top.endswith("[]") else "At the top"


def entries(lines):
    section = None
    for line in lines:
        key = LINE.match(line)
        if not key:
            sys.exit(f"keys.py: not a key: {line}")
        if heading(key["path"]) != section:
            section = heading(key["path"])
            yield f"## {section}\n"
        yield f"*{plain(key['path'])}*, {plain(key['type'])}"
        later = f" A later layer: {key['later']}." if key["later"] else ""
        yield f"\t{plain(key['about'])}.{plain(later)}\n"


def main():
    page = open(sys.argv[1], encoding="utf-8").read()
    keys = subprocess.run(sys.argv[2:], stdout=subprocess.PIPE, text=True, check=True).stdout.splitlines()
    sys.stdout.write(page.replace("@KEYS@\n", "\n".join(entries(keys)) + "\n"))


main()
