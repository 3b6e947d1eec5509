// SPDX-License-Identifier: Apache-2.0
#include "log/joints.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "log/plain.h"

enum { END = 16 }; /* bytes of a joint that are compared at each of its ends */

/* An object whose joints are all known. */
struct joint_whole {
    uint64_t *words;        /* its tape, on which the values are those of the text at hand */
    const uint32_t *values; /* which words they are, in order */
    uint32_t n_values;
    const char *names;      /* in which its names lie */
    struct object_members members;
};

struct joint {
    struct joint *next, *beside; /* the first one behind its value; another in its place */
    uint64_t words[4];       /* its bytes; of more than sixteen the first and the last sixteen */
    uint64_t masks[2];       /* of the first two, when there are fewer */
    uint32_t size;
    uint32_t n_marks, reach; /* behind so many marks is that of its value, so many bytes from where it begins; of the last one: its end */
    char value;              /* behind it: " or l, as on a tape; 0: it is the last one */
    const char *bytes;       /* all of them, of more than thirty-two */
    struct joint_whole *whole; /* of the last one; NULL: it is too much to keep */
};

struct joints {
    struct joint begin; /* those behind it are the first ones */
    struct arena arena;
    uint32_t n, lost;
    uint32_t tries, hits, pause;
};

struct joints *joints_new(void)
{
    return xnew(struct joints);
}

struct joints *joints_free(struct joints *j)
{
    if (j)
        arena_done(&j->arena);
    free(j);
    return NULL;
}

static inline bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Whether a joint stands at a place of a text, of which END bytes more may be read behind it. Where it has to end a mark is, so it does not go beyond the text. */
static inline bool is_there(const struct joint *j, const char *text, uint32_t at, const uint32_t *mark, const uint32_t *end)
{
    const char *const p = text + at;
    uint64_t head[2], tail[2];
    if (mark + j->n_marks >= end || mark[j->n_marks] != at + j->reach)
        return false;
    memcpy(head, p, sizeof(head));
    if (((head[0] ^ j->words[0]) & j->masks[0]) | ((head[1] ^ j->words[1]) & j->masks[1]))
        return false;
    if (j->size > END) {
        memcpy(tail, p + j->size - END, sizeof(tail));
        if ((tail[0] ^ j->words[2]) | (tail[1] ^ j->words[3]))
            return false;
        for (uint32_t i = END; i < j->size - END; i += END) {
            memcpy(tail, p + i, sizeof(tail));
            memcpy(head, j->bytes + i, sizeof(head));
            if ((tail[0] ^ head[0]) | (tail[1] ^ head[1]))
                return false;
        }
    }
    return j->value != 'l' || is_digit(p[j->size]);
}

static bool pays(struct joints *j)
{
    if (j->pause) {
        j->pause--;
        return false;
    }
    if (++j->tries == JOINTS_TRIAL) {
        j->pause = j->hits < JOINTS_TRIAL / 4 ? JOINTS_PAUSE : 0;
        j->tries = j->hits = 0;
    }
    return true;
}

size_t joints_read(struct joints *joints, struct str text, const uint32_t *marks, size_t n, uint64_t *words, struct tape *ret)
{
    const char *const t = text.p;
    const uint32_t *mark = marks, *const end = marks + n;
    const struct joint *j = &joints->begin;
    uint64_t *value = words; /* as they come: where they belong is known at the end */
    uint32_t at = *mark; /* where the joint begins */
    if (!pays(joints))
        return 0;
    for (;;) {
        for (j = j->next; j && !is_there(j, t, at, mark, end); j = j->beside)
            ;
        if (!j)
            return 0;
        mark += j->n_marks;
        if (j->value == '"') {
            const uint32_t from = *mark + 1;
            at = mark[1] - 1;
            if (at < from)
                return 0;
            *value++ = ((uint64_t)'"' << 56 | from) + ((uint64_t)(at - from) << 32);
        } else if (j->value) {
            if (!plain_number(t + *mark, value))
                return 0;
            value[0] = value[1];
            value++;
            at = mark[1];
        } else {
            break;
        }
        mark++;
    }
    struct joint_whole *const whole = j->whole;
    if (!whole)
        return 0;
    joints->hits++;
    for (uint32_t i = 0; i < whole->n_values; i++)
        whole->words[whole->values[i]] = words[i];
    *ret = (struct tape){.words = whole->words, .text = t, .names = whole->names, .members = &whole->members};
    return (size_t)(mark - marks) + 1;
}

/* ---- learning ---- */

/* Takes a joint into the arena. */
static struct joint *keep(struct joints *joints, const struct joint *draft, struct str text)
{
    struct joint *j = arena_new(&joints->arena, struct joint);
    *j = *draft;
    j->bytes = j->size > 2 * END ? arena_str(&joints->arena, text).p : NULL;
    joints->n++;
    return j;
}

static bool is_same(const struct joint *a, const struct joint *b, struct str text)
{
    return a->size == b->size && a->value == b->value && a->n_marks == b->n_marks && !memcmp(a->words, b->words, sizeof(a->words)) &&
           (a->size <= 2 * END || !memcmp(a->bytes, text.p, a->size));
}

