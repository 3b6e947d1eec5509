// SPDX-License-Identifier: Apache-2.0
#include "log/prefix.h"

#include "log/text.h"

enum piece { PIECE_WHOLE, PIECE_ENDS, PIECE_GOES_ON };

struct parts {
    uint64_t time_ns;
    bool is_cri;
    unsigned stream;
    enum piece piece;
    struct str rest;
};

static bool skip_word(struct str *s, struct str word)
{
    if (!str_starts(*s, word))
        return false;
    *s = str_sub(*s, word.n, s->n);
    return true;
}

/* https://github.com/kubernetes/design-proposals-archive/blob/main/node/kubelet-cri-logging.md: tags are joined by colons, the first says P or F */
static bool take_cri(struct str s, struct parts *ret)
{
    const bool is_err = skip_word(&s, STR("stderr "));
    if (!is_err && !skip_word(&s, STR("stdout ")))
        return false;
    if (!s.n || (s.p[0] != 'P' && s.p[0] != 'F') || (s.n > 1 && s.p[1] != ' ' && s.p[1] != ':'))
        return false;
    const ptrdiff_t blank = str_find(s, STR(" "), 0);
    ret->is_cri = true;
    ret->stream = is_err;
    ret->piece = s.p[0] == 'P' ? PIECE_GOES_ON : PIECE_ENDS;
    ret->rest = blank > 0 ? str_sub(s, (size_t)blank + 1, s.n) : STR_NULL;
    return true;
}

static bool is_object(struct str s)
{
    return s.n > 1 && s.p[0] == '{' && (s.p[1] == '"' || s.p[1] == ' ' || s.p[1] == '}');
}

/* The name of a stream of CloudWatch, if one stands before what is behind. */
static void skip_stream(struct str *s)
{
    enum { NAME_MAX_BYTES = 512 };
    const ptrdiff_t blank = str_find(*s, STR(" "), 0);
    if (blank > 0 && blank <= NAME_MAX_BYTES && is_object(str_sub(*s, (size_t)blank + 1, s->n)))
        *s = str_sub(*s, (size_t)blank + 1, s->n);
}

/* TIME, a tag and an object, apart by tabs: files of Fluentd. */
static bool take_tabs(struct str s, size_t tab, struct parts *ret)
{
    struct str time = str_sub(s, 0, tab), tag;
    s = str_sub(s, tab + 1, s.n);
    if (!text_time_iso(&time, NULL, &ret->time_ns) || time.n || !str_split(&s, '\t', &tag) || !tag.n || !is_object(s))
        return false;
    ret->rest = s;
    return true;
}

static bool take_apart(struct str line, struct parts *ret)
{
    struct str s = line;
    *ret = (struct parts){};
    /* a stream of events, as journalctl -o json-sse writes it */
    if (skip_word(&s, STR("data: ")) && is_object(s)) {
        ret->rest = s;
        return true;
    }
    const ptrdiff_t tab = str_find(str_sub(s, 0, 64), STR("\t"), 0);
    if (tab > 0)
        return take_tabs(s, (size_t)tab, ret);
    const ptrdiff_t blank = str_find(str_sub(s, 0, 64), STR(" "), 0);
    /* the date's own blank would make a prefix of every text */
    if (blank <= 0 || !str_has(str_sub(s, 0, (size_t)blank), STR("T")) || !text_time_iso(&s, NULL, &ret->time_ns) || !s.n || s.p[0] != ' ')
        return false;
    s = str_sub(s, 1, s.n);
    if (take_cri(s, ret))
        return true;
    skip_stream(&s);
    ret->rest = s;
    return true;
}

bool prefix_is(struct str head)
{
    struct str line;
    struct parts p;
    do {
        if (!str_split(&head, '\n', &line))
            return false;
        line = str_trim(line);
    } while (!line.n);
    if (!take_apart(line, &p))
        return false;
    return p.is_cri || is_object(p.rest) || log_format_sniff(p.rest) != LOG_FORMAT__NONE;
}

enum log_next prefix_next(struct log_prefix *p, struct str bytes, bool is_end, size_t *ret_used, struct strbuf *ret, uint64_t *ret_time_ns)
{
    struct str line;
    struct parts parts;
    const enum log_next got = log_take_line(bytes, is_end, ret_used, &line);
    if (got != LOG_RECORD)
        return got;
    strbuf_clear(ret);
    if (!str_trim(line).n)
        return LOG_NOTHING;
    if (!take_apart(line, &parts))
        return LOG_BROKEN;
    *ret_time_ns = parts.time_ns;
    struct strbuf *kept = &p->kept[parts.stream];
    if (kept->n + parts.rest.n > LOG_RECORD_MAX) {
        strbuf_clear(kept);
        return LOG_BROKEN;
    }
    if (parts.piece == PIECE_GOES_ON) {
        strbuf_add(kept, parts.rest);
        return LOG_NOTHING;
    }
    if (parts.piece == PIECE_ENDS) {
        strbuf_add(ret, strbuf_str(kept));
        strbuf_clear(kept);
    }
    strbuf_add(ret, parts.rest);
    return str_trim(strbuf_str(ret)).n ? LOG_RECORD : LOG_NOTHING;
}

void prefix_done(struct log_prefix *p)
{
    strbuf_done(&p->kept[0]);
    strbuf_done(&p->kept[1]);
}
