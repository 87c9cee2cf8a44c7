#pragma once
/* The system calls that the kernel's headers name, sorted; ends with NULL. Made when built. */
extern const char *const syscall_names[];
