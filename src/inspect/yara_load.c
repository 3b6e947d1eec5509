// SPDX-License-Identifier: Apache-2.0
/* Reads YARA rules: files and folders in source form, compiled here and kept compiled in the cache. */
#include "inspect/yara_load.h"

#include <dirent.h>
#include <errno.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/digest.h"
#include "base/file.h"
#include "base/intl.h"
#include "base/strbuf.h"
#include "base/vec.h"
#include "config.h"
#include "inspect/yara_define.h"

enum {
    DEPTH_MAX = 8,            /* of folders of rules */
    FILE_BYTES_MAX = 64 << 20, /* of one file; the largest public collections in one file have 20 MB */
};

/* What scanners that public rules are written for define. */
static const char *const VARIABLES[] = {"filename", "filepath", "extension", "filetype", "owner", "md5"};

struct source {
    char *path;
    struct strbuf text;
    bool of_folder; /* may be left out */
    bool refused;
};

/* libyara knows a file that was taken in by the name it was asked for, and no more where it lies. */
struct included {
    char *name, *path;
};

struct loading {
    VEC(struct source) sources;
    const char *const *defines;
    YR_COMPILER *compiler;
    struct error *err;
    const char *path;
    bool failed;
    struct strbuf left_out; /* one line each */
    bool includes; /* a file took in another, which the key of the cache does not cover */
    VEC(struct included) included; /* while a file is compiled: what it and those behind it took in */
};

/* What to do about what libyara does not know: a name is nearly always a variable that the rule's author gives his scanner, and what
 * is no syntax to it is often one of a later version. */
static void add_cure(struct strbuf *b, const char *message)
{
    struct str rest = str_from(message), name;
    static const struct str UNKNOWN = STR("undefined identifier \"");
    if (str_starts(rest, STR("syntax error")) || str_starts(rest, STR("unknown module")))
        strbuf_printf(b, _("; libyara here is version %s, and rules for later ones may have what it does not know"), YR_VERSION);
    if (!str_starts(rest, UNKNOWN))
        return;
    rest = str_sub(rest, UNKNOWN.n, rest.n);
    if (str_split(&rest, '"', &name) && name.n)
        strbuf_printf(b, _("; if it is an external variable, declare it with --yara-define %.*s=VALUE"), STR_ARG(name));
}

static void on_compiler(int level, const char *file, int line, const YR_RULE *rule, const char *message,
                        void *ctx)
{
    struct loading *l = ctx;
    if (level != YARA_ERROR_LEVEL_ERROR || l->failed)
        return;
    _cleanup_(strbuf_done) struct strbuf cure = {};
    l->failed = true;
    strbuf_adds(&cure, message);
    add_cure(&cure, message);
    if (rule && rule->identifier)
        error_set(l->err, -EINVAL, "%s:%d: rule %s: %s", file ? file : l->path, line, rule->identifier, cure.p);
    else
        error_set(l->err, -EINVAL, "%s:%d: %s", file ? file : l->path, line, cure.p);
}

/* Where the file that asks lies. Of two of one name the last is at work: libyara refuses a file within one of the same name. */
static const char *path_of(const struct loading *l, const char *from)
{
    for (size_t i = l->included.n; i-- > 0;)
        if (!strcmp(l->included.v[i].name, from))
            return l->included.v[i].path;
    return from;
}

static void forget_included(struct loading *l)
{
    vec_each(one, &l->included)
    {
        free(one->name);
        free(one->path);
    }
    vec_clear(&l->included);
}

/* `include "x"`: beside the file that asks, else as written. */
static const char *on_include(const char *name, const char *from, const char *, void *ctx)
{
    struct loading *l = ctx;
    _cleanup_(strbuf_done) struct strbuf path = {}, text = {};
    const char *asks = from ? path_of(l, from) : NULL, *slash = asks && name[0] != '/' ? strrchr(asks, '/') : NULL;
    l->includes = true;
    if (slash)
        strbuf_add(&path, str_n(asks, (size_t)(slash - asks) + 1));
    strbuf_adds(&path, name);
    if (file_read(path.p, FILE_BYTES_MAX, &text, NULL) < 0) {
        strbuf_clear(&path);
        strbuf_adds(&path, name);
        if (file_read(name, FILE_BYTES_MAX, &text, NULL) < 0)
            return NULL;
    }
    vec_add(&l->included, (struct included){xstrdup(name), xstrdup(path.p)});
    return xstrndup(text.p ? text.p : "", text.n);
}

