"""Prints the shipped policies as a C table: embed.py NAME.toml... > builtin.c"""
import os
import sys

print('/* Made from policies/ by embed.py. */\n#include "policy/builtin.h"\n')
rows = []
for number, path in enumerate(sys.argv[1:]):
    with open(path, "rb") as file:
        text = file.read() + b"\0"
    print(f"static const char text_{number}[] = {{")
    for start in range(0, len(text), 24):
        print("\t" + " ".join(f"{byte}," for byte in text[start:start + 24]))
    print("};\n")
    name = os.path.basename(path).removesuffix(".toml")
    rows.append(f'\t{{ "{name}", text_{number}, sizeof(text_{number}) - 1 }},')
print("const struct builtin builtins[] = {", *rows, "\t{ 0 }", "};", sep="\n")
