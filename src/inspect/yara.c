// SPDX-License-Identifier: Apache-2.0
/*
 * YARA rules through libyara. Each rule file is a namespace of its own, so that files from different authors
 * may use the same rule names. The variables that collections of public rules expect are set as LOKI sets them: filename,
 * filepath, extension (with its dot, lower case), filetype (EXE, ELF, ZIP, …), owner, md5 (of contents that are seen whole).
 */
#include <ctype.h>
#include <errno.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <yara.h>

#include "base/digest.h"
#include "base/strbuf.h"
#include "base/vec.h"
#include "inspect/analyzer.h"
#include "inspect/kind.h"
#include "inspect/yara_define.h"
#include "inspect/yara_filter.h"
#include "inspect/yara_load.h"

enum {
    TIMEOUT_SECONDS = 30,  /* per content; a rule that needs more is left out and the file says so */
    SUSPECTS_MAX = 16,     /* rules tried one by one after a timeout */
    SUSPECT_SECONDS = 2,   /* for each of them */
    STRINGS_NOTED_MAX = 8, /* places told per rule */
    PATH_BYTES_MAX = 4096,
    ABOUT_BYTES_MAX = 200, /* of a rule's description */
};

struct yara {
    YR_RULES *rules;
    YR_SCANNER *scanner;
    struct yara_filter *filter;
    yara_ranges ranges; /* of the content that is looked at */
    int seconds;
    const char *const *defines; /* of the user, who declares what is for all files */
    bool *given;  /* of each rule: it is not Davy's own */
    bool *failed; /* likewise: libyara cannot evaluate it, so it is left out from then on */
    bool initialised;
    bool asks_md5; /* some rule does, and it costs a pass */
    bool spares_empty; /* no rule can match an empty content, as was found at the first one */
    struct arena arena;
    VEC(struct str) left_out; /* files of folders that libyara refuses, each with its place and why */
};

/* libyara counts its users in plain variables: two inspectors may start at the same time. */
static pthread_mutex_t library = PTHREAD_MUTEX_INITIALIZER;

static void yara_done(void *state)
{
    struct yara *y = state;
    if (!y)
        return;
    yara_filter_free(y->filter);
    vec_done(&y->ranges);
    free(y->given);
    free(y->failed);
    vec_done(&y->left_out);
    arena_done(&y->arena);
    if (y->scanner)
        yr_scanner_destroy(y->scanner);
    if (y->rules)
        yr_rules_destroy(y->rules);
    pthread_mutex_lock(&library);
    if (y->initialised)
        yr_finalize();
    pthread_mutex_unlock(&library);
    free(y);
}

/* Rules are in the namespace of their file. */
static bool *find_given(const YR_RULES *rules, const struct inspect_options *options)
{
    bool *given = xalloc(rules->num_rules + 1);
    for (uint32_t i = 0; i < rules->num_rules; i++) {
        given[i] = true;
        for (size_t k = 0; k < options->yara_own && given[i]; k++)
            given[i] = strcmp(rules->rules_table[i].ns->name, options->yara_paths[k]) != 0;
    }
    return given;
}

/* A copy of a list of texts that ends with NULL. */
static const char *const *keep(struct arena *a, const char *const *texts)
{
    size_t n = 0;
    while (texts && texts[n])
        n++;
    const char **v = arena_array(a, const char *, n + 1);
    for (size_t i = 0; i < n; i++)
        v[i] = arena_str(a, str_from(texts[i])).p;
    return v;
}

static void on_left_out(void *ctx, const char *why)
{
    struct yara *y = ctx;
    vec_add(&y->left_out, arena_str(&y->arena, str_from(why)));
}

static int yara_init(const struct inspect_options *options, void **ret, struct error *err)
{
    if (!options->yara_paths || !options->yara_paths[0]) {
        *ret = NULL;
        return 0;
    }
    struct yara *y = xnew(struct yara);
    pthread_mutex_lock(&library);
    y->initialised = yr_initialize() == ERROR_SUCCESS;
    /* libyara sets memory aside at every scan for copies of a thousand matches; we look at the content
     * itself. */
    yr_set_configuration(YR_CONFIG_MAX_MATCH_DATA, &(uint32_t){0});
    pthread_mutex_unlock(&library);
    int r = y->initialised ? yara_load(options->yara_paths, options->yara_defines, options->cache, on_left_out, y, &y->rules, err)
                           : error_set(err, -ENOMEM, "libyara cannot start");
    if (!r && yr_scanner_create(y->rules, &y->scanner) != ERROR_SUCCESS)
        r = error_set(err, -ENOMEM, "not enough memory for the YARA rules");
    if (r < 0) {
        yara_done(y);
        return r;
    }
    y->seconds = options->yara_seconds ? (int)options->yara_seconds : TIMEOUT_SECONDS;
    y->filter = yara_filter_new(y->rules);
    y->defines = keep(&y->arena, options->yara_defines);
    y->given = find_given(y->rules, options);
    y->failed = xalloc(y->rules->num_rules + 1);
    /* A fault while reading memory of our own is a fault of ours: no signal handlers. */
    yr_scanner_set_flags(y->scanner, SCAN_FLAGS_NO_TRYCATCH | SCAN_FLAGS_REPORT_RULES_MATCHING);
    *ret = y;
    return 0;
}

