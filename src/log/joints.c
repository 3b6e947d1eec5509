// SPDX-License-Identifier: Apache-2.0
#include "log/joints.h"

#include <stdlib.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "base/alloc.h"
#include "base/arena.h"
#include "log/plain.h"

enum { END = 16 }; /* bytes of a joint that are compared at each of its ends */

/* An object whose joints are all known. */
struct joint_whole {
    uint64_t *words;        /* its tape, on which the values are those of the text at hand */
    const uint32_t *values; /* which words they are, in order */
    uint32_t n_values;
    const uint16_t *path;   /* its joints, in order */
    const char *names;      /* in which its names lie */
    struct object_members members;
};

/* One line of the cache each. */
struct joint {
    char head[END], tail[END]; /* its first bytes; of more than sixteen also the last ones */
    const char *bytes;       /* all of them, of more than thirty-two */
    const uint16_t *onward;  /* those that came behind it, of a path; NULL: it is on none */
    uint16_t next, beside;   /* the first one behind its value; another in its place. 0: there is none */
    uint16_t size;
    uint16_t n_marks, reach; /* behind so many marks is that of its value, so many bytes from where it begins; of the last one: its end */
    uint16_t beyond;         /* a bit for each byte of `head` that is none of its own */
    char value;              /* behind it: " or l, as on a tape; 0: it is the last one */
} __attribute__((aligned(64)));
_Static_assert(sizeof(struct joint) == 64 && JOINTS <= UINT16_MAX && JOINT_SIZE <= UINT16_MAX, "a line of the cache, with numbers of sixteen bits");

struct joints {
    void *room;
    struct joint *v; /* JOINTS of them, in `room`; behind [0] are the first ones */
    struct joint_whole **wholes; /* of those of them that are the last ones; NULL: it is too much to keep, or none */
    struct arena arena;
    uint32_t n, lost;
    uint32_t tries, hits, pause;
};

struct joints *joints_new(void)
{
    struct joints *j = xnew(struct joints);
    j->room = xalloc((JOINTS + 1) * sizeof(*j->v));
    j->v = (struct joint *)(((uintptr_t)j->room + sizeof(*j->v) - 1) / sizeof(*j->v) * sizeof(*j->v));
    j->wholes = xalloc(JOINTS * sizeof(*j->wholes));
    j->n = 1;
    return j;
}

struct joints *joints_free(struct joints *j)
{
    if (!j)
        return NULL;
    arena_done(&j->arena);
    free(j->room);
    free(j->wholes);
    free(j);
    return NULL;
}

static inline bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* A bit for each of END bytes that are equal. */
static inline uint32_t equal_bytes(const char *a, const char *b)
{
#ifdef __SSE2__
    const __m128i x = _mm_loadu_si128((const __m128i *)(const void *)a), y = _mm_loadu_si128((const __m128i *)(const void *)b);
    return (uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(x, y));
#else
    uint32_t bits = 0;
    for (unsigned i = 0; i < END; i++)
        bits |= (uint32_t)(a[i] == b[i]) << i;
    return bits;
#endif
}

