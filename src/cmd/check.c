/*
 * nucleus check: policies read, checked and looked over without privilege, cgroups or network, so
 * that a build sandbox can run it. Every file is looked at; exit status 0 clean, 1 findings, 2 if
 * one is no valid policy.
 */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/file.h"
#include "cmd/commands.h"
#include "cmd/report.h"
#include "cmd/sarif.h"
#include "format/json.h"
#include "policy/admin.h"
#include "policy/lint.h"

enum { CHECK_FINDINGS = 1, CHECK_INVALID = 2 };

const struct option check_options[] = {
	{ "json", 0, NULL, "print the findings as JSON" },
	{ "sarif", 0, NULL, "print them as SARIF 2.1.0" },
	{ "settings", 0, "FILE", "look at a nucleus.toml too, wherever it lies" },
	{ "codes", 0, NULL, "print every code there is and what it stands for" },
	{ 0 },
};

/* What a finding is called. */
static const char *const levels[] = { [LINT_WARNING] = "warning", [LINT_ERROR] = "error" };

/* Where findings go: text as they come, or one document at the end. */
struct output {
	struct call *call;
	bool json, sarif;
	struct node *findings, *invalid, *unseen;
	struct sarif log;
};

static void codes_print(void)
{
	for (const struct lint_rule *rule = lint_rules; rule->code; rule++)
		printf("%s %-7s %-18s %s\n", rule->code, levels[rule->level], rule->name,
			rule->about);
}

static void finding_json(const struct output *out, const struct lint_finding *finding)
{
	struct arena *arena = out->call->arena;
	struct node *table = node_new(arena, NODE_TABLE);

	node_put_string(arena, table, "code", finding->rule->code);
	node_put_string(arena, table, "name", finding->rule->name);
	node_put_string(arena, table, "level", levels[finding->rule->level]);
	node_put_string(arena, table, "key", finding->path);
	node_put_string(arena, table, "message", finding->text);
	node_put_string(arena, table, "file", finding->file);
	if (finding->line) {
		node_put_integer(arena, table, "line", finding->line);
		node_put_integer(arena, table, "column", finding->column);
	}
	node_put(arena, table, "accepted", node_bool(arena, finding->accepted));
	node_append(out->findings, table);
}

static void finding_sarif(struct output *out, const struct lint_finding *finding)
{
	struct arena *arena = out->call->arena;
	struct node *properties = node_new(arena, NODE_TABLE);

	node_put_string(arena, properties, "key", finding->path);
	if (finding->accepted)
		node_put(arena, properties, "accepted", node_bool(arena, true));
	sarif_add(&out->log,
		&(struct sarif_result){
			.rule = finding->rule->code,
			.level = finding->accepted                   ? SARIF_NOTE
				: finding->rule->level == LINT_ERROR ? SARIF_ERROR
								     : SARIF_WARNING,
			.message = arena_printf(arena, "%s: %s", finding->path, finding->text),
			.file = finding->file,
			.line = finding->line,
			.column = finding->column,
			.properties = properties,
		});
}

static void finding_text(const struct lint_finding *finding)
{
	char place[32] = "";

	if (finding->line)
		snprintf(place, sizeof(place), ":%u:%u", finding->line, finding->column);
	printf("%s%s: %s%s %s: %s: %s\n", finding->file, place,
		finding->accepted ? "accepted " : "", levels[finding->rule->level],
		finding->rule->code, finding->path, finding->text);
}

static void finding_tell(struct output *out, const struct lint_finding *finding)
{
	if (out->json)
		finding_json(out, finding);
	else if (out->sarif)
		finding_sarif(out, finding);
	else
		finding_text(finding);
	if (!finding->accepted && !out->call->status)
		out->call->status = CHECK_FINDINGS;
}

/* A table {file, text} for what is no finding. */
static void told(const struct output *out, struct node *list, const char *file, const char *text)
{
	struct arena *arena = out->call->arena;
	struct node *table = node_new(arena, NODE_TABLE);

	node_put_string(arena, table, "file", file);
	node_put_string(arena, table, "message", text);
	node_append(list, table);
}