struct look {
    const struct content *c;
    struct facts *facts;
    const struct yara *yara;
    const yara_ranges *ranges; /* what is searched for strings */
    size_t next;               /* of the ranges; beyond them once conditions are evaluated */
    YR_MEMORY_BLOCK block;
};

static const uint8_t *fetch(YR_MEMORY_BLOCK *block)
{
    return block->context;
}

static YR_MEMORY_BLOCK *block_of(struct look *l, size_t from, size_t to)
{
    l->block = (YR_MEMORY_BLOCK){.size = to - from,
                                 .base = l->c->offset + from,
                                 .context = l->c->data.n ? (void *)(l->c->data.p + from) : (void *)"",
                                 .fetch_data = fetch};
    return &l->block;
}

static YR_MEMORY_BLOCK *next_block(YR_MEMORY_BLOCK_ITERATOR *it)
{
    struct look *l = it->context;
    it->last_error = ERROR_SUCCESS;
    if (l->next >= l->ranges->n) {
        l->next = l->ranges->n + 1;
        return NULL;
    }
    const struct yara_range *r = &l->ranges->v[l->next++];
    return block_of(l, r->from, r->to);
}

/* libyara goes through all blocks once to search for strings, then conditions and modules ask again and see
 * the content whole. */
static YR_MEMORY_BLOCK *first_block(YR_MEMORY_BLOCK_ITERATOR *it)
{
    struct look *l = it->context;
    it->last_error = ERROR_SUCCESS;
    if (l->next > l->ranges->n)
        return block_of(l, 0, l->c->data.n);
    return l->ranges->n ? next_block(it)
                        : block_of(l, 0, 0); /* without any block it would evaluate nothing */
}

static uint64_t file_size(YR_MEMORY_BLOCK_ITERATOR *it)
{
    const struct content *c = ((struct look *)it->context)->c;
    return c->size ? c->size : c->offset + c->data.n;
}

/* What the rule of somebody else says of itself. */
static void see_given(struct look *l, YR_RULE *rule)
{
    YR_META *meta;
    facts_add(l->facts, F_YARA_GIVEN, str_from(rule->identifier));
    yr_rule_metas_foreach(rule, meta)
    {
        struct str name = str_from(meta->identifier);
        if (meta->type == META_TYPE_STRING && str_eq_nocase(name, STR("description")))
            facts_add(l->facts, F_YARA_GIVEN_ABOUT, str_sub(str_from(meta->string), 0, ABOUT_BYTES_MAX));
        bool weighs = str_eq_nocase(name, STR("score")) || str_eq_nocase(name, STR("severity"));
        if (meta->type == META_TYPE_INTEGER && weighs && meta->integer >= 0 && meta->integer <= 100 &&
            (!facts_has(l->facts, F_YARA_GIVEN_SCORE) ||
             facts_get(l->facts, F_YARA_GIVEN_SCORE)->u < (uint64_t)meta->integer))
            facts_uint(l->facts, F_YARA_GIVEN_SCORE, (uint64_t)meta->integer);
    }
}

static void see(struct look *l, YR_SCAN_CONTEXT *scan, YR_RULE *rule)
{
    struct str name = str_from(rule->identifier);
    unsigned noted = 0;
    const char *tag;
    YR_STRING *string;
    bool given = l->yara->given[rule - l->yara->rules->rules_table];
    if (given)
        see_given(l, rule);
    yr_rule_tags_foreach(rule, tag) facts_add(l->facts, F_YARA_TAGS, str_from(tag));
    yr_rule_strings_foreach(rule, string)
    {
        YR_MATCH *match;
        yr_string_matches_foreach(scan, string, match)
        {
            size_t from = (size_t)(match->base + match->offset) - (size_t)l->c->offset,
                   to = from + (size_t)match->match_length;
            if (from > l->c->data.n || to > l->c->data.n || noted >= STRINGS_NOTED_MAX)
                break;
            size_t notes = l->facts->n_notes;
            inspection_see(l->facts, F_YARA_RULES, name, l->c, from, to);
            noted++;
            if (l->facts->n_notes == notes) /* not the first place of a rule of this name */
                inspection_note(l->facts, F_YARA_RULES, name, l->c, from, to);
            break;
        }
    }
    if (!noted && facts_add(l->facts, F_YARA_RULES, name))
        facts_note(l->facts, &(struct note){.field = F_YARA_RULES, .value = name, .via = l->c->via});
}

