// SPDX-License-Identifier: Apache-2.0
#pragma once
/* davy case: its options, a case as it is loaded, and its subcommands. */
#include "base/arena.h"
#include "base/map.h"
#include "base/vec.h"
#include "cmd/common.h"
#include "rule/ruleset.h"
#include "sink/case.h"
#include "store/case_store.h"

enum case_format { CASE_TEXT, CASE_JSON, CASE_HTML };
struct case_options {
    const char *store, *output, *reason, *root;
    int format; /* enum case_format, -1: none was chosen */
    bool all, for_watch, machines;
    uint64_t most, now_ns;
};

enum { CASE_STEPS = 4, CASE_CREDENTIALS_MAX = 64 };
/* A case with everything that is shown of it; texts in its arena. */
struct case_loaded {
    struct case_view view;
    VEC(struct case_finding) findings;
    VEC(struct case_view_note) notes;
    struct ruleset *rules; /* NULL: messages stay as they are */
    struct map rule_by_name; /* one more than its number in them */
    struct case_view_credential credentials[CASE_CREDENTIALS_MAX];
    struct case_view_step steps[CASE_STEPS];
    struct arena arena;
};
void case_loaded_done(struct case_loaded *c);
/* Before a case is loaded for people: the shipped rules, so that messages are in the reader's language. */
void case_rules_load(struct case_loaded *c);
/* Loads what `row` tells of. `whole`: with all findings, notes and what follows from them; else enough for a line of a list. */
int case_load_row(const struct case_options *o, struct case_store *s, const struct case_row *row, bool whole, struct case_loaded *ret,
                  struct error *err);
/* -ENOENT and other errors with text. */
int case_load(const struct case_options *o, struct case_store *s, int64_t id, struct case_loaded *ret, struct error *err);

/* Credentials that whoever is in the case can read on this machine now, as far as this is its machine and this process may look. */
void case_risk_look(const struct case_options *o, struct case_loaded *c);
/* The next steps, in the order to take them. */
void case_steps(struct case_loaded *c);
/* What it costs, as a line in the reader's language; false: nothing is known. The only place that cases get it from. */
bool case_cost_line(const struct case_cost_facts *facts, struct arena *a, struct strbuf *ret, struct case_view_curve *ret_curve);

/* Where cases are: --store, else DAVY_STORE, else /var/lib/davy/davy.db. */
const char *case_store_of(const struct case_options *o);
/* Opens it; exit code after saying what is wrong. */
int case_open(const struct case_options *o, const char *program, enum case_store_mode mode, struct case_store **ret);
/* A number of a case; 0 after saying that it is none. */
int64_t case_number(const char *program, const char *text);

int case_list(const struct case_options *o, char **operands, size_t n);
int case_show(const struct case_options *o, char **operands, size_t n);
int case_export(const struct case_options *o, char **operands, size_t n);
int case_close(const struct case_options *o, char **operands, size_t n);
int case_note(const struct case_options *o, char **operands, size_t n);
/* Lines `machine CASE NANOSECONDS NAME` of the machines of open cases, each once, into *out. */
int case_machines(struct case_store *store, struct strbuf *out, struct error *err);
/* The same of one finding; a machine whose name has blanks is left out. */
void case_machines_tell(struct strbuf *b, const struct case_finding *f, int64_t id, uint64_t first_ns);
int case_ingest(const struct case_options *o, char **operands, size_t n);
