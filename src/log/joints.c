// SPDX-License-Identifier: Apache-2.0
#include "log/joints.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "log/plain.h"

enum { END = 16 }; /* bytes of a joint that are compared at each of its ends */

/* Two words of a tape, written together; the last one of a joint may be written over. */
typedef uint64_t two_words __attribute__((vector_size(16)));

struct joint_closed {
    uint64_t word; /* which an object or list has whose end is known now */
    uint32_t at;
};

struct joint {
    struct joint *next, *beside; /* the first one behind its value; another in its place */
    uint64_t words[4]; /* its bytes; of more than sixteen the first and the last sixteen */
    uint64_t masks[2]; /* of the first two, when there are fewer */
    uint32_t size;
    uint32_t n_marks, reach; /* behind so many marks is that of its value, so many bytes from where it begins; of the last one: its end */
    uint32_t n_on_tape, n_closed;
    char value;              /* behind it: " or l, as on a tape; 0: it is the last one */
    const char *bytes;       /* all of them, of more than thirty-two */
    const two_words *on_tape; /* each with those bits of its place that are added: all, when it is a name, counted from where the joint begins; or none */
    const struct joint_closed *closed;
    struct object_members *members; /* of the last one */
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
    uint64_t *w = words + 1;
    uint32_t at = *mark; /* where the joint begins */
    if (!pays(joints))
        return 0;
    for (;;) {
        for (j = j->next; j && !is_there(j, t, at, mark, end); j = j->beside)
            ;
        if (!j)
            return 0;
        const two_words place = {at, at}, *from_tape = j->on_tape;
        uint64_t *const behind = w + j->n_on_tape;
        for (uint64_t *to = w; to < behind; to += 2, from_tape += 2) {
            const two_words two = from_tape[0] + (place & from_tape[1]);
            memcpy(to, &two, sizeof(two));
        }
        w = behind;
        for (uint32_t i = 0; i < j->n_closed; i++)
            words[j->closed[i].at] = j->closed[i].word;
        mark += j->n_marks;
        if (j->value == '"') {
            const uint32_t from = *mark + 1;
            at = mark[1] - 1;
            if (at < from)
                return 0;
            *w++ = ((uint64_t)'"' << 56 | from) + ((uint64_t)(at - from) << 32);
        } else if (j->value) {
            if (!(w = plain_number(t + *mark, w)))
                return 0;
            at = mark[1];
        } else {
            break;
        }
        mark++;
    }
    joints->hits++;
    *ret = (struct tape){.words = words, .text = t, .members = j->members};
    return (size_t)(mark - marks) + 1;
}

/* ---- learning ---- */

/* A joint as it is put together. */
struct draft {
    struct joint joint;
    two_words on_tape[JOINT_WORDS]; /* as those of a joint */
    struct joint_closed closed[JOINT_CLOSED];
    struct str text;
};

/* Takes what a draft points to into the arena. */
static struct joint *keep(struct joints *joints, const struct draft *d)
{
    struct joint *j = arena_new(&joints->arena, struct joint);
    two_words *on_tape = arena_array(&joints->arena, two_words, d->joint.n_on_tape + 1);
    struct joint_closed *closed = arena_array(&joints->arena, struct joint_closed, d->joint.n_closed + 1);
    *j = d->joint;
    memcpy(on_tape, d->on_tape, (j->n_on_tape + 1) / 2 * 2 * sizeof(*on_tape));
    memcpy(closed, d->closed, j->n_closed * sizeof(*closed));
    j->on_tape = on_tape;
    j->closed = closed;
    j->bytes = j->size > 2 * END ? arena_str(&joints->arena, d->text).p : NULL;
    joints->n++;
    return j;
}

static bool is_same(const struct joint *a, const struct draft *d)
{
    const struct joint *b = &d->joint;
    return a->size == b->size && a->value == b->value && a->n_marks == b->n_marks && !memcmp(a->words, b->words, sizeof(a->words)) &&
           (a->size <= 2 * END || !memcmp(a->bytes, d->text.p, a->size));
}

static bool has_room(const struct joints *j)
{
    return j->n < JOINTS && j->arena.bytes < JOINTS_BYTES;
}

