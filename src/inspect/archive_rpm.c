// SPDX-License-Identifier: Apache-2.0
#include "inspect/archive_rpm.h"

#include "base/cleanup.h"

enum {
    LEAD_SIZE = 96,
    INTRO_SIZE = 16,
    TAG_SIZE = 16,
    TYPE_STRING = 6,
    TYPE_STRING_ARRAY = 8,
    TYPE_I18N = 9,
    TAG_NAME = 1000,
    TAG_VERSION = 1001,
    TAG_RELEASE = 1002,
    STRINGS_MAX = 4096, /* of one list: most are empty */
};

/* Tags that are read, each where it stands first: headers have no tag twice. No kind: a name or version. */
static const struct wanted_tag {
    uint32_t tag;
    const char *kind;
} WANTED[] = {
    {TAG_NAME, NULL},          {TAG_VERSION, NULL},    {TAG_RELEASE, NULL},
    {1023, "prein"},           {1024, "postin"},       {1025, "preun"},
    {1026, "postun"},          {1065, "triggers"},     {1079, "verify"},
    {1151, "pretrans"},        {1152, "posttrans"},    {5066, "filetriggers"},
    {5076, "transfiletriggers"}, {5104, "preuntrans"}, {5105, "postuntrans"},
};

static uint32_t be32(const char *s)
{
    const uint8_t *p = (const uint8_t *)s;
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* One header structure: its index and its store. */
struct header {
    struct str index, store;
    size_t end;
};

static bool read_header(struct str d, size_t at, struct header *ret)
{
    if (at > d.n || d.n - at < INTRO_SIZE || memcmp(d.p + at, "\x8e\xad\xe8\x01", 4))
        return false;
    uint64_t tags = be32(d.p + at + 8), bytes = be32(d.p + at + 12);
    if (tags > RPM_TAGS_MAX || bytes > RPM_HEADER_MAX || tags * TAG_SIZE + bytes > d.n - at - INTRO_SIZE)
        return false;
    size_t index = at + INTRO_SIZE, store = index + tags * TAG_SIZE;
    *ret = (struct header){
        .index = str_sub(d, index, store), .store = str_sub(d, store, store + bytes), .end = store + bytes};
    return true;
}

/* The string at an offset of the store; STR_NULL when it does not end there. */
static struct str string_at(struct str store, size_t at)
{
    struct str rest = str_sub(store, at, store.n);
    const char *end = rest.n ? memchr(rest.p, 0, rest.n) : NULL;
    return end ? str_n(rest.p, (size_t)(end - rest.p)) : STR_NULL;
}

static void add_scripts(struct rpm *r, const char *kind, struct str store, size_t at, uint32_t count)
{
    for (uint32_t i = 0; i < count && i < STRINGS_MAX; i++) {
        struct str text = string_at(store, at);
        if (!text.p)
            return;
        at += text.n + 1;
        if (!text.n)
            continue;
        if (r->n_scripts == RPM_SCRIPTS_MAX) {
            r->too_many = true;
            return;
        }
        r->scripts[r->n_scripts++] = (struct rpm_script){str_from(kind), text};
    }
}

static void take(struct rpm *r, const struct wanted_tag *w, struct str store, size_t at, uint32_t count)
{
    if (w->kind)
        add_scripts(r, w->kind, store, at, count);
    else if (w->tag == TAG_NAME)
        r->name = string_at(store, at);
    else if (w->tag == TAG_VERSION)
        r->version = string_at(store, at);
    else
        r->release = string_at(store, at);
}

bool rpm_read(struct str d, struct rpm *ret)
{
    struct header h;
    *ret = (struct rpm){};
    if (d.n < LEAD_SIZE || memcmp(d.p, "\xed\xab\xee\xdb", 4) || !read_header(d, LEAD_SIZE, &h) ||
        !read_header(d, (h.end + 7) / 8 * 8, &h))
        return false;
    bool taken[ARRAY_SIZE(WANTED)] = {};
    for (size_t i = 0; i + TAG_SIZE <= h.index.n; i += TAG_SIZE) {
        const char *p = h.index.p + i;
        uint32_t tag = be32(p), type = be32(p + 4);
        for (size_t k = 0; k < ARRAY_SIZE(WANTED); k++)
            if (tag == WANTED[k].tag && !taken[k] &&
                (type == TYPE_STRING || type == TYPE_STRING_ARRAY || type == TYPE_I18N)) {
                taken[k] = true;
                take(ret, &WANTED[k], h.store, be32(p + 8), type == TYPE_STRING ? 1 : be32(p + 12));
            }
    }
    ret->payload = h.end;
    return true;
}