/* Whether a joint stands at a place of a text, of which END bytes more may be read behind it. Where it has to end a mark is, so it does not go beyond the text. */
static inline bool is_there(const struct joint *j, const char *text, uint32_t at, const uint32_t *mark, const uint32_t *end)
{
    enum { ALL = (1 << END) - 1 };
    const char *const p = text + at;
    if (mark + j->n_marks >= end || mark[j->n_marks] != at + j->reach || (equal_bytes(p, j->head) | j->beyond) != ALL)
        return false;
    if (j->size > END) {
        if (equal_bytes(p + j->size - END, j->tail) != ALL)
            return false;
        for (uint32_t i = END; i + END < j->size; i += END)
            if (equal_bytes(p + i, j->bytes + i) != ALL)
                return false;
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
    struct joint *const all = joints->v, *j = all;
    const uint16_t *path = all->onward; /* which the text seems to take */
    struct joint *turn = all;           /* where it left another last */
    size_t n_before = 0;                /* values before that */
    uint64_t *value = words; /* as they come: where they belong is known at the end */
    uint32_t at = *mark; /* where the joint begins */
    if (!pays(joints) || !path)
        return 0;
    for (;;) {
        /* mostly it goes on as it did before: then no joint waits for the one before it to be read */
        struct joint *next = all + *path++;
        if (!is_there(next, t, at, mark, end)) {
            const struct joint *const other = next;
            for (next = all + j->next; next != all && (next == other || !is_there(next, t, at, mark, end)); next = all + next->beside)
                ;
            if (next == all || !next->onward)
                return 0;
            path = next->onward;
            turn = next;
            n_before = (size_t)(value - words);
        }
        j = next;
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
    struct joint_whole *const whole = joints->wholes[j - all];
    if (!whole)
        return 0;
    joints->hits++;
    all->onward = whole->path;
    if (turn != all)
        turn->onward = whole->path + n_before + 1;
    const uint32_t n_values = whole->n_values, *const places = whole->values;
    uint64_t *const tape = whole->words;
    for (uint32_t i = 0; i < n_values; i++)
        tape[places[i]] = words[i];
    *ret = (struct tape){.words = tape, .text = t, .names = whole->names, .members = &whole->members};
    return (size_t)(mark - marks) + 1;
}

/* ---- learning ---- */

static bool is_same(const struct joint *a, const struct joint *b, struct str text)
{
    return a->size == b->size && a->value == b->value && a->n_marks == b->n_marks && a->beyond == b->beyond && !memcmp(a->head, b->head, END) && !memcmp(a->tail, b->tail, END) &&
           (a->size <= 2 * END || !memcmp(a->bytes, text.p, a->size));
}

static bool has_room(const struct joints *j)
{
    return j->n < JOINTS && j->arena.bytes < JOINTS_BYTES;
}

/* The joint behind another that has this text, and what it leads to. 0: there is no room. */
static uint16_t put(struct joints *joints, uint16_t behind, struct str text, size_t n_marks, char value)
{
    struct joint j = {.size = (uint16_t)text.n, .n_marks = (uint16_t)n_marks, .reach = (uint16_t)(text.n - (value != 'l')), .value = value};
    uint16_t *at = &joints->v[behind].next;
    unsigned n = 0;
    if (!text.n || text.n > JOINT_SIZE)
        return 0;
    memcpy(j.head, text.p, text.n < END ? text.n : END);
    j.beyond = text.n < END ? (uint16_t)(UINT32_C(0xffff) >> text.n << text.n) : 0;
    if (text.n > END)
        memcpy(j.tail, text.p + text.n - END, END);
    for (; *at && !is_same(&joints->v[*at], &j, text); at = &joints->v[*at].beside)
        if (++n == JOINT_BESIDE)
            return 0;
    if (!*at && has_room(joints)) {
        j.bytes = text.n > 2 * END ? arena_str(&joints->arena, text).p : NULL;
        *at = (uint16_t)joints->n++;
        joints->v[*at] = j;
        joints->wholes[*at] = NULL;
    }
    return *at;
}

/* Words of a tape. */
struct found {
    uint32_t values[JOINT_VALUES], names[JOINT_NAMES];
    uint16_t path[JOINT_VALUES + 1]; /* joints */
    uint32_t n_values, n_names;
};

static struct joint_whole *keep_whole(struct joints *joints, const struct tape *tape, const struct found *f)
{
    const uint32_t n_words = (uint32_t)tape->words[1]; /* the word behind the object */
    if (n_words > JOINT_TAPE)
        return NULL;
    struct joint_whole *w = arena_new(&joints->arena, struct joint_whole);
    uint32_t *values = arena_array(&joints->arena, uint32_t, f->n_values + 1);
    uint16_t *path = arena_array(&joints->arena, uint16_t, f->n_values + 1);
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
    w->path = path;
    for (uint32_t i = 0; i <= f->n_values; i++)
        path[i] = f->path[i];
    for (uint32_t i = 0; i <= f->n_values; i++) {
        struct joint *j = &joints->v[path[i]];
        j->onward = path + i + 1; /* behind the last one nobody looks */
    }
    joints->v[0].onward = path;
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
    uint16_t j = 0;
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
            f.path[f.n_values] = j;
            f.values[f.n_values++] = word;
        } /* else true, false, null */
        is_name = c == '{';
        word++;
    }
    j = put(joints, j, str_sub(text, begin, marks[n - 1] + 1), n - 1 - first, 0);
    f.path[f.n_values] = j;
    if (j && !joints->wholes[j])
        joints->wholes[j] = keep_whole(joints, tape, &f);
    return j && joints->wholes[j];
}

void joints_learn(struct joints *j, struct str text, const uint32_t *marks, size_t n, const struct tape *tape)
{
    if (j->pause || !tape->members->v[0].is_followed || tape->members->lost.at)
        return;
    if (learn(j, text, marks, n, tape) || has_room(j) || ++j->lost < JOINTS_LOST)
        return;
    j->v[0].next = 0;
    j->v[0].onward = NULL;
    j->n = 1;
    j->lost = 0;
    arena_reset(&j->arena);
}
