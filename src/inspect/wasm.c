// SPDX-License-Identifier: Apache-2.0
/* The WebAssembly analyzer: sections of a module, and what its code is made of. */
#include "inspect/wasm.h"

#include "inspect/analyzer.h"

enum { SECTION_CUSTOM, SECTION_IMPORT = 2, SECTION_MEMORY = 5, SECTION_EXPORT = 7, SECTION_CODE = 10, SECTION_DATA = 11 };
enum { EXTERNAL_FUNCTION, EXTERNAL_TABLE, EXTERNAL_MEMORY, EXTERNAL_GLOBAL, EXTERNAL_TAG };
enum { NAME_BYTES_MAX = 256, NAME_FUNCTIONS = 1 };

struct module {
    struct facts *facts;
    const struct content *content;
    struct wasm_ops ops;
    struct wasm_constants constants;
    bool has_memory;
};

static bool name(struct str s, size_t *at, struct str *ret)
{
    uint32_t n;
    if (!wasm_u32(s, at, &n) || n > s.n - *at)
        return false;
    *ret = str_sub(s, *at, *at + n);
    *at += n;
    return true;
}

/* Control bytes have no place in a fact. */
static struct str shown(struct str s)
{
    s = str_sub(s, 0, NAME_BYTES_MAX);
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] < 0x20 || s.p[i] == 0x7f)
            return str_sub(s, 0, i);
    return s;
}

static bool is_full(const struct facts *f, enum field_id id)
{
    const struct value *v = facts_get(f, id);
    return v->type == VALUE_LIST && v->list.n >= FACTS_LIST_MAX;
}

static void add_name(struct module *m, enum field_id id, struct str s)
{
    s = shown(s);
    if (s.n && !is_full(m->facts, id))
        (void)facts_add(m->facts, id, s);
}

/* Limits of a memory or table: flags, least, and most where bit 0 says so. */
static bool limits(struct str s, size_t *at, uint32_t *ret_least)
{
    uint32_t flags, most;
    return wasm_u32(s, at, &flags) && wasm_u32(s, at, ret_least) && (!(flags & 1) || wasm_u32(s, at, &most));
}

static void state_memory(struct module *m, uint32_t pages)
{
    if (!m->has_memory)
        facts_uint(m->facts, F_WASM_MEMORY_PAGES, pages);
    m->has_memory = true;
}

static bool skip_external(struct module *m, struct str s, size_t *at, uint8_t kind)
{
    uint32_t n;
    switch (kind) {
    case EXTERNAL_FUNCTION:
        return wasm_u32(s, at, &n);
    case EXTERNAL_TABLE:
        (*at)++;
        return limits(s, at, &n);
    case EXTERNAL_MEMORY:
        if (!limits(s, at, &n))
            return false;
        state_memory(m, n);
        return true;
    case EXTERNAL_GLOBAL:
        *at += 2;
        return *at <= s.n;
    case EXTERNAL_TAG:
        (*at)++;
        return wasm_u32(s, at, &n);
    default:
        return false;
    }
}

static void look_imports(struct module *m, struct str s)
{
    size_t at = 0;
    uint32_t n;
    if (!wasm_u32(s, &at, &n))
        return;
    struct str from, what;
    while (n-- && name(s, &at, &from) && name(s, &at, &what) && at < s.n) {
        uint8_t kind = (uint8_t)s.p[at++];
        char text[2 * NAME_BYTES_MAX + 1];
        from = shown(from);
        what = shown(what);
        int length = snprintf(text, sizeof(text), "%.*s.%.*s", STR_ARG(from), STR_ARG(what));
        if (!is_full(m->facts, F_WASM_IMPORTS) && length > 1)
            (void)facts_add(m->facts, F_WASM_IMPORTS, str_from(text));
        if (!skip_external(m, s, &at, kind))
            return;
    }
}

static void look_exports(struct module *m, struct str s)
{
    size_t at = 0;
    uint32_t n, index;
    struct str what;
    if (!wasm_u32(s, &at, &n))
        return;
    while (n-- && name(s, &at, &what) && at < s.n) {
        at++;
        add_name(m, F_WASM_EXPORTS, what);
        if (!wasm_u32(s, &at, &index))
            return;
    }
}