static int on_scan(YR_SCAN_CONTEXT *scan, int message, void *data, void *ctx)
{
    YR_RULE *rule = data;
    if (message == CALLBACK_MSG_RULE_MATCHING && !RULE_IS_PRIVATE(rule))
        see(ctx, scan, rule);
    return CALLBACK_CONTINUE;
}

static void define(struct yara *y, const char *name, struct str value)
{
    if (yara_defines_have(y->defines, str_from(name)))
        return;
    char text[PATH_BYTES_MAX];
    size_t n = value.n < sizeof(text) - 1 ? value.n : sizeof(text) - 1;
    if (n)
        memcpy(text, value.p, n);
    text[n] = 0;
    yr_scanner_define_string_variable(y->scanner, name, text);
}

/* How LOKI names a kind of file. */
static void file_type(const struct content *c, char ret[16])
{
    static const struct {
        enum file_kind kind;
        const char *name;
    } OWN[] = {{KIND_PE, "EXE"}, {KIND_JPEG, "JPG"}, {KIND_DATA, "-"}, {KIND_EMPTY, "-"}};
    const char *name = kind_name(c->kind);
    size_t n = 0;
    for (size_t i = 0; i < ARRAY_SIZE(OWN); i++)
        if (OWN[i].kind == c->kind)
            name = OWN[i].name;
    for (; name[n] && n < 15; n++)
        ret[n] = (char)toupper((unsigned char)name[n]);
    ret[n] = 0;
}

static void define_extension(struct yara *y, struct str name)
{
    char text[32];
    const char *dot = name.n ? memrchr(name.p, '.', name.n) : NULL;
    size_t n = dot ? (size_t)(name.p + name.n - dot) : 0;
    if (n > sizeof(text))
        n = 0;
    for (size_t i = 0; i < n; i++)
        text[i] = (char)tolower((unsigned char)dot[i]);
    define(y, "extension", str_n(text, n));
}

static void define_md5(struct yara *y, const struct content *c, struct facts *facts)
{
    uint8_t digest[EVP_MAX_MD_SIZE];
    unsigned n;
    bool whole = c->first && c->last && EVP_Digest(c->data.p, c->data.n, digest, &n, EVP_md5(), NULL);
    define(y, "md5", whole ? hex_encode(&facts->arena, digest, n) : STR(""));
}

static void define_all(struct yara *y, const struct content *c, struct facts *facts)
{
    char type[16];
    struct str name = str_basename(c->place);
    const struct value *uid = facts_get(facts, F_FILE_UID);
    file_type(c, type);
    define(y, "filename", name);
    define(y, "filepath", c->path);
    define_extension(y, name);
    define(y, "filetype", str_from(type));
    define(y, "owner", uid->type == VALUE_UINT && !uid->u ? STR("root") : STR(""));
    if (y->asks_md5)
        define_md5(y, c, facts);
}

static int run(struct yara *y, const struct content *c, struct facts *facts, YR_CALLBACK_FUNC callback, int seconds)
{
    struct look l = {.c = c, .facts = facts, .yara = y, .ranges = &y->ranges};
    YR_MEMORY_BLOCK_ITERATOR it = {
        .context = &l, .first = first_block, .next = next_block, .file_size = file_size};
    y->scanner->entry_point = YR_UNDEFINED; /* libyara looks for one only where none is known, and keeps the last content's */
    yr_scanner_set_callback(y->scanner, callback, &l);
    yr_scanner_set_timeout(y->scanner, seconds);
    return yr_scanner_scan_mem_blocks(y->scanner, &it);
}

static int ignore(YR_SCAN_CONTEXT *, int, void *, void *)
{
    return CALLBACK_CONTINUE;
}

/* Whether the look, with this rule alone, ends as `want`. */
static bool ends_alone(struct yara *y, const struct content *c, struct facts *facts, const YR_RULE *rule, int seconds, int want)
{
    YR_RULE *other;
    yr_rules_foreach(y->rules, other) if (other != rule) yr_rule_disable(other);
    bool is = run(y, c, facts, ignore, seconds) == want;
    yr_rules_foreach(y->rules, other) if (!y->failed[other - y->rules->rules_table]) yr_rule_enable(other);
    return is;
}

