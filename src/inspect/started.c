// SPDX-License-Identifier: Apache-2.0
#include "inspect/started.h"

#include "base/cleanup.h"
#include "base/map.h"
#include "base/vec.h"
#include "event/facts_codec.h"
#include "image/limits.h"
#include "image/path.h"
#include "inspect/system_file.h"

enum { PATH_PARTS_MAX = 64, PATH_BYTES_MAX = 4096 };

/* What starts by itself, and what it names. */
struct seed {
    struct str by, kind, user, path;
};

struct script {
    struct str path;
    struct str facts; /* encoded; empty: it says nothing that rules would judge otherwise */
    struct str *runs;
    size_t n_runs;
    const struct seed *by; /* what starts it; NULL: nothing that is known */
    unsigned hops;
};

struct started {
    struct arena arena;
    struct map by_path; /* → index in scripts */
    VEC(struct script) scripts;
    VEC(struct seed) seeds;
    VEC(size_t) reached; /* scripts that something starts, in the order they are reached */
    bool is_joined;
    size_t told;
};

struct started *started_new(void)
{
    return xnew(struct started);
}

struct started *started_free(struct started *s)
{
    if (!s)
        return NULL;
    map_done(&s->by_path);
    vec_done(&s->scripts);
    vec_done(&s->seeds);
    vec_done(&s->reached);
    arena_done(&s->arena);
    free(s);
    return NULL;
}

static bool starts(struct str kind)
{
    static const char *const OTHERS[] = {"ld-preload", "ssh-keys", "sudoers", "accounts", "web-root", "temp", NULL};
    return kind.n && !str_is_any(kind, OTHERS);
}

/* An absolute path without "." and ".."; empty where there is none. */
static struct str clean(struct started *s, struct str dir, struct str path)
{
    static const struct image_limits LIMITS = {.path_bytes = PATH_BYTES_MAX, .depth = PATH_PARTS_MAX};
    const bool is_whole = path.n && path.p[0] == '/';
    uint64_t problems = 0;
    struct str whole = is_whole ? path : arena_printf(&s->arena, "%.*s/%.*s", STR_ARG(dir), STR_ARG(path));
    whole = path_clean(&s->arena, whole, &LIMITS, &problems);
    return problems & IMAGE_PROBLEM_MASK(BAD_NAME) ? STR_NULL : whole;
}

/* $(dirname $0)/b.sh, "$HERE/lib/b.sh": where a script finds what lies beside it stands in a variable, which most often is its own folder. */
static struct str place_of(struct started *s, struct str dir, struct str word)
{
    const char *dollar = word.n ? memrchr(word.p, '$', word.n) : NULL;
    const char *slash = dollar ? memchr(dollar, '/', word.n - (size_t)(dollar - word.p)) : NULL;
    if (!dollar)
        return clean(s, dir, word);
    return slash && word.p[0] == '$' ? clean(s, dir, str_n(slash + 1, word.n - (size_t)(slash + 1 - word.p))) : STR_NULL;
}

static void add_seed(struct started *s, const struct facts *f, struct str path)
{
    if (path.n < 2 || s->seeds.n >= STARTED_SEEDS_MAX)
        return;
    struct str by = facts_get_str(f, F_FILE_PATH);
    const struct seed *last = s->seeds.n ? &s->seeds.v[s->seeds.n - 1] : NULL;
    bool is_same = last && str_eq(last->by, by); /* a unit names several */
    vec_add(&s->seeds, (struct seed){
                           .by = is_same ? last->by : arena_str(&s->arena, by),
                           .kind = is_same ? last->kind : arena_str(&s->arena, facts_get_str(f, F_PERSIST_KIND)),
                           .user = is_same ? last->user : arena_str(&s->arena, facts_get_str(f, F_PERSIST_USER)),
                           .path = path,
                       });
}

static void see_start(struct started *s, const struct facts *f, struct str dir)
{
    const struct value *commands = facts_get(f, F_PERSIST_COMMANDS), *runs = facts_get(f, F_SCRIPT_RUNS);
    struct str target = facts_get_str(f, F_FILE_LINK_TARGET);
    if (target.n && str_is(facts_get_str(f, F_FILE_TYPE), "symlink"))
        add_seed(s, f, clean(s, dir, target));
    for (size_t i = 0; runs->type == VALUE_LIST && i < runs->list.n; i++)
        add_seed(s, f, place_of(s, dir, runs->list.v[i].s));
    for (size_t i = 0; commands->type == VALUE_LIST && i < commands->list.n; i++) {
        struct str rest = commands->list.v[i].s, word;
        while (str_split(&rest, ' ', &word)) {
            while (word.n && strchr("-@+!:\"'", word.p[0])) /* units have marks in front of a program */
                word = str_sub(word, 1, word.n);
            while (word.n && strchr(";\"'&", word.p[word.n - 1]))
                word.n--;
            if (word.n > 1 && word.p[0] == '/')
                add_seed(s, f, clean(s, dir, word));
        }
    }
}

