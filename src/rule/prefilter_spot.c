// SPDX-License-Identifier: Apache-2.0
#include "base/strbuf.h"
#include "base/vec.h"
#include "rule/prefilter_spot.h"

struct spot_list {
    VEC(struct spot) v;
    bool is_any; /* an entry cannot say it */
};

/* A text with one of these inside is in no normal text. */
static bool is_never(struct str s)
{
    return str_has(s, STR("//")) || str_has(s, STR("/./")) || str_has(s, STR("/../"));
}

static bool ends_abnormal(struct str s)
{
    return str_ends(s, STR("/")) || str_ends(s, STR("/.")) || str_ends(s, STR("/.."));
}

static void add(struct spot_list *list, enum filter_fit fit, struct str s)
{
    if (s.n > FILTER_PATH_MAX) {
        const bool is_tail = fit == FILTER_ENDS || fit == FILTER_NAMED;
        fit = is_tail ? FILTER_ENDS : FILTER_BEGINS;
        s = is_tail ? str_sub(s, s.n - FILTER_PATH_MAX, s.n) : str_sub(s, 0, FILTER_PATH_MAX);
    }
    vec_add(&list->v, (struct spot){fit, s, (uint32_t)s.n});
}

static void add_beginning(struct spot_list *list, struct str s)
{
    /* A relative beginning says nothing of the absolute form. */
    if (s.n < 2 || s.p[0] != '/')
        list->is_any = true;
    else if (!is_never(s))
        add(list, FILTER_BEGINS, s);
}

static void add_ending(struct spot_list *list, struct str s)
{
    if (!s.n)
        list->is_any = true;
    else if (str_is(s, "/"))
        add(list, FILTER_IS, s);
    else if (!is_never(s) && !ends_abnormal(s))
        add(list, FILTER_ENDS, s);
}

static void add_equal(struct spot_list *list, struct str s)
{
    if (!s.n || s.p[0] != '/')
        add_ending(list, s); /* a relative text is the end of its absolute form */
    else if (str_is(s, "/"))
        add(list, FILTER_IS, s);
    else if (!is_never(s) && !ends_abnormal(s))
        add(list, FILTER_IS, s);
}

/* The folder is s, or begins with it when `below`. A descriptor of a folder is its own folder. */
static void add_folder(struct spot_list *list, struct str s, struct arena *arena)
{
    if (s.n < 2 || s.p[0] != '/') {
        list->is_any = true;
    } else if (!is_never(s) && !ends_abnormal(s)) {
        add(list, FILTER_IS, s);
        add(list, FILTER_BEGINS, arena_printf(arena, "%.*s/", STR_ARG(s)));
    }
}

static void add_name(struct spot_list *list, struct str s)
{
    if (!s.n || str_is(s, "/"))
        list->is_any = true;
    else if (!str_has(s, STR("/")) && !str_is(s, ".") && !str_is(s, ".."))
        add(list, FILTER_NAMED, s);
}

/*
 * The same for a text that was written absolute and may have "//", "/./" and a slash at its end, while the entry is held against
 * what is left when it is made normal. One with ".." is not asked about.
 */

static struct str normal(struct str s, struct arena *arena)
{
    struct strbuf b = {};
    struct str rest = s, part;
    while (str_split(&rest, '/', &part))
        if (part.n && !str_is(part, "."))
            strbuf_printf(&b, "/%.*s", STR_ARG(part));
    const struct str ret = arena_str(arena, b.n ? strbuf_str(&b) : STR("/"));
    strbuf_done(&b);
    return ret;
}

static void add_written_equal(struct spot_list *list, struct str s, struct arena *arena)
{
    if (s.n && s.p[0] == '/' && !str_has(s, STR("..")))
        add(list, FILTER_IS, normal(s, arena));
}

