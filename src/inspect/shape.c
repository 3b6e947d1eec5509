// SPDX-License-Identifier: Apache-2.0
#include "inspect/shape.h"

#include <errno.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/file.h"
#include "base/hash.h"
#include "inspect/script.h"

/* Keys of the numbers: they are written to files, so they must not change. */
static const uint64_t KEY[2] = {0x6461767973686170, 0x65206f6620727573};

static int compare(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

/* Letters that stand for something, and marks: without a command or option they say nothing. */
static bool says_something(struct str token)
{
    return token.n > 1 && (token.p[0] == '-' || (token.p[0] >= 'a' && token.p[0] <= 'z') || token.p[0] == '.');
}

void shape_add(struct shape *s, struct str tokens)
{
    struct str last[SHAPE_RUN] = {}, token;
    while (s->runs.n < SHAPE_RUNS_MAX && str_split(&tokens, ' ', &token)) {
        if (!token.n)
            continue;
        bool says = says_something(token);
        for (size_t i = 0; i + 1 < SHAPE_RUN; i++) {
            last[i] = last[i + 1];
            says |= last[i].n && says_something(last[i]);
        }
        last[SHAPE_RUN - 1] = token;
        if (!last[0].n || !says)
            continue;
        struct str run = str_n(last[0].p, (size_t)(token.p + token.n - last[0].p));
        vec_add(&s->runs, (uint32_t)hash_keyed(run.p, run.n, KEY[0], KEY[1]));
    }
    if (!s->runs.n)
        return;
    qsort(s->runs.v, s->runs.n, sizeof(*s->runs.v), compare);
    size_t n = 1;
    for (size_t i = 1; i < s->runs.n; i++)
        if (s->runs.v[i] != s->runs.v[n - 1])
            s->runs.v[n++] = s->runs.v[i];
    s->runs.n = n;
}

void shape_done(struct shape *s)
{
    vec_done(&s->runs);
}

static size_t common(const uint32_t *a, size_t n, const uint32_t *b, size_t m)
{
    size_t both = 0;
    for (size_t i = 0, j = 0; i < n && j < m;) {
        both += a[i] == b[j];
        uint32_t x = a[i], y = b[j];
        i += x <= y;
        j += y <= x;
    }
    return both;
}

double shape_contained(const struct shape *known, const struct shape *s)
{
    if (known->runs.n < SHAPE_RUNS_MIN)
        return 0;
    return (double)common(known->runs.v, known->runs.n, s->runs.v, s->runs.n) / (double)known->runs.n;
}

/* ---- sketches ---- */

void shape_sketch(const struct shape *s, struct shape_sketch *ret)
{
    ret->n = s->runs.n < SHAPE_RUNS_MIN ? 0 : s->runs.n < SHAPE_SKETCH ? (unsigned)s->runs.n : SHAPE_SKETCH;
    if (ret->n)
        memcpy(ret->v, s->runs.v, ret->n * sizeof(*ret->v));
}

void shape_sketch_text(const struct shape_sketch *k, char *text)
{
    *text = 0;
    for (unsigned i = 0; i < k->n; i++)
        sprintf(text + (size_t)8 * i, "%08x", k->v[i]);
}

/* ---- known shapes ---- */

static int add_known(struct shapes *s, const char *path, unsigned line, struct str name, struct str text, struct error *err)
{
    if (s->n >= SHAPES_MAX)
        return error_set(err, -EINVAL, "%s:%u: more than %d shapes: take some out", path, line, SHAPES_MAX);
    struct shape shape = {};
    script_shape(text, &shape);
    if (shape.runs.n < SHAPE_RUNS_MIN) {
        shape_done(&shape);
        return error_set(err, -EINVAL, "%s:%u: [%.*s] is alike to others by chance: write more of what it does", path, line,
                         STR_ARG(name));
    }
    s->v = xrealloc(s->v, s->n + 1, sizeof(*s->v));
    s->v[s->n].name = xstrndup(name.p, name.n);
    s->v[s->n++].shape = shape;
    return 0;
}

int shapes_add_file(struct shapes *s, const char *path, struct error *err)
{
    _cleanup_(strbuf_done) struct strbuf bytes = {};
    int r = file_read(path, SHAPE_FILE_MAX, &bytes, err);
    if (r < 0)
        return r;
    struct str text = strbuf_str(&bytes), rest = text, line, name = {};
    const char *from = NULL;
    unsigned number = 0, begun = 0;
    while (str_split(&rest, '\n', &line)) {
        number++;
        struct str word = str_trim(line);
        bool is_head = word.n > 2 && word.p[0] == '[' && word.p[word.n - 1] == ']' && word.p[1] != '[' && word.p[1] != ' ';
        if (!is_head && !name.n && word.n && word.p[0] != '#')
            return error_set(err, -EINVAL, "%s:%u: text before the first [name]: put the name above it", path, number);
        if (!is_head)
            continue;
        if (name.n && (r = add_known(s, path, begun, name, str_n(from, (size_t)(line.p - from)), err)) < 0)
            return r;
        name = str_sub(word, 1, word.n - 1);
        from = line.p + line.n + (line.p + line.n < text.p + text.n);
        begun = number;
    }
    return name.n ? add_known(s, path, begun, name, str_n(from, (size_t)(text.p + text.n - from)), err) : 0;
}

void shapes_done(struct shapes *s)
{
    for (size_t i = 0; i < s->n; i++) {
        free(s->v[i].name);
        shape_done(&s->v[i].shape);
    }
    free(s->v);
    *s = (struct shapes){};
}

const struct known_shape *shapes_nearest(const struct shapes *known, const struct shape *s, double *ret_part)
{
    const struct known_shape *best = NULL;
    double most = 0.5;
    for (size_t i = 0; i < known->n; i++) {
        double part = shape_contained(&known->v[i].shape, s);
        if (part >= most) {
            most = part;
            best = &known->v[i];
        }
    }
    if (best)
        *ret_part = most;
    return best;
}
