// SPDX-License-Identifier: Apache-2.0
#include <errno.h>

#include "base/alloc.h"
#include "base/intl.h"
#include "log/lake.h"
#include "log/unwrap.h"

void log_unwrap_init(struct log_unwrap *u)
{
    *u = (struct log_unwrap){};
}

void log_unwrap_done(struct log_unwrap *u)
{
    for (size_t i = 0; i < LOG_NESTING; i++) {
        u->parsers[i] = json_parser_free(u->parsers[i]);
        strbuf_done(&u->texts[i]);
    }
}

/* Objects within objects, the sure ones first. */
static const char *const MEMBERS[] = {"detail", "_source", "protoPayload", "record", "event", "result", "cloudtrail", "data", "body", "jsonPayload", "payload"};
/* Strings within objects. */
static const char *const STRINGS[] = {"message", "CloudTrailEvent", "eventJson", "eventjson", "_raw", "log", "MESSAGE", "Message", "raw", "event", "body", "data"};

enum { IS_CLOUDTRAIL = 1 }; /* node_note(): as it is delivered */

static int parse(struct log_unwrap *u, unsigned level, struct str text, struct node *ret, const char **ret_why)
{
    if (!u->parsers[level])
        u->parsers[level] = json_parser_new(LOG_RECORD_MAX);
    return json_parser_run(u->parsers[level], text, ret, ret_why);
}

/* A copy with padding; bytes that are no UTF-8 become question marks when `is_mended`. */
static struct str copy(struct log_unwrap *u, unsigned level, struct str s, bool is_mended)
{
    struct strbuf *b = &u->texts[level];
    const size_t n = s.n;
    strbuf_clear(b);
    strbuf_add(b, s);
    for (size_t i = 0; is_mended && i < n; i++)
        if ((unsigned char)b->p[i] >= 0x80)
            b->p[i] = '?';
    strbuf_pad(b, 0, LOG_PADDING);
    return str_n(b->p, n);
}

/* A member that is an object of a known format. */
static bool step_into(struct node *root, enum log_format *f)
{
    for (size_t i = 0; i < ARRAY_SIZE(MEMBERS); i++) {
        const struct node n = node_get(*root, str_from(MEMBERS[i]));
        if (node_kind(n) != NODE_OBJECT || (*f = log_format_of(n)) == LOG_FORMAT__NONE || *f == LOG_JSON)
            continue;
        *root = n;
        return true;
    }
    return false;
}

static struct str inner_string(struct node root)
{
    for (size_t i = 0; i < ARRAY_SIZE(STRINGS); i++) {
        const struct str s = str_trim(node_get_str(root, str_from(STRINGS[i])));
        if (s.n)
            return s;
    }
    return STR_NULL;
}

bool log_unwrap_text(struct str text, struct log_record *ret, size_t *ret_used)
{
    const enum log_format f = log_format_sniff(str_sub(text, 0, LOG_HEAD));
    if (f == LOG_FORMAT__NONE)
        return false;
    const struct log_format_ops *ops = log_format_ops(f);
    _cleanup_free_ void *state = ops->state_size ? xalloc(ops->state_size) : NULL;
    ret->values.type = ops->type;
    const enum log_next got = ops->next(state, text, true, ret_used, &ret->values);
    if (ops->done && state)
        ops->done(state);
    if (got != LOG_RECORD) {
        ret->values.n = ret->values.n_named = 0;
        ret->values.time_ns = 0;
        return false;
    }
    ret->format = f;
    ret->text = text;
    return true;
}

int log_unwrap_json(struct log_unwrap *u, struct str text, struct log_record *ret, const char **ret_why)
{
    struct node root = {}, outer = {};
    unsigned level = 0;
    size_t used;
    int r = parse(u, 0, text, &root, ret_why);
    if (r == -EILSEQ) /* a name in a foreign encoding hides no record */
        r = parse(u, 0, text = copy(u, 0, text, true), &root, ret_why);
    if (r < 0)
        return r;
    if (node_kind(root) != NODE_OBJECT) {
        *ret_why = N_("a record is no object");
        return -ENOMSG;
    }
    /* most records look like the one before: of CloudTrail, the names alone decide */
    uint32_t *note = node_note(root);
    if (note && *note == IS_CLOUDTRAIL) {
        ret->format = LOG_CLOUDTRAIL;
        ret->root = root;
        ret->text = text;
        return 0;
    }
    enum log_format f = log_format_of(root);
    if (f == LOG_CLOUDTRAIL && note && !lake_is(root))
        *note = IS_CLOUDTRAIL;
    while (f == LOG_JSON) {
        if (step_into(&root, &f)) {
            text = STR_NULL;
            break;
        }
        const struct str inner = inner_string(root);
        const char *why;
        if (!inner.n || level + 1 == LOG_NESTING)
            break;
        outer = root;
        if (inner.p[0] != '{') {
            if (log_unwrap_text(inner, ret, &used))
                return 0;
            break;
        }
        const struct str padded = copy(u, ++level, inner, false);
        if (parse(u, level, padded, &root, &why) < 0 || node_kind(root) != NODE_OBJECT) {
            root = outer;
            break;
        }
        text = padded;
        f = log_format_of(root);
    }
    if (f == LOG_CLOUDTRAIL && lake_is(root) && level + 1 < LOG_NESTING) {
        struct strbuf *b = &u->texts[++level];
        strbuf_clear(b);
        lake_rewrite(root, b);
        const size_t n = b->n;
        strbuf_pad(b, 0, LOG_PADDING);
        const char *why;
        struct node fresh;
        if (!parse(u, level, str_n(b->p, n), &fresh, &why)) {
            root = fresh;
            text = str_n(b->p, n);
        }
    }
    ret->format = f;
    ret->root = root;
    ret->text = text;
    return 0;
}
