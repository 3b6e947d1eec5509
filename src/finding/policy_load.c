// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <libfyaml.h>
#include <time.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/intl.h"
#include "base/strbuf.h"
#include "base/text.h"
#include "finding/policy_private.h"

struct loader {
    struct policy *policy;
    struct error *err;
};

DEFINE_CLEANUP(struct fy_diag *, fy_diag_destroy)
DEFINE_CLEANUP(struct fy_document *, fy_document_destroy)

/* The first token of a node: mappings and sequences of the block style have none of their own. */
static struct fy_token *first_token(struct fy_node *n)
{
    for (int depth = 0; n && depth < 64; depth++) {
        void *iter = NULL;
        if (fy_node_is_scalar(n))
            return fy_node_get_scalar_token(n);
        if (fy_node_is_sequence(n)) {
            n = fy_node_sequence_iterate(n, &iter);
        } else {
            struct fy_node_pair *pair = fy_node_mapping_iterate(n, &iter);
            n = pair ? fy_node_pair_key(pair) : NULL;
        }
    }
    return NULL;
}

static struct fy_mark mark_of(struct fy_node *n)
{
    struct fy_token *t = first_token(n);
    const struct fy_mark *m = t ? fy_token_start_mark(t) : NULL;
    return m ? *m : (struct fy_mark){};
}

static int fail(struct loader *l, struct fy_node *at, const char *fmt, ...) _printf_(3, 4);
static int fail(struct loader *l, struct fy_node *at, const char *fmt, ...)
{
    struct strbuf text = {};
    va_list ap;
    struct fy_mark m = mark_of(at);
    va_start(ap, fmt);
    strbuf_vprintf(&text, intl_text(fmt), ap);
    va_end(ap);
    (void)error_set(l->err, -EINVAL, "%s:%d:%d: %s", l->policy->name, m.line + 1, m.column + 1, text.p);
    strbuf_done(&text);
    return -EINVAL;
}

/* Bytes of the file inside a message. */
static struct str quoted(struct loader *l, struct str s)
{
    struct strbuf b = {};
    text_add_fit(&b, s, 60, true);
    struct str copy = arena_str(&l->policy->arena, strbuf_str(&b));
    strbuf_done(&b);
    return copy;
}

static int scalar(struct loader *l, struct fy_node *n, const char *what, struct str *ret)
{
    if (!n || !fy_node_is_scalar(n) || fy_node_is_alias(n))
        return fail(l, n, "%s must be a text; aliases, lists and mappings are not taken here", what);
    size_t len = 0;
    const char *p = fy_node_get_scalar(n, &len);
    struct str s = str_trim(str_n(p, p ? len : 0));
    if (!s.n)
        return fail(l, n, "%s is empty; write what is meant or leave the key out", what);
    if (s.n > POLICY_TEXT_MAX || memchr(s.p, 0, s.n) || !text_is_utf8(s))
        return fail(l, n, "%s must be UTF-8 text of at most %d bytes", what, POLICY_TEXT_MAX);
    *ret = arena_str(&l->policy->arena, s);
    return 0;
}

static bool is_only_stars(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] != '*')
            return false;
    return true;
}

static int check_sha256(struct loader *l, struct fy_node *at, struct str *s)
{
    bool ok = s->n == 64;
    char *lower = (char *)s->p; /* our own copy */
    for (size_t i = 0; ok && i < s->n; i++) {
        if (lower[i] >= 'A' && lower[i] <= 'F')
            lower[i] |= 0x20;
        ok = (lower[i] >= '0' && lower[i] <= '9') || (lower[i] >= 'a' && lower[i] <= 'f');
    }
    return ok ? 0 : fail(l, at, "sha256 must be 64 hexadecimal digits, as sha256sum prints them");
}