/*
 * After a timeout: finds the rules that need too long by running those that may match one by one, names them, and looks
 * again without them, so that the others' findings are not lost.
 */
static int run_without_slow(struct yara *y, const struct content *c, struct facts *facts)
{
    YR_RULE *rule;
    unsigned suspects = 0, found = 0;
    facts_add(facts, F_FILE_PROBLEMS, STR("yara-timeout"));
    bool *slow = xalloc(y->rules->num_rules);
    yr_rules_foreach(y->rules, rule)
    {
        size_t i = (size_t)(rule - y->rules->rules_table);
        if (!yara_filter_open(y->filter, (uint32_t)i) || suspects++ >= SUSPECTS_MAX)
            continue;
        slow[i] = ends_alone(y, c, facts, rule, y->seconds < SUSPECT_SECONDS ? y->seconds : SUSPECT_SECONDS, ERROR_SCAN_TIMEOUT);
        if (slow[i]) {
            found++;
            facts_add(facts, F_YARA_SLOW, str_from(rule->identifier));
        }
    }
    int r = ERROR_SUCCESS;
    if (found) {
        yr_rules_foreach(y->rules, rule) if (slow[rule - y->rules->rules_table]) yr_rule_disable(rule);
        r = run(y, c, facts, on_scan, y->seconds);
        yr_rules_foreach(y->rules, rule) if (!y->failed[rule - y->rules->rules_table]) yr_rule_enable(rule);
    }
    free(slow);
    return r;
}

/*
 * libyara gives up a content when it meets a condition that it compiles and cannot run ("#a in (1..9) > 2" in 4.2), and with it
 * what all other rules would say. Such a rule fails whatever the content is: it is named, and left out from here on.
 */
static int run_without_failing(struct yara *y, const struct content *c, struct facts *facts, int failure)
{
    YR_RULE *rule;
    int r = failure;
    facts_add(facts, F_FILE_PROBLEMS, STR("yara-failed"));
    for (int open = 1; open >= 0 && r == failure; open--) { /* first those that may match; libyara evaluates the others as well */
        bool any = false;
        yr_rules_foreach(y->rules, rule)
        {
            size_t i = (size_t)(rule - y->rules->rules_table);
            if (y->failed[i] || yara_filter_open(y->filter, (uint32_t)i) != (open == 1) ||
                !ends_alone(y, c, facts, rule, SUSPECT_SECONDS, failure))
                continue;
            any = y->failed[i] = true;
            yr_rule_disable(rule);
            facts_add(facts, F_YARA_FAILED, str_from(rule->identifier));
        }
        r = any ? run(y, c, facts, on_scan, y->seconds) : r;
    }
    return r;
}

static int yara_look(void *state, struct inspection *in, const struct content *c, struct facts *facts)
{
    (void)in;
    struct yara *y = state;
    const bool is_empty = !c->data.n;
    if (!y || (is_empty && (y->spares_empty || !c->first || !c->last || c->size || c->depth)))
        return 0;
    if (!yara_filter_run(y->filter, c, &y->ranges)) {
        y->spares_empty |= is_empty; /* variables are not asked for by the filter, so all empty contents are alike to it */
        return 0;
    }
    define_all(y, c, facts);
    int r = run(y, c, facts, on_scan, y->seconds);
    if (r == ERROR_SCAN_TIMEOUT)
        r = run_without_slow(y, c, facts);
    else if (r != ERROR_SUCCESS && r != ERROR_INSUFFICIENT_MEMORY)
        r = run_without_failing(y, c, facts, r);
    return r == ERROR_INSUFFICIENT_MEMORY ? -ENOMEM : 0;
}

static void yara_subscribe(void *state, struct patterns *patterns)
{
    struct yara *y = state;
    if (!y)
        return;
    yara_filter_subscribe(y->filter, patterns);
    y->asks_md5 = yara_filter_asks(y->filter, "md5");
}

static void yara_info(const void *state, struct inspector_info *info)
{
    const struct yara *y = state;
    if (y) {
        info->yara_rules += y->rules->num_rules;
        info->yara_left_out = y->left_out.v;
        info->n_yara_left_out = y->left_out.n;
    }
}

const struct analyzer analyzer_yara = {
    .name = "yara",
    .init = yara_init,
    .done = yara_done,
    .subscribe = yara_subscribe,
    .look = yara_look,
    .info = yara_info,
    .wants_packed = true, /* rules about archives look at their bytes */
};
