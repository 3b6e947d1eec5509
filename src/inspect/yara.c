// SPDX-License-Identifier: Apache-2.0
/*
 * YARA rules through libyara. Each rule file is a namespace of its own, so that files from different authors
 * may use the same rule names. The variables that collections of public rules expect (filename, filepath,
 * extension, filetype, owner, md5) are defined; owner and md5 are always empty here.
 */
#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <sys/stat.h>
#include <yara.h>

#include "base/strbuf.h"
#include "base/vec.h"
#include "inspect/analyzer.h"
#include "inspect/kind.h"
#include "inspect/yara_places.h"

enum {
    TIMEOUT_SECONDS = 30,  /* per content; a rule that needs more is given up and the file says so */
    DEPTH_MAX = 8,         /* of folders of rules */
    STRINGS_NOTED_MAX = 8, /* places told per rule */
    PATH_BYTES_MAX = 4096,
};

struct yara {
    YR_RULES *rules;
    YR_SCANNER *scanner;
    struct yara_places *places; /* NULL: libyara has to see everything */
    yara_ranges ranges;         /* of the content that is looked at */
    bool initialised;
};

/* libyara counts its users in plain variables: two inspectors may start at the same time. */
static pthread_mutex_t library = PTHREAD_MUTEX_INITIALIZER;

struct loading {
    YR_COMPILER *compiler;
    struct error *err;
    const char *path;
    bool failed;
    bool whole; /* a condition may depend on the first block being the whole content */
};

static void on_compiler(int level, const char *file, int line, const YR_RULE *rule, const char *message,
                        void *ctx)
{
    struct loading *l = ctx;
    if (level != YARA_ERROR_LEVEL_ERROR || l->failed)
        return;
    l->failed = true;
    if (rule && rule->identifier)
        error_set(l->err, -EINVAL, "%s:%d: rule %s: %s", file ? file : l->path, line, rule->identifier,
                  message);
    else
        error_set(l->err, -EINVAL, "%s:%d: %s", file ? file : l->path, line, message);
}

/* libyara works the deprecated `entrypoint` out while it searches. What an included file holds is not known.
 */
static bool may_need_whole(FILE *f)
{
    _cleanup_free_ char *line = NULL;
    size_t room = 0;
    bool found = false;
    for (ssize_t n; !found && (n = getline(&line, &room, f)) >= 0;) {
        struct str s = str_n(line, (size_t)n);
        found = str_has(s, STR("entrypoint")) || str_starts(str_trim(s), STR("include"));
    }
    rewind(f);
    return found;
}

static int add_file(struct loading *l, const char *path)
{
    _cleanup_fclose_ FILE *f = fopen(path, "re");
    if (!f)
        return error_errno(l->err, -errno, "cannot read %s", path);
    l->path = path;
    l->whole |= may_need_whole(f);
    if (yr_compiler_add_file(l->compiler, f, path, path) == 0)
        return 0;
    return l->failed ? -EINVAL : error_set(l->err, -EINVAL, "%s: libyara refuses it without a reason", path);
}

