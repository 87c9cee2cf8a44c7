"""formats.toml of the stand-in: a JSON document on standard input becomes TOML on standard output."""
import json
import sys


def table(name, value):
    for key, one in value.items():
        if not isinstance(one, dict) and not (isinstance(one, list) and one and isinstance(one[0], dict)):
            print(f"{json.dumps(key)} = {json.dumps(one)}")
    for key, one in value.items():
        place = f"{name}.{json.dumps(key)}" if name else json.dumps(key)
        if isinstance(one, dict):
            print(f"\n[{place}]")
            table(place, one)
        elif isinstance(one, list) and one and isinstance(one[0], dict):
            for item in one:
                print(f"\n[[{place}]]")
                table(place, item)


table("", json.load(sys.stdin))
