// SPDX-License-Identifier: Apache-2.0
#include <errno.h>

#include "base/digest.h"
#include "base/file.h"
#include "inspect/signs.h"

enum { FILE_BYTES_MAX = 8 << 20 };

enum field_id signs_count_field(enum field_id field)
{
    switch (field) {
    case F_MINER_SIGNS:
        return F_MINER_SIGNS_COUNT;
    case F_WEBMINER_SIGNS:
        return F_WEBMINER_SIGNS_COUNT;
    case F_DDOS_SIGNS:
        return F_DDOS_SIGNS_COUNT;
    default:
        return FIELD__INVALID;
    }
}

/* The bytes that a line stands for; false when an escape is none. */
static bool unescape(struct str line, char *ret, size_t *ret_n)
{
    size_t n = 0;
    for (size_t i = 0; i < line.n; i++) {
        char c = line.p[i];
        if (c == '\\') {
            if (++i >= line.n)
                return false;
            c = line.p[i];
            if (c == 'x') {
                if (line.n - i < 3 || !hex_decode(str_sub(line, i + 1, i + 3), (uint8_t *)&c))
                    return false;
                i += 2;
            } else if (c != '\\' && c != '#' && c != '[') {
                return false;
            }
        }
        ret[n++] = c;
    }
    *ret_n = n;
    return true;
}

static int section(struct str line, enum field_id *ret_field, bool *ret_nocase)
{
    ptrdiff_t stop = str_find(line, STR("]"), 0);
    if (stop < 0)
        return -EINVAL;
    struct str rest = str_trim(str_sub(line, (size_t)stop + 1, line.n));
    enum field_id field = field_from(str_sub(line, 1, (size_t)stop));
    if ((rest.n && !str_is(rest, "nocase")) || field < 0 || signs_count_field(field) < 0)
        return -EINVAL;
    *ret_field = field;
    *ret_nocase = rest.n > 0;
    return 0;
}

int signs_add(struct signs *s, struct str text, const char *name, struct error *err)
{
    enum field_id field = FIELD__INVALID;
    bool nocase = false;
    struct str line;
    for (unsigned number = 1; str_split(&text, '\n', &line); number++) {
        line = str_trim(line);
        if (!line.n || line.p[0] == '#')
            continue;
        if (line.p[0] == '[') {
            if (section(line, &field, &nocase) < 0)
                return error_set(err, -EINVAL,
                                 "%s:%u: a section is [miner.signs], [webminer.signs] or [ddos.signs], with "
                                 "`nocase` behind it "
                                 "where case does not matter; a string that begins with [ is written \\[",
                                 name, number);
            continue;
        }
        char bytes[SIGN_BYTES_MAX];
        size_t n;
        if (field == FIELD__INVALID)
            return error_set(err, -EINVAL,
                             "%s:%u: a string before the first section; begin with [miner.signs] or the like",
                             name, number);
        if (line.n > sizeof(bytes) || !unescape(line, bytes, &n))
            return error_set(
                err, -EINVAL,
                "%s:%u: longer than %d bytes, or a wrong escape; \\xHH, \\\\, \\# and \\[ are known", name,
                number, SIGN_BYTES_MAX);
        if (n < SIGN_BYTES_MIN)
            return error_set(err, -EINVAL,
                             "%s:%u: shorter than %d bytes, which is found in everything; remove it", name,
                             number, SIGN_BYTES_MIN);
        if (s->v.n >= SIGNS_MAX)
            return error_set(err, -EINVAL, "%s:%u: more than %d strings", name, number, SIGNS_MAX);
        vec_add(&s->v, (struct sign){
                           .field = field, .text = arena_str(&s->arena, str_n(bytes, n)), .nocase = nocase});
    }
    return 0;
}

int signs_add_file(struct signs *s, const char *path, struct error *err)
{
    _cleanup_(strbuf_done) struct strbuf text = {};
    int r = file_read(path, FILE_BYTES_MAX, &text, err);
    return r < 0 ? r : signs_add(s, strbuf_str(&text), path, err);
}

void signs_done(struct signs *s)
{
    vec_done(&s->v);
    arena_done(&s->arena);
}