static void add_written_beginning(struct spot_list *list, struct str s, struct arena *arena)
{
    if (!s.n || s.p[0] != '/' || str_has(s, STR("..")))
        return;
    const struct str last = str_basename(s), folder = normal(str_sub(s, 0, s.n - last.n), arena);
    const char *between = str_is(folder, "/") ? "" : "/";
    if (last.n && !str_is(last, ".")) {
        add(list, FILTER_BEGINS, arena_printf(arena, "%.*s%s%.*s", STR_ARG(folder), between, STR_ARG(last)));
    } else if (!*between) {
        list->is_any = true;
    } else {
        add(list, FILTER_IS, folder);
        add(list, FILTER_BEGINS, arena_printf(arena, "%.*s/", STR_ARG(folder)));
    }
}

static void add_written_ending(struct spot_list *list, struct str s)
{
    if (str_has(s, STR("..")))
        return;
    while (str_ends(s, STR("/")) || str_ends(s, STR("/.")))
        s.n -= s.p[s.n - 1] == '/' ? 1 : 2;
    if (!s.n || str_is(s, "."))
        list->is_any = true;
    else if (is_never(s) || str_starts(s, STR("./")))
        add(list, FILTER_ENDS, str_basename(s));
    else
        add(list, FILTER_ENDS, s);
}

static size_t literal_start(struct str pattern)
{
    size_t n = 0;
    while (n < pattern.n && !strchr("*?[]\\", pattern.p[n]))
        n++;
    return n;
}

static size_t literal_end(struct str pattern)
{
    size_t n = 0;
    while (n < pattern.n && !strchr("*?[]\\", pattern.p[pattern.n - 1 - n]))
        n++;
    return n;
}

static void add_glob(struct spot_list *list, struct str pattern, enum path_part part, struct arena *arena)
{
    const size_t start = literal_start(pattern), end = literal_end(pattern);
    const struct str head = str_sub(pattern, 0, start), tail = str_sub(pattern, pattern.n - end, pattern.n);
    const bool is_plain = start == pattern.n, is_head = start >= end && start > 1 && pattern.p[0] == '/';
    if (part == PATH_NAME) {
        if (is_plain)
            add_name(list, pattern);
        else
            add_ending(list, tail);
        return;
    }
    if (is_plain)
        add_equal(list, pattern);
    else if (is_head)
        add_beginning(list, head);
    else
        add_ending(list, tail);
    if (part != PATH_WRITTEN)
        return;
    if (is_plain)
        add_written_equal(list, pattern, arena);
    else if (is_head)
        add_written_beginning(list, head, arena);
    else
        add_written_ending(list, tail);
}

/* What `pmatch` takes for the same path is written once: no slash twice, none at the end. */
static void add_below(struct spot_list *list, struct str path, enum path_part part_of_it, struct arena *arena)
{
    struct strbuf b = {};
    struct str rest = path, part;
    bool is_cut = false;
    if (!path.n || path.p[0] != '/') {
        list->is_any = true;
        return;
    }
    while (!is_cut && str_split(&rest, '/', &part)) {
        if (!part.n || (part_of_it == PATH_WRITTEN && str_is(part, ".")))
            continue;
        is_cut = literal_start(part) < part.n;
        strbuf_addc(&b, '/');
        if (!is_cut)
            strbuf_add(&b, part);
    }
    const struct str s = arena_str(arena, strbuf_str(&b));
    strbuf_done(&b);
    if (!is_cut)
        add_folder(list, s, arena);
    else if (part_of_it == PATH_WRITTEN) /* the pattern may stand for "." */
        add_folder(list, str_sub(s, 0, s.n - 1), arena);
    else
        add_beginning(list, s);
}

static void add_text(struct spot_list *list, const struct leaf *l, struct str s, enum path_part part,
                     struct arena *arena)
{
    switch (l->op) {
    case OP_EQ:
    case OP_EQ2:
    case OP_IN:
    case OP_INTERSECTS:
        if (part == PATH_FOLDER)
            add_folder(list, s, arena);
        else if (part == PATH_NAME)
            add_name(list, s);
        else
            add_equal(list, s);
        if (part == PATH_WRITTEN)
            add_written_equal(list, s, arena);
        return;
    case OP_STARTSWITH:
        if (part == PATH_NAME)
            list->is_any = true;
        else
            add_beginning(list, s); /* a folder begins its path */
        if (part == PATH_WRITTEN)
            add_written_beginning(list, s, arena);
        return;
    case OP_ENDSWITH:
        if (part == PATH_FOLDER)
            list->is_any = true;
        else
            add_ending(list, s);
        if (part == PATH_WRITTEN)
            add_written_ending(list, s);
        return;
    case OP_GLOB:
        if (part != PATH_FOLDER)
            add_glob(list, s, part, arena);
        else
            add_beginning(list, str_sub(s, 0, literal_start(s)));
        return;
    case OP_PMATCH:
        if (part == PATH_NAME)
            list->is_any = true;
        else
            add_below(list, s, part, arena);
        return;
    default:
        list->is_any = true;
    }
}