/* Facts that rules weigh more where the file starts by itself. */
static bool says_something(const struct facts *f)
{
    static const enum field_id FIELDS_OF[] = {
        F_SCRIPT_DOWNLOAD_RUN, F_SCRIPT_DECODE_RUN, F_SCRIPT_DOWNLOADS, F_SCRIPT_KILLS, F_SCRIPT_LOCKS, F_SCRIPT_DISGUISED, F_MINER_POOLS,
        F_MINER_SIGNS, F_WALLET_COUNT, F_CONTENT_LISTED, F_CONTENT_DOMAINS, F_YARA_RULES,
    };
    for (size_t i = 0; i < ARRAY_SIZE(FIELDS_OF); i++)
        if (facts_has(f, FIELDS_OF[i]))
            return true;
    return false;
}

static void see_script(struct started *s, const struct facts *f, struct str dir)
{
    _cleanup_(strbuf_done) struct strbuf b = {};
    struct str path = facts_get_str(f, F_FILE_PATH);
    const struct value *runs = facts_get(f, F_SCRIPT_RUNS);
    const bool is_told = says_something(f);
    if (!facts_has(f, F_SCRIPT_INTERPRETER) || (!is_told && runs->type != VALUE_LIST) || s->scripts.n >= STARTED_SCRIPTS_MAX ||
        map_has(&s->by_path, path))
        return;
    struct script script = {.path = arena_str(&s->arena, path)};
    if (is_told)
        facts_encode(f, &b);
    if (b.n <= STARTED_FACTS_MAX)
        script.facts = b.n ? arena_str(&s->arena, strbuf_str(&b)) : STR_NULL;
    size_t n = runs->type == VALUE_LIST ? runs->list.n : 0;
    script.runs = n ? arena_array(&s->arena, struct str, n) : NULL;
    for (size_t i = 0; i < n; i++) {
        struct str place = place_of(s, dir, runs->list.v[i].s);
        if (place.n)
            script.runs[script.n_runs++] = place;
    }
    map_put(&s->by_path, script.path, NULL)->u64 = s->scripts.n;
    vec_add(&s->scripts, script);
}

void started_see(struct started *s, const struct facts *f)
{
    if (!system_file_lasts(f) || s->is_joined || s->arena.bytes > STARTED_BYTES_MAX)
        return;
    struct str dir = facts_get_str(f, F_FILE_DIR);
    if (starts(facts_get_str(f, F_PERSIST_KIND)))
        see_start(s, f, dir);
    else
        see_script(s, f, dir);
}

/* The script at that path, or under the name that it has where /bin and the like are links into /usr, or are none. */
static struct script *script_at(struct started *s, struct str path)
{
    const struct map_entry *e = map_get(&s->by_path, path);
    if (!e && (str_starts(path, STR("/usr/")) || system_file_place(path)))
        e = map_get(&s->by_path, system_file_alias(path, &s->arena));
    return e ? &s->scripts.v[e->u64] : NULL;
}

static void reach(struct started *s, struct str path, const struct seed *by, unsigned hops)
{
    struct script *script = script_at(s, path);
    if (!script || script->by || hops > STARTED_HOPS_MAX)
        return;
    script->by = by;
    script->hops = hops;
    vec_add(&s->reached, (size_t)(script - s->scripts.v));
}

/* Those that are named first, then what they run: the shortest way counts. */
static void join(struct started *s)
{
    s->is_joined = true;
    vec_each(seed, &s->seeds)
        reach(s, seed->path, seed, 0);
    for (size_t i = 0; i < s->reached.n; i++) {
        const struct script *script = &s->scripts.v[s->reached.v[i]];
        for (size_t k = 0; k < script->n_runs; k++)
            reach(s, script->runs[k], script->by, script->hops + 1);
    }
}

int started_next(struct started *s, struct facts *f)
{
    if (!s->is_joined)
        join(s);
    while (s->told < s->reached.n) {
        const struct script *script = &s->scripts.v[s->reached.v[s->told++]];
        struct wire w = {.left = script->facts};
        if (!script->facts.n || facts_decode(f, &w) < 0)
            continue;
        facts_str(f, F_PERSIST_KIND, script->by->kind);
        if (script->by->user.n)
            facts_str(f, F_PERSIST_USER, script->by->user);
        facts_str(f, F_PERSIST_BY, script->by->by);
        return 0;
    }
    return 1;
}
