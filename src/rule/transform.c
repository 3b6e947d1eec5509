// SPDX-License-Identifier: Apache-2.0
#include <arpa/inet.h>
#include <inttypes.h>
#include <stdalign.h>
#include <stdio.h>

#include "base/digest.h"
#include "rule/time_part.h"
#include "rule/transform.h"

/* n bytes, NULL when they are not left. */
static void *take(struct scratch *s, size_t n)
{
    const size_t align = alignof(max_align_t);
    size_t from = (s->used + align - 1) / align * align;
    if (from > s->size || s->size - from < n)
        return NULL;
    s->used = from + n;
    return s->p + from;
}

static struct str add(struct scratch *s, struct str text)
{
    size_t n = text.n < s->size - s->used ? text.n : s->size - s->used;
    char *to = s->p + s->used;
    if (n)
        memcpy(to, text.p, n);
    s->used += n;
    return str_n(to, n);
}

bool transform_text(const struct value *v, struct scratch *s, struct str *ret)
{
    char text[INET6_ADDRSTRLEN + 8];
    int n = 0;
    switch (v->type) {
    case VALUE_STRING:
    case VALUE_BYTES:
        *ret = v->s;
        return true;
    case VALUE_BOOL:
        *ret = v->b ? STR("true") : STR("false");
        return true;
    case VALUE_INT:
        n = snprintf(text, sizeof(text), "%" PRId64, v->i);
        break;
    case VALUE_UINT:
    case VALUE_PORT:
    case VALUE_TIME:
    case VALUE_DURATION:
        n = snprintf(text, sizeof(text), "%" PRIu64, v->u);
        break;
    case VALUE_DOUBLE:
        n = snprintf(text, sizeof(text), "%.10g", v->d);
        break;
    case VALUE_IP:
    case VALUE_NET:
        if (!inet_ntop(v->net->v6 ? AF_INET6 : AF_INET, v->net->bytes, text, INET6_ADDRSTRLEN))
            return false;
        n = (int)strlen(text);
        if (v->net->prefix != (v->net->v6 ? 128 : 32))
            n += snprintf(text + n, sizeof(text) - (size_t)n, "/%u", v->net->prefix);
        break;
    case VALUE_LIST:
    case VALUE_NONE:
    case VALUE_DYNAMIC:
        return false;
    }
    *ret = add(s, str_n(text, (size_t)n));
    return true;
}

static bool change_case(struct str text, bool upper, struct scratch *s, struct str *ret)
{
    char *p = s->p + s->used;
    *ret = add(s, text);
    for (size_t i = 0; i < ret->n; i++)
        if (p[i] >= (upper ? 'a' : 'A') && p[i] <= (upper ? 'z' : 'Z'))
            p[i] ^= 0x20;
    return true;
}

static bool decode(struct str text, struct scratch *s, struct str *ret)
{
    /* Cut to whole groups of four, so that the front of a long text is still seen. */
    size_t room = s->size - s->used, n;
    if (BASE64_ROOM(text.n) > room)
        text = str_sub(text, 0, room < 8 ? 0 : (room - 4) / 3 * 4);
    char *to = s->p + s->used;
    if (!text.n || !base64_decode_into(text, to, &n))
        return false;
    s->used += n;
    *ret = str_n(to, n);
    return true;
}