/* The joint is over, and what it leads to begins. NULL: there is no room. */
static struct joint *put(struct joints *joints, struct joint *behind, struct draft *d, struct str text, size_t n_marks, char value)
{
    struct joint **at = &behind->next, *j = &d->joint;
    unsigned n = 0;
    if (!text.n || text.n > JOINT_SIZE)
        return NULL;
    d->text = text;
    j->size = (uint32_t)text.n;
    j->n_marks = (uint32_t)n_marks;
    j->reach = j->size - (value != 'l');
    j->value = value;
    memset(j->words, 0, sizeof(j->words));
    memset(j->masks, 0, sizeof(j->masks));
    memcpy(j->words, text.p, text.n < END ? text.n : END);
    memset(j->masks, 0xff, text.n < END ? text.n : END);
    if (text.n > END)
        memcpy(&j->words[2], text.p + text.n - END, END);
    for (; *at && !is_same(*at, d); at = &(*at)->beside)
        if (++n == JOINT_BESIDE)
            return NULL;
    if (!*at && has_room(joints))
        *at = keep(joints, d);
    d->joint = (struct joint){};
    return *at;
}

/* The next word on the tape. False: there are too many. */
static bool add_word(struct draft *d, uint64_t word, uint64_t moves)
{
    if (d->joint.n_on_tape == JOINT_WORDS)
        return false;
    const uint32_t i = d->joint.n_on_tape++, two = i / 2 * 2;
    d->on_tape[two][i % 2] = word;
    d->on_tape[two + 1][i % 2] = moves;
    return true;
}

/* An object or list is over. */
static bool close_one(struct draft *d, const struct tape *tape, uint32_t open, uint32_t close)
{
    if (d->joint.n_closed == JOINT_CLOSED)
        return false;
    d->closed[d->joint.n_closed++] = (struct joint_closed){tape->words[open], open};
    return add_word(d, tape->words[close], 0);
}

/* False: there is something that no joint can have, or no room. */
static bool learn(struct joints *joints, struct str text, const uint32_t *marks, size_t n, const struct tape *tape)
{
    struct draft d = {};
    struct joint *behind = &joints->begin;
    uint32_t open[PLAIN_DEPTH], begin = marks[0], word = 1;
    size_t depth = 0, first = 0; /* mark of the joint */
    bool is_name = false;        /* a string here is one */
    for (size_t m = 0; m < n; m++) {
        const uint32_t at = marks[m];
        const char c = text.p[at];
        const bool is_in_object = depth && tape->words[open[depth - 1]] >> 56 == '{';
        if (c == '{' || c == '[') {
            open[depth++] = word;
            is_name = c == '{';
            if (!add_word(&d, (uint64_t)c << 56, 0))
                return false;
            word++;
        } else if (c == '}' || c == ']') {
            if (!close_one(&d, tape, open[--depth], word++))
                return false;
            is_name = false;
        } else if (c == ',' || c == ':') {
            is_name = c == ',' && is_in_object;
        } else if (c == '"' && is_name) {
            if (!add_word(&d, tape->words[word++] - begin, UINT64_MAX))
                return false;
        } else if (c == '"' || is_digit(c)) {
            const bool is_string = c == '"';
            const uint32_t over = marks[m + 1]; /* right behind the value, or something stands between that is no joint's */
            if (is_string ? text.p[over - 1] != '"' || over - at < 2 : !is_digit(text.p[over - 1]))
                return false;
            behind = put(joints, behind, &d, str_sub(text, begin, at + is_string), m - first, is_string ? '"' : 'l');
            if (!behind)
                return false;
            begin = over - is_string;
            first = m + 1;
            word += is_string ? 1 : 2;
        } else if (!add_word(&d, (uint64_t)(uint8_t)c << 56, 0)) { /* true, false, null */
            return false;
        } else {
            word++;
        }
    }
    struct joint *last = put(joints, behind, &d, str_sub(text, begin, marks[n - 1] + 1), n - 1 - first, 0);
    if (last && !last->members) {
        last->members = arena_new(&joints->arena, struct object_members);
        *last->members = *tape->members;
        last->members->tree = NULL;
        last->members->kept = arena_array(&joints->arena, uint32_t, NODE_KEPT);
    }
    return last;
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
