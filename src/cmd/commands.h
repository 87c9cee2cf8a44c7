#pragma once
/* What each command's file gives to the table in main.c. */
#include "cmd/command.h"

extern const struct option events_options[], kill_options[], ps_options[], update_options[];
extern const struct option list_options[], spec_options[], stop_options[], check_options[];
extern const struct option run_options[], exec_options[], create_options[], delete_options[],
	translate_options[], plan_options[], policy_options[], attest_options[], seccomp_options[],
	closure_options[];
extern const char run_synopsis[], exec_synopsis[], translate_synopsis[], plan_synopsis[],
	policy_synopsis[], seccomp_synopsis[], closure_synopsis[];

int run_main(struct call *call, struct err *err);
int create_main(struct call *call, struct err *err);
int exec_main(struct call *call, struct err *err);
int start_main(struct call *call, struct err *err);
int features_main(struct call *call, struct err *err);
int spec_main(struct call *call, struct err *err);
int list_main(struct call *call, struct err *err);
int state_main(struct call *call, struct err *err);
int kill_main(struct call *call, struct err *err);
int stop_main(struct call *call, struct err *err);
int pause_main(struct call *call, struct err *err);
int resume_main(struct call *call, struct err *err);
int events_main(struct call *call, struct err *err);
int ps_main(struct call *call, struct err *err);
int update_main(struct call *call, struct err *err);
int delete_main(struct call *call, struct err *err);
int translate_main(struct call *call, struct err *err);
int plan_main(struct call *call, struct err *err);
extern const char diff_synopsis[];
extern const struct option diff_options[];
int diff_main(struct call *call, struct err *err);
int check_main(struct call *call, struct err *err);
int policy_main(struct call *call, struct err *err);
int seccomp_main(struct call *call, struct err *err);
int attest_main(struct call *call, struct err *err);
int closure_main(struct call *call, struct err *err);
extern const struct option gc_options[];
int gc_main(struct call *call, struct err *err);
