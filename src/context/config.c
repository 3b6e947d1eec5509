// SPDX-License-Identifier: Apache-2.0
#include "context/config.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/hash.h"

enum { BUCKETS = 512 };

struct file {
    struct file *next;
    uint64_t key;
    struct record *record;
};

struct configs {
    struct file *buckets[BUCKETS];
    size_t n, bytes;
    struct record *before; /* of the last change */
};

struct configs *configs_new(void)
{
    return xnew(struct configs);
}

struct configs *configs_free(struct configs *c)
{
    if (!c)
        return NULL;
    for (size_t i = 0; i < BUCKETS; i++)
        for (struct file *f = c->buckets[i], *next; f; f = next) {
            next = f->next;
            free(f->record);
            free(f);
        }
    free(c->before);
    free(c);
    return NULL;
}

uint64_t configs_bytes(const struct configs *c)
{
    return sizeof(*c) + c->bytes;
}

struct str config_path(const struct record *r)
{
    const struct record_block *b = record_find(r, RECORD_PARAM);
    return b ? record_text(b) : STR_NULL;
}

struct str config_kind(const struct record *r)
{
    const struct record_block *b = record_find(r, RECORD_PARAM + 1);
    return b ? record_text(b) : STR_NULL;
}

/* Whose mounts show it; 0: the machine's. */
static uint32_t space_of(const struct record *r)
{
    const struct record_block *b = record_find(r, RECORD_PARAM);
    return b ? b->value : 0;
}

/* An entry shows its text; what it is compared by may be more (`value`, a hash of what nobody should see). */
static bool next_entry(const struct record *r, const struct record_block **b)
{
    if (!r) /* a file that is new was empty before */
        return false;
    do
        *b = record_next(r, *b);
    while (*b && (*b)->tag != RECORD_TEXT);
    return *b;
}

static struct str name_of(struct str entry)
{
    const char *colon = entry.n ? memchr(entry.p, ':', entry.n) : NULL;
    return colon ? str_n(entry.p, (size_t)(colon - entry.p)) : entry;
}

enum found { FOUND_NOT, FOUND_NAME, FOUND_SAME };
static enum found look_for(const struct record *r, const struct record_block *entry, bool by_name)
{
    const struct record_block *b = NULL;
    enum found found = FOUND_NOT;
    const struct str text = record_text(entry), name = name_of(text);
    for (size_t i = 0; i < CONFIG_ENTRIES_MAX && next_entry(r, &b); i++) {
        if (b->value == entry->value && str_eq(record_text(b), text))
            return FOUND_SAME;
        if (by_name && str_eq(name_of(record_text(b)), name))
            found = FOUND_NAME;
    }
    return found;
}

static bool has_names(const struct record *r)
{
    const struct str kind = config_kind(r);
    return str_is(kind, "users") || str_is(kind, "passwords") || str_is(kind, "groups");
}

/* "name:0:…" */
static bool is_root(struct str entry)
{
    const struct str name = name_of(entry);
    return str_starts(str_sub(entry, name.n, entry.n), STR(":0:"));
}

size_t config_entries(const struct config_diff *d, enum config_side side, struct str *ret, size_t max)
{
    const bool by_name = has_names(d->now);
    const struct record *from = side == CONFIG_REMOVED ? d->before : d->now, *other = side == CONFIG_REMOVED ? d->now : d->before;
    const struct record_block *b = NULL;
    size_t n = 0;
    if (side == CONFIG_ROOTS && !str_is(config_kind(d->now), "users"))
        return 0;
    for (size_t i = 0; i < CONFIG_ENTRIES_MAX && next_entry(from, &b); i++) {
        const enum found found = look_for(other, b, by_name);
        const struct str text = record_text(b);
        const bool is_one = side == CONFIG_KEPT      ? found == FOUND_SAME
                            : side == CONFIG_CHANGED ? found == FOUND_NAME
                            : side == CONFIG_ROOTS   ? found != FOUND_SAME && is_root(text)
                                                     : found == FOUND_NOT;
        if (!is_one)
            continue;
        if (n < max)
            ret[n] = side == CONFIG_CHANGED || side == CONFIG_ROOTS ? name_of(text) : text;
        n++;
    }
    return n;
}

static bool differs(const struct config_diff *d)
{
    return config_entries(d, CONFIG_ADDED, NULL, 0) || config_entries(d, CONFIG_REMOVED, NULL, 0) ||
           config_entries(d, CONFIG_CHANGED, NULL, 0);
}

/* The place where a file is or will be. */
static struct file **find(struct configs *c, struct str path, uint32_t space, uint64_t *ret_key)
{
    const uint64_t key = hash_str(path) ^ space;
    struct file **p = &c->buckets[key % BUCKETS];
    while (*p && ((*p)->key != key || space_of((*p)->record) != space || !str_eq(config_path((*p)->record), path)))
        p = &(*p)->next;
    *ret_key = key;
    return p;
}

/* Whether all files of its folder were told before, so that one which is not known is new. */
static bool is_folder_known(struct configs *c, const struct record *r)
{
    const struct str path = config_path(r);
    const char *slash = path.n ? memrchr(path.p, '/', path.n) : NULL;
    uint64_t key;
    return slash && slash > path.p && *find(c, str_n(path.p, (size_t)(slash - path.p)), space_of(r), &key);
}

bool configs_take(struct configs *c, const struct record *r, struct config_diff *ret)
{
    uint64_t key;
    struct file **p = find(c, config_path(r), space_of(r), &key);
    if (!*p && (c->n >= CONFIG_FILES_MAX || c->bytes + r->size > CONFIG_BYTES_MAX))
        return false;
    const bool is_known = *p;
    if (!is_known) {
        struct file *f = xnew(struct file);
        f->key = key;
        *p = f;
        c->n++;
        c->bytes += sizeof(*f);
    }
    struct file *f = *p;
    free(c->before);
    c->before = f->record;
    c->bytes -= is_known ? f->record->size : 0;
    c->bytes += r->size;
    f->record = xalloc(r->size);
    memcpy(f->record, r, r->size);
    *ret = (struct config_diff){c->before, r};
    return (is_known || is_folder_known(c, r)) && r->pid && differs(ret);
}