static int check_purpose(struct loader *l, struct fy_node *at, struct str *s)
{
    static const char *const words[] = {"mining", "ransom", "theft", "ddos", "hosting", "dns", "access"};
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (str_is(*s, words[i]))
            return 0;
    return fail(
        l, at, "there is no purpose \"%.*s\"; write one of mining, ransom, theft, ddos, hosting, dns, access",
        STR_ARG(quoted(l, *s)));
}

static int check_date(struct loader *l, struct fy_node *at, struct str *s)
{
    uint64_t year, month, day;
    bool ok = s->n == 10 && s->p[4] == '-' && s->p[7] == '-' && str_to_u64(str_sub(*s, 0, 4), &year) &&
              str_to_u64(str_sub(*s, 5, 7), &month) && str_to_u64(str_sub(*s, 8, 10), &day) && year >= 1970;
    if (ok) {
        struct tm tm = {.tm_year = (int)year - 1900, .tm_mon = (int)month - 1, .tm_mday = (int)day};
        time_t t = timegm(&tm); /* normalises: 31 April becomes 1 May */
        ok = t >= 0 && tm.tm_mon == (int)month - 1 && tm.tm_mday == (int)day;
    }
    return ok ? 0 : fail(l, at, "until must be a day that exists, written YYYY-MM-DD, such as 2026-12-31");
}

