/*
 * Secrets where everybody can read them: an environment is copied into every process below and
 * shows in /proc, in states and in logs, and so does a command line. Names of variables are judged
 * by their words, values by the beginnings that issuers give their tokens. The value is never
 * shown.
 */
#include <ctype.h>
#include <string.h>

#include "policy/lint-rules.h"

/* Words of a variable's name between underscores; two that stand side by side are joined by one. */
static const char *const secret_words[] = { "PASSWORD", "PASSWD", "PASSPHRASE", "SECRET", "TOKEN",
	"APIKEY", "API_KEY", "ACCESS_KEY", "PRIVATE_KEY", "CREDENTIAL", "CREDENTIALS" };

/* What follows says that the value is not the secret but where it is. */
static const char *const place_words[] = { "_FILE", "_PATH", "_DIR", "_FD", "_URL", "_NAME",
	"_ID" };

static const char *const token_beginnings[] = { "-----BEGIN", "AKIA", "ASIA", "ghp_", "gho_",
	"ghs_", "ghu_", "github_pat_", "glpat-", "sk-", "sk_live_", "rk_live_", "xoxb-", "xoxp-",
	"xoxa-", "AIza", "ya29.", "npm_", "eyJhbGciOi", "hvs.", "dckr_pat_", "SG." };

enum { TOKEN_LENGTH = 16 };

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

/* True if word stands in name, in any case, with no letter next to it. */
static bool name_has(const char *name, const char *word)
{
	size_t length = strlen(word);

	for (const char *at = name; *at; at++) {
		bool begins = at == name || !isalpha((unsigned char)at[-1]);

		if (begins && !strncasecmp(at, word, length) && !isalpha((unsigned char)at[length]))
			return true;
	}
	return false;
}

static bool name_secret(const char *name)
{
	size_t length = strlen(name);

	for (size_t i = 0; i < COUNT(place_words); i++) {
		size_t end = strlen(place_words[i]);

		if (length > end && !strcasecmp(name + length - end, place_words[i]))
			return false;
	}
	for (size_t i = 0; i < COUNT(secret_words); i++)
		if (name_has(name, secret_words[i]))
			return true;
	return false;
}

/* Anywhere in the text, as in "--token=ghp_...", but not within a word. */
static bool text_secret(const char *text)
{
	for (size_t i = 0; i < COUNT(token_beginnings); i++)
		for (const char *at = text; (at = strstr(at, token_beginnings[i])); at++)
			if ((at == text || !isalnum((unsigned char)at[-1])) &&
				strcspn(at, " \t&,;") >= TOKEN_LENGTH)
				return true;
	return false;
}

/* A password within an address: scheme://user:password@host. */
static bool text_address(const char *text)
{
	const char *at = strstr(text, "://"), *colon;
	size_t user;

	if (!at)
		return false;
	at += 3;
	user = strcspn(at, "/@");
	colon = memchr(at, ':', user);
	return at[user] == '@' && colon && colon + 1 < at + user;
}

void lint_secret_in_env(struct lint *lint)
{
	const struct pairs *set = &lint->policy->env.set;

	for (size_t i = 0; i < set->count; i++) {
		const struct pair *pair = &set->items[i];

		if (!*pair->value)
			continue;
		if (name_secret(pair->key) || text_secret(pair->value) || text_address(pair->value))
			lint_find(lint, arena_printf(lint->arena, "env.set.%s", pair->key),
				"looks like a secret, which every process of the sandbox hands on; "
				"use [[secret]], and give the program the file's name");
	}
}

void lint_secret_in_command(struct lint *lint)
{
	const struct strings *command = &lint->policy->process.command;

	for (size_t i = 0; i < command->count; i++)
		if (text_secret(command->items[i]) || text_address(command->items[i]))
			lint_find(lint, lint_item(lint, "process.command", i, NULL),
				"looks like a secret, which everybody can read in /proc; use "
				"[[secret]], and give the program the file's name");
}