static bool has_room(const struct joints *j)
{
    return j->n < JOINTS && j->arena.bytes < JOINTS_BYTES;
}

/* The joint behind another that has this text, and what it leads to. NULL: there is no room. */
static struct joint *put(struct joints *joints, struct joint *behind, struct str text, size_t n_marks, char value)
{
    struct joint j = {.size = (uint32_t)text.n, .n_marks = (uint32_t)n_marks, .reach = (uint32_t)text.n - (value != 'l'), .value = value}, **at = &behind->next;
    unsigned n = 0;
    if (!text.n || text.n > JOINT_SIZE)
        return NULL;
    memcpy(j.words, text.p, text.n < END ? text.n : END);
    memset(j.masks, 0xff, text.n < END ? text.n : END);
    if (text.n > END)
        memcpy(&j.words[2], text.p + text.n - END, END);
    for (; *at && !is_same(*at, &j, text); at = &(*at)->beside)
        if (++n == JOINT_BESIDE)
            return NULL;
    if (!*at && has_room(joints))
        *at = keep(joints, &j, text);
    return *at;
}

/* Words of a tape. */
struct found {
    uint32_t values[JOINT_VALUES], names[JOINT_NAMES];
    uint32_t n_values, n_names;
};

static struct joint_whole *keep_whole(struct joints *joints, const struct tape *tape, const struct found *f)
{
    const uint32_t n_words = (uint32_t)tape->words[1]; /* the word behind the object */
    if (n_words > JOINT_TAPE)
        return NULL;
    struct joint_whole *w = arena_new(&joints->arena, struct joint_whole);
    uint32_t *values = arena_array(&joints->arena, uint32_t, f->n_values + 1);
    size_t size = 0, at = 0;
    for (uint32_t i = 0; i < f->n_names; i++)
        size += node_name((struct node){tape, f->names[i]}).n;
    char *names = arena_alloc(&joints->arena, size + 1);
    w->words = arena_array(&joints->arena, uint64_t, n_words);
    memcpy(w->words, tape->words, n_words * sizeof(*w->words));
    memcpy(values, f->values, f->n_values * sizeof(*values));
    for (uint32_t i = 0; i < f->n_names; i++) {
        const struct str name = node_name((struct node){tape, f->names[i]});
        memcpy(names + at, name.p, name.n);
        w->words[f->names[i]] = (uint64_t)'"' << 56 | (uint64_t)name.n << 32 | at;
        at += name.n;
    }
    w->values = values;
    w->n_values = f->n_values;
    w->names = names;
    w->members = *tape->members;
    w->members.tree = NULL;
    w->members.kept = arena_array(&joints->arena, uint32_t, NODE_KEPT);
    return w;
}

/* False: there is something that no joint can have, or no room. */
static bool learn(struct joints *joints, struct str text, const uint32_t *marks, size_t n, const struct tape *tape)
{
    struct found f = {};
    struct joint *j = &joints->begin;
    uint32_t open[PLAIN_DEPTH], begin = marks[0], word = 1;
    size_t depth = 0, first = 0; /* mark of the joint */
    bool is_name = false;        /* a string here is one */
    for (size_t m = 0; m < n; m++) {
        const uint32_t at = marks[m];
        const char c = text.p[at];
        if (c == ',' || c == ':') {
            is_name = c == ',' && tape->words[open[depth - 1]] >> 56 == '{';
            continue;
        }
        if (c == '{' || c == '[') {
            open[depth++] = word;
        } else if (c == '}' || c == ']') {
            depth--;
        } else if (c == '"' && is_name) {
            if (f.n_names == JOINT_NAMES)
                return false;
            f.names[f.n_names++] = word;
        } else if (c == '"' || is_digit(c)) {
            const bool is_string = c == '"';
            const uint32_t over = marks[m + 1]; /* right behind the value, or something stands between that is no joint's */
            if (f.n_values == JOINT_VALUES || (is_string ? text.p[over - 1] != '"' || over - at < 2 : !is_digit(text.p[over - 1])))
                return false;
            j = put(joints, j, str_sub(text, begin, at + is_string), m - first, is_string ? '"' : 'l');
            if (!j)
                return false;
            begin = over - is_string;
            first = m + 1;
            word += !is_string; /* of a number the second word counts */
            f.values[f.n_values++] = word;
        } /* else true, false, null */
        is_name = c == '{';
        word++;
    }
    j = put(joints, j, str_sub(text, begin, marks[n - 1] + 1), n - 1 - first, 0);
    if (j && !j->whole)
        j->whole = keep_whole(joints, tape, &f);
    return j;
}

void joints_learn(struct joints *j, struct str text, const uint32_t *marks, size_t n, const struct tape *tape)
{
    if (j->pause || !tape->members->v[0].is_followed || tape->members->lost.at)
        return;
    if (learn(j, text, marks, n, tape) || has_room(j) || ++j->lost < JOINTS_LOST)
        return;
    j->begin.next = NULL;
    j->n = j->lost = 0;
    arena_reset(&j->arena);
}