static void on_included(const char *text, void *)
{
    free((char *)text);
}

static void leave_out(struct loading *l, struct source *s)
{
    s->refused = true;
    strbuf_adds(&l->left_out, l->err->text);
    strbuf_addc(&l->left_out, '\n');
    *l->err = ERROR_NULL;
    l->failed = false;
}

static int add_file(struct loading *l, const char *path, bool of_folder)
{
    struct source *s = vec_push(&l->sources);
    s->path = xstrdup(path);
    s->of_folder = of_folder;
    int r = file_read(path, FILE_BYTES_MAX, &s->text, l->err);
    if (r < 0)
        return r;
    if (str_starts(strbuf_str(&s->text), STR("YARA")) && memchr(s->text.p, 0, s->text.n < 64 ? s->text.n : 64)) {
        r = error_set(l->err, -EINVAL,
                         "%s: compiled YARA rules, which are program code of whoever compiled them; name the rules "
                         "in source form instead (Davy keeps them compiled itself)",
                         path);
        if (!of_folder)
            return r;
        leave_out(l, s);
    }
    return 0;
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
        return depth == 0 || is_rule_file(str_basename(str_from(path)).p) ? add_file(l, path, depth > 0) : 0;
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


static void digest_of(const struct loading *l, uint8_t ret[SHA256_BYTES])
{
    struct sha256 *h = sha256_new();
    sha256_add(h, DAVY_VERSION " " YR_VERSION, sizeof(DAVY_VERSION " " YR_VERSION));
    cache_add_library(h, (const void *)yr_rules_load_stream);
    for (const char *const *p = l->defines; p && *p; p++)
        sha256_add(h, *p, strlen(*p) + 1);
    for (size_t i = 0; i < l->sources.n; i++) {
        const struct source *s = &l->sources.v[i];
        uint64_t lengths[] = {strlen(s->path), s->text.n};
        sha256_add(h, lengths, sizeof(lengths));
        sha256_add(h, s->path, lengths[0]);
        sha256_add(h, s->text.p, s->text.n);
    }
    sha256_end(h, ret);
    sha256_free(h);
}

struct reading {
    struct str left;
};

static size_t on_read(void *p, size_t size, size_t count, void *ctx)
{
    struct reading *r = ctx;
    size_t n = size ? r->left.n / size : 0;
    n = n < count ? n : count;
    if (n)
        memcpy(p, r->left.p, n * size);
    r->left = str_sub(r->left, n * size, r->left.n);
    return n;
}

static size_t on_write(const void *p, size_t size, size_t count, void *ctx)
{
    strbuf_add(ctx, str_n(p, size * count));
    return count;
}

/* The saved rules were ours: base/cache.h says what that rests on. What was left out then is left out again. */
static bool take(struct loading *l, struct cache *cache, const uint8_t key[SHA256_BYTES], YR_RULES **ret)
{
    _cleanup_(strbuf_done) struct strbuf b = {}, left_out = {};
    if (!cache_get(cache, "yara", key, &b) || !cache_get(cache, "yara-left-out", key, &left_out))
        return false;
    struct reading r = {strbuf_str(&b)};
    YR_STREAM stream = {.user_data = &r, .read = on_read};
    if (yr_rules_load_stream(&stream, ret) != ERROR_SUCCESS)
        return false;
    strbuf_clear(&l->left_out);
    strbuf_add(&l->left_out, strbuf_str(&left_out));
    return true;
}

static void put(const struct loading *l, struct cache *cache, const uint8_t key[SHA256_BYTES], YR_RULES *rules)
{
    _cleanup_(strbuf_done) struct strbuf b = {};
    YR_STREAM stream = {.user_data = &b, .write = on_write};
    if (!cache || yr_rules_save_stream(rules, &stream) != ERROR_SUCCESS)
        return;
    cache_put(cache, "yara", key, strbuf_str(&b));
    cache_put(cache, "yara-left-out", key, strbuf_str(&l->left_out));
}

/* Each file is a namespace of its own. */
static int compile_file(struct loading *l, const struct source *s)
{
    if (!s->text.n)
        return 0;
    _cleanup_fclose_ FILE *f = fmemopen(s->text.p, s->text.n, "r");
    if (!f)
        return error_errno(l->err, -errno, "cannot read %s", s->path);
    l->path = s->path;
    forget_included(l);
    if (yr_compiler_add_file(l->compiler, f, s->path, s->path) == 0)
        return 0;
    return l->failed ? -EINVAL : error_set(l->err, -EINVAL, "%s: libyara refuses it without a reason", s->path);
}

static int begin(struct loading *l)
{
    if (yr_compiler_create(&l->compiler) != ERROR_SUCCESS)
        return error_set(l->err, -ENOMEM, "libyara cannot start");
    yr_compiler_set_callback(l->compiler, on_compiler, l);
    yr_compiler_set_include_callback(l->compiler, on_include, on_included, l);
    for (size_t i = 0; i < ARRAY_SIZE(VARIABLES); i++)
        if (!yara_defines_have(l->defines, str_from(VARIABLES[i])))
            yr_compiler_define_string_variable(l->compiler, VARIABLES[i], "");
    return yara_defines_declare(l->defines, l->compiler, l->err);
}

static void end(struct loading *l)
{
    if (l->compiler)
        yr_compiler_destroy(l->compiler);
    l->compiler = NULL;
}

/* A compiler that met a mistake is of no more use: each file of a folder from `from` on is tried in one of its own. */
static int try_alone(struct loading *l, size_t from)
{
    int r = 0;
    for (size_t i = from; !r && i < l->sources.n; i++) {
        struct source *s = &l->sources.v[i];
        if (!s->of_folder || s->refused)
            continue;
        r = begin(l);
        if (!r && compile_file(l, s) < 0)
            leave_out(l, s);
        end(l);
    }
    return r;
}

static int compile_all(struct loading *l, size_t *ret_at)
{
    int r = begin(l);
    for (size_t i = 0; !r && i < l->sources.n; i++) {
        *ret_at = i;
        if (!l->sources.v[i].refused)
            r = compile_file(l, &l->sources.v[i]);
    }
    return r;
}

static int compile(struct loading *l, YR_RULES **ret)
{
    size_t at = 0;
    int r = compile_all(l, &at);
    if (r == -EINVAL && l->sources.v[at].of_folder) {
        end(l);
        *l->err = ERROR_NULL;
        l->failed = false;
        r = try_alone(l, at);
        if (!r)
            r = compile_all(l, &at);
    }
    if (!r && yr_compiler_get_rules(l->compiler, ret) != ERROR_SUCCESS)
        r = error_set(l->err, -ENOMEM, "not enough memory for the YARA rules");
    end(l);
    return r;
}

int yara_load(const char *const *paths, const char *const *defines, struct cache *cache, yara_left_out *left_out, void *ctx,
              YR_RULES **ret, struct error *err)
{
    struct loading l = {.err = err, .defines = defines};
    uint8_t key[SHA256_BYTES];
    int r = yara_defines_check(defines, err);
    for (const char *const *p = paths; *p && !r; p++)
        r = add_path(&l, *p, 0);
    if (!r) {
        digest_of(&l, key);
        if (!take(&l, cache, key, ret)) {
            r = compile(&l, ret);
            if (!r && !l.includes)
                put(&l, cache, key, *ret);
        }
    }
    struct str lines = strbuf_str(&l.left_out), line;
    while (!r && str_split(&lines, '\n', &line)) {
        _cleanup_(strbuf_done) struct strbuf why = {};
        strbuf_add(&why, line);
        if (line.n) /* each line ends with a newline: the last piece is empty */
            left_out(ctx, why.p);
    }
    strbuf_done(&l.left_out);
    forget_included(&l);
    vec_done(&l.included);
    vec_each(s, &l.sources)
    {
        free(s->path);
        strbuf_done(&s->text);
    }
    vec_done(&l.sources);
    return r;
}
