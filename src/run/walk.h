#pragma once
/* Walking the table of steps: up to start a sandbox, down to take it apart. */
#include "nucleus/plan.h"

/*
 * Does every wanted step of this side in the table's order, passing the baton where the side
 * changes. After the clone the same walk goes on in both processes; the child's never returns: it
 * becomes the workload or exits. In the parent: 0 once the child has become the workload or, when
 * detached, waits for `start`; -1 with err, and the caller undoes.
 */
int walk_up(struct run *run, struct err *err);

/* Calls every undo from the table's end to its beginning, going on after errors; 0, or -1 with the
 * first error. */
int walk_down(struct run *run, struct err *err);

/* Does what is to be done when a workload in the foreground has ended; 0, or -1 with err. */
int walk_ended(struct run *run, struct err *err);

/*
 * The end of a child's walk: 0 when it has become the workload (its end of the baton closed) or
 * hands over to wait for `start`; -1 with its error. `start`, which took over the near end of the
 * baton, ends like this too.
 */
int walk_await_end(struct run *run, struct err *err);