static bool is_rule_file(const char *name)
{
    struct str s = str_from(name);
    return name[0] != '.' && (str_ends(s, STR(".yar")) || str_ends(s, STR(".yara")));
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* A folder's rule files and subfolders in the order of their names, so that every machine loads the same. */
static int add_path(struct loading *l, const char *path, unsigned depth)
{
    struct stat st;
    if (stat(path, &st) < 0)
        return error_errno(l->err, -errno, "cannot read %s", path);
    if (!S_ISDIR(st.st_mode))
        return depth == 0 || is_rule_file(str_basename(str_from(path)).p) ? add_file(l, path) : 0;
    if (depth > DEPTH_MAX)
        return error_set(l->err, -ELOOP, "%s: folders of rules more than %d deep", path, DEPTH_MAX);
    _cleanup_closedir_ DIR *d = opendir(path);
    if (!d)
        return error_errno(l->err, -errno, "cannot read %s", path);
    VEC(char *) names = {};
    for (struct dirent *e; (e = readdir(d));)
        if (e->d_name[0] != '.')
            vec_add(&names, xstrdup(e->d_name));
    if (names.n)
        qsort(names.v, names.n, sizeof(*names.v), by_name);
    int r = 0;
    for (size_t i = 0; i < names.n; i++) {
        _cleanup_(strbuf_done) struct strbuf sub = {};
        strbuf_printf(&sub, "%s/%s", path, names.v[i]);
        if (!r)
            r = add_path(l, sub.p, depth + 1);
        free(names.v[i]);
    }
    vec_done(&names);
    return r;
}

static const char *const VARIABLES[] = {"filename", "filepath", "extension", "filetype", "owner", "md5"};

static int load(struct yara *y, const struct inspect_options *options, struct error *err)
{
    struct loading l = {.err = err};
    if (yr_compiler_create(&l.compiler) != ERROR_SUCCESS)
        return error_set(err, -ENOMEM, "libyara cannot start");
    yr_compiler_set_callback(l.compiler, on_compiler, &l);
    for (size_t i = 0; i < ARRAY_SIZE(VARIABLES); i++)
        yr_compiler_define_string_variable(l.compiler, VARIABLES[i], "");
    int r = 0;
    for (const char *const *p = options->yara_paths; *p && !r; p++)
        r = add_path(&l, *p, 0);
    if (!r && (yr_compiler_get_rules(l.compiler, &y->rules) != ERROR_SUCCESS ||
               yr_scanner_create(y->rules, &y->scanner) != ERROR_SUCCESS))
        r = error_set(err, -ENOMEM, "not enough memory for the YARA rules");
    yr_compiler_destroy(l.compiler);
    if (!r && !l.whole)
        y->places = yara_places_new(y->rules);
    return r;
}

static void yara_done(void *state)
{
    struct yara *y = state;
    if (!y)
        return;
    yara_places_free(y->places);
    vec_done(&y->ranges);
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
    int r = y->initialised ? load(y, options, err) : error_set(err, -ENOMEM, "libyara cannot start");
    if (r < 0) {
        yara_done(y);
        return r;
    }
    yr_scanner_set_timeout(y->scanner, TIMEOUT_SECONDS);
    /* A fault while reading memory of our own is a fault of ours: no signal handlers. */
    yr_scanner_set_flags(y->scanner, SCAN_FLAGS_NO_TRYCATCH | SCAN_FLAGS_REPORT_RULES_MATCHING);
    *ret = y;
    return 0;
}

struct look {
    const struct content *c;
    struct facts *facts;
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
                                 .context = (void *)(l->c->data.p + from),
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

static void see(struct look *l, YR_SCAN_CONTEXT *scan, YR_RULE *rule)
{
    struct str name = str_from(rule->identifier);
    unsigned noted = 0;
    const char *tag;
    YR_STRING *string;
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

static void define(YR_SCANNER *s, const char *name, struct str value)
{
    char text[PATH_BYTES_MAX];
    size_t n = value.n < sizeof(text) - 1 ? value.n : sizeof(text) - 1;
    if (n)
        memcpy(text, value.p, n);
    text[n] = 0;
    yr_scanner_define_string_variable(s, name, text);
}

static int yara_look(void *state, struct inspection *in, const struct content *c, struct facts *facts)
{
    (void)in;
    struct yara *y = state;
    if (!y || !c->data.n)
        return 0;
    if (y->places) {
        yara_places_find(y->places, c->data, &y->ranges);
    } else {
        vec_clear(&y->ranges);
        vec_add(&y->ranges, (struct yara_range){0, c->data.n});
    }
    struct look l = {.c = c, .facts = facts, .ranges = &y->ranges};
    YR_MEMORY_BLOCK_ITERATOR it = {
        .context = &l, .first = first_block, .next = next_block, .file_size = file_size};
    struct str name = str_basename(c->place);
    ptrdiff_t dot = -1;
    for (size_t i = 0; i < name.n; i++)
        if (name.p[i] == '.')
            dot = (ptrdiff_t)i;
    define(y->scanner, "filename", name);
    define(y->scanner, "filepath", c->path);
    define(y->scanner, "extension", dot < 0 ? STR_NULL : str_sub(name, (size_t)dot, name.n));
    define(y->scanner, "filetype", str_from(kind_name(c->kind)));
    yr_scanner_set_callback(y->scanner, on_scan, &l);
    int r = yr_scanner_scan_mem_blocks(y->scanner, &it);
    if (r == ERROR_SCAN_TIMEOUT)
        facts_add(facts, F_FILE_PROBLEMS, STR("yara-timeout"));
    return r == ERROR_INSUFFICIENT_MEMORY ? -ENOMEM : 0;
}

static void yara_info(const void *state, struct inspector_info *info)
{
    const struct yara *y = state;
    if (y)
        info->yara_rules += y->rules->num_rules;
}

const struct analyzer analyzer_yara = {
    .name = "yara",
    .init = yara_init,
    .done = yara_done,
    .look = yara_look,
    .info = yara_info,
    .wants_packed = true, /* rules about archives look at their bytes */
};
