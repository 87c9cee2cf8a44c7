"""Prints the system calls that the kernel's headers name as a C table: syscalls.py CC... > syscalls.c"""
import re
import subprocess
import sys

macros = subprocess.run([*sys.argv[1:], "-E", "-dM", "-include", "asm/unistd.h", "-xc", "/dev/null"],
                        check=True, capture_output=True, text=True).stdout
names = sorted(set(re.findall(r"^#define __NR_([a-z0-9_]+) ", macros, re.M)))
print('/* Made from the kernel\'s headers by syscalls.py. */\n#include "policy/syscalls.h"\n')
print("const char *const syscall_names[] = {", *(f'\t"{name}",' for name in names), "\t0,", "};", sep="\n")