static uint32_t finish(struct spots *p, struct spot_list *list)
{
    const uint32_t set = list->is_any ? SPOTS_ANY : spots_set(p, list->v.v, list->v.n);
    vec_done(&list->v);
    return set;
}

uint32_t spot_of_path(struct spots *p, const struct leaf *l, enum path_part part)
{
    _cleanup_(arena_done) struct arena arena = {};
    struct spot_list list = {};
    for (size_t k = 0; k < l->n_constants; k++)
        add_text(&list, l, l->texts[k], part, &arena);
    return finish(p, &list);
}

static bool has_any(struct str s, struct str bytes)
{
    for (size_t i = 0; i < s.n; i++)
        if (memchr(bytes.p, s.p[i], bytes.n))
            return true;
    return false;
}

static bool has_letter(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if ((s.p[i] | 0x20) >= 'a' && (s.p[i] | 0x20) <= 'z')
            return true;
    return false;
}

bool spot_holds_constant(const struct leaf *l, struct str part)
{
    for (size_t k = 0; k < l->n_constants; k++)
        if (!str_has(l->texts[k], part))
            return false;
    switch (l->op) {
    case OP_EQ:
    case OP_EQ2:
    case OP_IN:
    case OP_INTERSECTS:
    case OP_CONTAINS:
    case OP_STARTSWITH:
    case OP_ENDSWITH:
        return l->n_constants;
    case OP_ICONTAINS:
        return l->n_constants && !has_letter(part);
    case OP_GLOB:
    case OP_IGLOB:
        for (size_t k = 0; k < l->n_constants; k++)
            if (has_any(l->texts[k], STR("[\\")))
                return false;
        return l->n_constants && !has_letter(part);
    default:
        return false;
    }
}

uint32_t spot_of_port(struct spots *p, const struct leaf *l)
{
    struct spot_list list = {.is_any = l->op != OP_EQ && l->op != OP_EQ2 && l->op != OP_IN && l->op != OP_INTERSECTS};
    _cleanup_(arena_done) struct arena arena = {};
    for (size_t k = 0; k < l->n_constants && !list.is_any; k++) {
        const uint64_t port = l->constants[k].u;
        const char bytes[2] = {(char)(port >> 8), (char)port};
        if (l->constants[k].type != VALUE_PORT)
            list.is_any = true;
        else if (port <= UINT16_MAX)
            vec_add(&list.v, (struct spot){FILTER_PORT, arena_str(&arena, str_n(bytes, 2)), 2});
    }
    return finish(p, &list);
}

uint32_t spot_of_address(struct spots *p, const struct leaf *l)
{
    struct spot_list list = {.is_any = l->op != OP_EQ && l->op != OP_EQ2 && l->op != OP_IN && l->op != OP_INTERSECTS};
    _cleanup_(arena_done) struct arena arena = {};
    for (size_t k = 0; k < l->n_constants && !list.is_any; k++) {
        const struct value *v = &l->constants[k];
        if ((v->type != VALUE_NET && v->type != VALUE_IP) || !v->net->prefix) {
            list.is_any = true;
            break;
        }
        char bytes[16] = {};
        const unsigned n = v->net->prefix, size = v->net->v6 ? 16 : 4;
        memcpy(bytes, v->net->bytes, (n + 7) / 8);
        if (n % 8)
            bytes[n / 8] &= (char)(0xff00 >> n % 8);
        vec_add(&list.v, (struct spot){v->net->v6 ? FILTER_NET6 : FILTER_NET4, arena_str(&arena, str_n(bytes, size)), n});
    }
    return finish(p, &list);
}