static bool map_text(enum transformer t, const struct value *v, struct scratch *s, struct value *ret)
{
    struct str text;
    if (t >= TR_MINUTE && v->type == VALUE_TIME)
        return time_part(t, (int64_t)(v->u / 1'000'000'000), ret);
    if (!transform_text(v, s, &text))
        return false;
    *ret = VALUE_OF_STR(text);
    switch (t) {
    case TR_TEXT:
        return true;
    case TR_NUMBER:
        ret->type = VALUE_DOUBLE;
        return typing_double(text, &ret->d);
    case TR_MINUTE:
    case TR_HOUR:
    case TR_DAY:
    case TR_WEEK:
    case TR_MONTH:
    case TR_YEAR:
        return time_part_of_text(t, text, ret);
    case TR_TOLOWER:
    case TR_TOUPPER:
        return change_case(text, t == TR_TOUPPER, s, &ret->s);
    case TR_B64:
        return decode(text, s, &ret->s);
    case TR_BASENAME:
        ret->s = str_basename(text);
        return true;
    default:
        return false;
    }
}

/* Each element on its own; elements that have no result are left out. */
static int map_list(enum transformer t, struct value_list list, struct scratch *s, struct value *ret)
{
    struct value *v = list.n <= s->size / sizeof(*v) ? take(s, list.n * sizeof(*v)) : NULL;
    size_t n = 0;
    for (size_t i = 0; v && i < list.n; i++)
        n += map_text(t, &list.v[i], s, &v[n]);
    *ret = (struct value){.type = VALUE_LIST, .list = {v, n}};
    return n > 0;
}

static int length(const struct value *v, struct scratch *s, struct value *ret)
{
    struct str text;
    if (v->type == VALUE_LIST)
        *ret = VALUE_OF_UINT(v->list.n);
    else if (transform_text(v, s, &text))
        *ret = VALUE_OF_UINT(text.n);
    else
        return 0;
    return 1;
}

/* Values of one call are written side by side, so that the result is one piece of the scratch. */
static int join(struct str separator, const struct value *const *args, size_t n, struct scratch *s,
                struct value *ret)
{
    struct str out = str_n(s->p + s->used, 0);
    bool first = true;
    for (size_t i = 0; i < n; i++) {
        const bool is_list = args[i]->type == VALUE_LIST;
        const struct value *v = is_list ? args[i]->list.v : args[i];
        for (size_t k = 0, count = is_list ? args[i]->list.n : 1; k < count; k++) {
            if (!first)
                out.n += add(s, separator).n;
            first = false;
            size_t before = s->used;
            struct str text;
            if (!transform_text(&v[k], s, &text))
                continue;
            out.n += s->used == before ? add(s, text).n : s->used - before;
        }
    }
    *ret = VALUE_OF_STR(out);
    return 1;
}

/* One word of the arguments; false at the end. A text is split at blanks. */
struct words {
    const struct value *v;
    struct str rest;
    size_t at;
};
static bool next_word(struct words *w, struct str *ret)
{
    if (w->v->type == VALUE_LIST) {
        if (w->at >= w->v->list.n || w->v->list.v[w->at].type != VALUE_STRING)
            return false;
        *ret = w->v->list.v[w->at++].s;
        return true;
    }
    while (str_split(&w->rest, ' ', ret))
        if (ret->n)
            return true;
    return false;
}

/* The letters of getopt(3): what a letter is, and whether a missing argument gives ":" instead of "?". */
static const char *find_letter(struct str letters, char c, bool *ret_takes)
{
    const char *at = c == ':' || !letters.n ? NULL : memchr(letters.p, c, letters.n);
    *ret_takes = at && at + 1 < letters.p + letters.n && at[1] == ':';
    return at;
}

/*
 * As Falco reads a command line: letters may be joined in one word, a letter with ':' takes the rest of its
 * word or the next word, long options are passed over, "--" and the first word that is no option end it. With
 * a letter in brackets the last value of that letter, the letter itself where it takes none; without, all
 * letters and values as a list, "?" for a letter that is not known or lacks its value.
 */
static int options(const struct operand *o, const struct value *v, struct scratch *s, struct value *ret)
{
    enum { MOST = 128 };
    struct str letters = o->args[1]->literal, word;
    struct words w = {.v = v};
    struct value *out = o->has_arg ? NULL : take(s, MOST * sizeof(*out));
    const struct str missing = letters.n && letters.p[0] == ':' ? STR(":") : STR("?");
    size_t n = 0;
    bool found = false;
    if ((v->type != VALUE_LIST && !transform_text(v, s, &w.rest)) || (!o->has_arg && !out))
        return 0;
    while (next_word(&w, &word) && word.n > 1 && word.p[0] == '-' && !str_is(word, "--")) {
        bool takes = false;
        for (size_t i = word.p[1] == '-' ? word.n : 1; i < word.n && !takes; i++) {
            const struct str letter = str_sub(word, i, i + 1);
            struct str value = letter;
            const bool is_known = find_letter(letters, letter.p[0], &takes);
            bool is_complete = is_known;
            if (takes) {
                value = str_sub(word, i + 1, word.n);
                is_complete = value.n || next_word(&w, &value);
            }
            if (o->has_arg && is_complete && str_eq(letter, o->arg)) {
                *ret = VALUE_OF_STR(value);
                found = true;
            } else if (!o->has_arg && n + 2 <= MOST) {
                out[n++] = VALUE_OF_STR(is_complete ? letter : is_known ? missing : STR("?"));
                if (takes && is_complete)
                    out[n++] = VALUE_OF_STR(value);
            }
        }
    }
    if (!o->has_arg)
        *ret = (struct value){.type = VALUE_LIST, .list = {out, n}};
    return found || n > 0;
}

int transform_apply(const struct operand *o, const struct value *const *args, struct scratch *s,
                    struct value *ret)
{
    for (size_t i = 0; i < o->n_args; i++)
        if (!args[i])
            return 0;
    switch (o->transformer) {
    case TR_VAL:
        *ret = *args[0];
        return 1;
    case TR_TOLOWER:
    case TR_TOUPPER:
    case TR_B64:
    case TR_BASENAME:
    case TR_TEXT:
    case TR_NUMBER:
    case TR_MINUTE:
    case TR_HOUR:
    case TR_DAY:
    case TR_WEEK:
    case TR_MONTH:
    case TR_YEAR:
        if (args[0]->type == VALUE_LIST)
            return map_list(o->transformer, args[0]->list, s, ret);
        return map_text(o->transformer, args[0], s, ret);
    case TR_LEN:
        return length(args[0], s, ret);
    case TR_JOIN: {
        struct str separator;
        return transform_text(args[0], s, &separator) ? join(separator, args + 1, o->n_args - 1, s, ret) : 0;
    }
    case TR_CONCAT:
        return join(STR(""), args, o->n_args, s, ret);
    case TR_GETOPT:
        return options(o, args[0], s, ret);
    case TR_NONE:
    case TR__N:
        break;
    }
    return 0;
}
