#pragma once
/*
 * Hooks: programs that config.json names for six moments of a container's life. A hook gets the
 * state on stdin, its own environment and nothing else. The error of one that failed has the code
 * ECANCELED, and the container does not survive it; of a poststop hook it is only a warning.
 */
#include "kernel/steps.h"

/* prestart and createRuntime, by the runtime; createContainer in the container's namespaces;
 * startContainer inside; poststart by whoever let the workload begin. */
step_wanted create_runtime_wanted, create_container_wanted, start_container_wanted,
	poststart_wanted;
step_apply create_runtime_apply, create_container_apply, start_container_apply, poststart_apply;
step_print create_runtime_print, create_container_print, start_container_print, poststart_print;

/* Apply makes the poststop hooks ready, undo runs them once, if the container was ours. */
step_wanted poststop_wanted;
step_apply poststop_apply;
step_undo poststop_undo;
step_print poststop_print;