static uint64_t end_of_day(struct str date)
{
    uint64_t year = 0, month = 0, day = 0;
    (void)(str_to_u64(str_sub(date, 0, 4), &year) && str_to_u64(str_sub(date, 5, 7), &month) &&
           str_to_u64(str_sub(date, 8, 10), &day));
    struct tm tm = {.tm_year = (int)year - 1900, .tm_mon = (int)month - 1, .tm_mday = (int)day + 1};
    uint64_t seconds = (uint64_t)timegm(&tm), ns;
    return __builtin_mul_overflow(seconds, 1'000'000'000U, &ns) ? UINT64_MAX : ns; /* from the year 2554 on */
}

struct key {
    const char *name;
    size_t offset; /* of the struct str in policy_entry */
    int (*check)(struct loader *l, struct fy_node *at, struct str *s);
};
#define KEY(name, ...)                                                                                       \
    {                                                                                                        \
#name, offsetof(struct policy_entry, name), __VA_ARGS__                                              \
    }
static const struct key WHAT[] = {
    KEY(rule, NULL),           KEY(path, NULL),    KEY(image, NULL),
    KEY(sha256, check_sha256), KEY(account, NULL), KEY(purpose, check_purpose),
};
static const struct key ENTRY[] = {KEY(approved_by, NULL), KEY(reason, NULL), KEY(until, check_date)};
enum { N_WHAT = sizeof(WHAT) / sizeof(WHAT[0]), N_ENTRY = sizeof(ENTRY) / sizeof(ENTRY[0]) };

static struct str *slot(struct policy_entry *e, const struct key *k)
{
    return (struct str *)((char *)e + k->offset);
}

/* Stores the value of a key; 1: the key is none of these. */
static int take(struct loader *l, struct policy_entry *e, const struct key *keys, size_t n, struct str name,
                struct fy_node *value)
{
    for (size_t i = 0; i < n; i++) {
        if (!str_is(name, keys[i].name))
            continue;
        int r = scalar(l, value, keys[i].name, slot(e, &keys[i]));
        return r == 0 && keys[i].check ? keys[i].check(l, value, slot(e, &keys[i])) : r;
    }
    return 1;
}

static struct str key_name(struct fy_node_pair *pair)
{
    struct fy_node *k = fy_node_pair_key(pair);
    size_t n = 0;
    const char *p = k && fy_node_is_scalar(k) && !fy_node_is_alias(k) ? fy_node_get_scalar(k, &n) : NULL;
    return str_n(p, p ? n : 0);
}

static int load_what(struct loader *l, struct policy_entry *e, struct fy_node *what)
{
    if (!what || !fy_node_is_mapping(what))
        return fail(l, what, "what must be a mapping of conditions, such as {path: /opt/bench/*}");
    void *iter = NULL;
    for (struct fy_node_pair *p; (p = fy_node_mapping_iterate(what, &iter));) {
        int r = take(l, e, WHAT, N_WHAT, key_name(p), fy_node_pair_value(p));
        if (r > 0)
            return fail(
                l, fy_node_pair_key(p),
                "unknown condition \"%.*s\" in what; there are rule, path, image, sha256, account, purpose",
                STR_ARG(quoted(l, key_name(p))));
        if (r < 0)
            return r;
    }
    /* A path or account of any name still means files or accounts only; any rule or image means everything.
     */
    bool narrows = e->path.n || e->account.n || e->sha256.n || e->purpose.n ||
                   (e->rule.n && !is_only_stars(e->rule)) || (e->image.n && !is_only_stars(e->image));
    return narrows
               ? 0
               : fail(
                     l, what,
                     "this would authorise everything; name a rule, path, image, sha256, account or purpose");
}

static int load_entry(struct loader *l, struct fy_node *node)
{
    struct policy_entry e = {.number = (uint32_t)l->policy->entries.n + 1,
                             .line = (uint32_t)mark_of(node).line + 1};
    void *iter = NULL;
    bool has_what = false;
    if (!fy_node_is_mapping(node))
        return fail(l, node,
                    "an entry of authorise must be a mapping with what, approved_by, reason and until");
    for (struct fy_node_pair *p; (p = fy_node_mapping_iterate(node, &iter));) {
        struct str name = key_name(p);
        int r;
        if (str_is(name, "what")) {
            has_what = true;
            r = load_what(l, &e, fy_node_pair_value(p));
        } else {
            r = take(l, &e, ENTRY, N_ENTRY, name, fy_node_pair_value(p));
        }
        if (r > 0)
            return fail(l, fy_node_pair_key(p),
                        "unknown key \"%.*s\" in an entry; there are what, approved_by, reason, until",
                        STR_ARG(quoted(l, name)));
        if (r < 0)
            return r;
    }
    if (!has_what)
        return fail(l, node, "what is missing: say which findings the entry covers");
    for (size_t i = 0; i < N_ENTRY; i++)
        if (!slot(&e, &ENTRY[i])->n)
            return fail(l, node, "%s is missing: an authorisation says who approved it, why, and until when",
                        ENTRY[i].name);
    e.until_ns = end_of_day(e.until);
    vec_add(&l->policy->entries, e);
    return 0;
}

static int load_authorise(struct loader *l, struct fy_node *list)
{
    void *iter = NULL;
    if (!list || !fy_node_is_sequence(list))
        return fail(l, list, "authorise must be a list of entries, each beginning with \"- what:\"");
    for (struct fy_node *n; (n = fy_node_sequence_iterate(list, &iter));) {
        if (l->policy->entries.n >= POLICY_ENTRIES_MAX)
            return fail(l, n, "more than %d entries", POLICY_ENTRIES_MAX);
        int r = load_entry(l, n);
        if (r < 0)
            return r;
    }
    return 0;
}

static int load_root(struct loader *l, struct fy_node *root)
{
    void *iter = NULL;
    bool has_version = false;
    if (!root || !fy_node_is_mapping(root))
        return fail(l, root, "a policy is a mapping that begins with \"version: 1\"");
    for (struct fy_node_pair *p; (p = fy_node_mapping_iterate(root, &iter));) {
        struct str name = key_name(p), version;
        int r = 0;
        if (str_is(name, "version")) {
            has_version = true;
            r = scalar(l, fy_node_pair_value(p), "version", &version);
            if (r == 0 && !str_is(version, "1"))
                r = fail(l, fy_node_pair_value(p),
                         "version \"%.*s\" is not known; this program reads version 1",
                         STR_ARG(quoted(l, version)));
        } else if (str_is(name, "authorise")) {
            r = load_authorise(l, fy_node_pair_value(p));
        } else {
            r = fail(l, fy_node_pair_key(p), "unknown key \"%.*s\"; there are version and authorise",
                     STR_ARG(quoted(l, name)));
        }
        if (r < 0)
            return r;
    }
    return has_version ? 0 : fail(l, root, "version is missing; begin with \"version: 1\"");
}

/* What libfyaml has to say about text that is no YAML: the first error, it is the cause of the others. */
static int syntax_error(struct loader *l, struct fy_diag *diag)
{
    void *iter = NULL;
    const struct fy_diag_error *e = fy_diag_errors_iterate(diag, &iter);
    if (!e)
        return error_set(l->err, -EINVAL, "%s:1:1: this is no YAML document", l->policy->name);
    return error_set(l->err, -EINVAL, "%s:%d:%d: %s", l->policy->name, e->line, e->column, e->msg);
}

/*
 * libfyaml 0.7.12 never returns from some directives and bytes that are no UTF-8: what it is not to see is
 * refused here. Text of people has none of it.
 */
static int check_text(struct loader *l, struct str text)
{
    struct str rest = text, line;
    for (int number = 1; str_split(&rest, '\n', &line); number++) {
        if (line.n && line.p[0] == '%')
            return error_set(l->err, -EINVAL, "%s:%d:1: YAML directives are not taken; remove the line",
                             l->policy->name, number);
        for (size_t i = 0, n; i < line.n; i += n) {
            uint32_t c = 0;
            n = text_decode(str_sub(line, i, line.n), &c);
            if (!n || (c < 0x20 && c != '\t' && c != '\r') || (c >= 0x7f && c < 0xa0) || c == 0xfeff)
                return error_set(l->err, -EINVAL,
                                 "%s:%d:%zu: a byte that is no text; a policy is plain UTF-8",
                                 l->policy->name, number, i + 1);
        }
    }
    return 0;
}

int policy_load_memory(const char *name, struct str yaml, struct policy **ret, struct error *err)
{
    _cleanup_(policy_freep) struct policy *p = xnew(struct policy);
    struct loader l = {.policy = p, .err = err};
    struct fy_diag_cfg diag_config;
    p->name = (char *)arena_str(&p->arena, str_from(name)).p;
    if (yaml.n > POLICY_BYTES_MAX)
        return error_set(err, -EINVAL, "%s: larger than %d bytes; split it or use patterns", name,
                         POLICY_BYTES_MAX);
    if (!str_trim(yaml).n)
        return error_set(err, -EINVAL, "%s:1:1: empty; a policy begins with \"version: 1\"", name);

    int r = check_text(&l, yaml);
    if (r < 0)
        return r;

    fy_diag_cfg_default(&diag_config);
    _cleanup_(fy_diag_destroyp) struct fy_diag *diag = fy_diag_create(&diag_config);
    if (!diag)
        return error_errno(err, -ENOMEM, "%s", name);
    fy_diag_set_collect_errors(diag, true);
    struct fy_parse_cfg config = {.flags = FYPCF_QUIET | FYPCF_COLLECT_DIAG | FYPCF_JSON_NONE, .diag = diag};
    _cleanup_(fy_document_destroyp) struct fy_document *doc =
        fy_document_build_from_string(&config, yaml.p, yaml.n);
    if (!doc)
        return syntax_error(&l, diag);
    r = load_root(&l, fy_document_root(doc));
    if (r < 0)
        return r;
    *ret = TAKE_PTR(p);
    return 0;
}

int policy_load_file(const char *path, struct policy **ret, struct error *err)
{
    _cleanup_(strbuf_done) struct strbuf text = {};
    int r = file_read(path, POLICY_BYTES_MAX, &text, err);
    return r < 0 ? r : policy_load_memory(path, strbuf_str(&text), ret, err);
}