static void look_names(struct module *m, struct str s)
{
    size_t at = 0;
    struct str what;
    while (at < s.n) {
        uint8_t id = (uint8_t)s.p[at++];
        uint32_t size, n, index;
        if (!wasm_u32(s, &at, &size) || size > s.n - at)
            return;
        struct str part = str_sub(s, at, at + size);
        at += size;
        size_t k = 0;
        if (id != NAME_FUNCTIONS || !wasm_u32(part, &k, &n))
            continue;
        while (n-- && wasm_u32(part, &k, &index) && name(part, &k, &what) && !is_full(m->facts, F_WASM_NAMES))
            add_name(m, F_WASM_NAMES, what);
    }
}

static void look_code(struct module *m, struct str s)
{
    size_t at = 0;
    uint32_t n, size;
    if (!wasm_u32(s, &at, &n))
        return;
    facts_uint(m->facts, F_WASM_FUNCTIONS, n);
    for (unsigned i = 0; i < n && i < WASM_FUNCTIONS_MAX && wasm_u32(s, &at, &size); i++) {
        wasm_body(str_sub(s, at, at + size), &m->ops, &m->constants);
        if (size > s.n - at)
            return;
        at += size;
    }
}

static void look_section(struct module *m, uint8_t id, struct str s)
{
    size_t at = 0;
    uint32_t n;
    struct str what;
    switch (id) {
    case SECTION_CUSTOM:
        if (name(s, &at, &what) && str_is(what, "name"))
            look_names(m, str_sub(s, at, s.n));
        return;
    case SECTION_IMPORT:
        look_imports(m, s);
        return;
    case SECTION_MEMORY:
        if (wasm_u32(s, &at, &n) && n && limits(s, &at, &n))
            state_memory(m, n);
        return;
    case SECTION_EXPORT:
        look_exports(m, s);
        return;
    case SECTION_CODE:
        look_code(m, s);
        return;
    case SECTION_DATA:
        wasm_constants_data(&m->constants, s);
        return;
    default:
        return;
    }
}

static double share(uint64_t part, uint64_t whole)
{
    return whole ? (double)part / (double)whole : 0;
}

static void state_code(const struct module *m)
{
    struct facts *f = m->facts;
    for (enum wasm_primitive p = 0; p < WASM_PRIMITIVE__N; p++)
        if (wasm_constants_has(&m->constants, p))
            (void)facts_add(f, F_WASM_PRIMITIVES, str_from(wasm_primitive_name(p)));
    if (!m->ops.total)
        return;
    facts_uint(f, F_WASM_OPS, m->ops.total);
    facts_uint(f, F_WASM_HASH_LOOPS, m->ops.hash_loops);
    facts_double(f, F_WASM_OPS_BITWISE, share(m->ops.bitwise, m->ops.total));
    facts_double(f, F_WASM_OPS_MEMORY, share(m->ops.memory, m->ops.total));
    facts_double(f, F_WASM_OPS_WIDE, share(m->ops.wide, m->ops.numeric));
    if (m->ops.bad_bodies)
        (void)facts_add(f, F_WASM_PROBLEMS, STR("unknown-code"));
}

static bool wants(const struct content *c)
{
    return c->first && c->kind == KIND_WASM;
}

static int look(void *state, struct inspection *in, const struct content *c, struct facts *facts)
{
    (void)state;
    (void)in;
    struct module m = {.facts = facts, .content = c};
    struct str s = c->data;
    for (size_t at = 8; at < s.n;) {
        uint8_t id = (uint8_t)s.p[at++];
        uint32_t size;
        if (!wasm_u32(s, &at, &size)) {
            (void)facts_add(facts, F_WASM_PROBLEMS, STR("bad-section"));
            break;
        }
        if (size > s.n - at)
            (void)facts_add(facts, F_WASM_PROBLEMS, STR("truncated"));
        look_section(&m, id, str_sub(s, at, at + size));
        at += size;
    }
    state_code(&m);
    return 0;
}

const struct analyzer analyzer_wasm = {.name = "wasm", .wants = wants, .look = look};