/* The config that the policy amounts to here, or NULL; then why is the reason. */
static const struct config *config_make(
	const struct policy *policy, struct arena *arena, struct err *why)
{
	struct config *config = arena_alloc(arena, 1, sizeof(*config));
	static char program[] = "/bin/true";
	char *args[] = { program };
	struct translation translation = { .args = args,
		.args_count = policy->process.command.count ? 0 : 1,
		.uid = geteuid(),
		.gid = getegid() };

	return policy_translate(policy, &translation, config, arena, why) < 0 ? NULL : config;
}

static void policy_look(struct output *out, const char *file)
{
	struct arena *arena = out->call->arena;
	struct lint lint = { .arena = arena };
	struct err why;

	lint.policy = policy_read(file, arena, &why);
	if (!lint.policy) {
		report_err(&why);
		told(out, out->invalid, file, why.text);
		out->call->status = CHECK_INVALID;
		return;
	}
	lint.config = config_make(lint.policy, arena, &why);
	if (!lint.config)
		told(out, out->unseen, file, why.text);
	policy_lint(&lint);
	for (size_t i = 0; i < lint.count; i++)
		finding_tell(out, &lint.findings[i]);
}

/* The administrator's file before it is where only root can have put it. */
static void settings_look(struct output *out, const char *file)
{
	struct arena *arena = out->call->arena;
	struct admin admin = { .file = file };
	struct bytes bytes;
	struct err why;

	if (file_read(AT_FDCWD, file, NULL, POLICY_SIZE_MOST, arena, &bytes, &why) == 0 &&
		admin_parse(&bytes, &admin, arena, &why) == 0)
		return;
	report_err(&why);
	told(out, out->invalid, file, why.text);
	out->call->status = CHECK_INVALID;
}

static void output_begin(struct output *out)
{
	struct arena *arena = out->call->arena;

	out->findings = node_new(arena, NODE_ARRAY);
	out->invalid = node_new(arena, NODE_ARRAY);
	out->unseen = node_new(arena, NODE_ARRAY);
	if (!out->sarif)
		return;
	sarif_begin(&out->log, arena, "nucleus check");
	for (const struct lint_rule *rule = lint_rules; rule->code; rule++)
		sarif_rule(&out->log, rule->code, rule->name, rule->about,
			rule->level == LINT_ERROR ? SARIF_ERROR : SARIF_WARNING);
	sarif_rule(&out->log, "NP000", "Invalid", "what is no valid policy", SARIF_ERROR);
}

static void output_end(struct output *out)
{
	struct arena *arena = out->call->arena;
	struct node *document = node_new(arena, NODE_TABLE);

	if (out->json) {
		node_put(arena, document, "findings", out->findings);
		node_put(arena, document, "invalid", out->invalid);
		node_put(arena, document, "untranslated", out->unseen);
		fputs(json_write(arena, document, true), stdout);
	}
	if (!out->sarif)
		return;
	for (const struct node *one = out->invalid->first; one; one = one->next)
		sarif_add(&out->log,
			&(struct sarif_result){
				.rule = "NP000",
				.level = SARIF_ERROR,
				.message = node_get(one, "message")->text,
				.file = node_get(one, "file")->text,
			});
	fputs(sarif_write(&out->log), stdout);
}

int check_main(struct call *call, struct err *err)
{
	const char *settings = call_option(call, "settings");
	struct output out = { .call = call,
		.json = call_option(call, "json") != NULL,
		.sarif = call_option(call, "sarif") != NULL };

	if (call_option(call, "codes")) {
		codes_print();
		return 0;
	}
	if (out.json && out.sarif)
		return call_error(call, err, "--json and --sarif are two forms of the same");
	if (!call->args_count && !settings)
		return call_error(call, err, "no policy named");
	output_begin(&out);
	if (settings)
		settings_look(&out, settings);
	for (size_t i = 0; i < call->args_count; i++)
		policy_look(&out, call->args[i]);
	output_end(&out);
	return 0;
}
