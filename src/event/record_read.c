// SPDX-License-Identifier: Apache-2.0
#include "event/record_read.h"

#include <errno.h>

enum content {
    BYTES, /* anything */
    TEXT,  /* no NUL */
};

/* What a block of each tag must hold: a structure, then at most `more` bytes of that content. */
static const struct rule {
    uint16_t structure, more;
    enum content content;
} rules[RECORD_TAGS__N] = {
    [RECORD_PARAM ... RECORD_PARAM + RECORD_PARAMS_MAX - 1] = {0, RECORD_ARGS_MAX, BYTES},
    [RECORD_FD] = {sizeof(struct record_fd), RECORD_PATH_MAX, TEXT},
    [RECORD_FD_OTHER] = {sizeof(struct record_fd), RECORD_PATH_MAX, TEXT},
    [RECORD_BASE] = {0, RECORD_PATH_MAX, TEXT},
    [RECORD_BASE_OTHER] = {0, RECORD_PATH_MAX, TEXT},
    [RECORD_RESOLVED] = {0, RECORD_PATH_MAX, TEXT},
    [RECORD_RESOLVED_OTHER] = {0, RECORD_PATH_MAX, TEXT},
    [RECORD_ROOTED] = {0, RECORD_PATH_MAX, TEXT},
    [RECORD_EXE] = {sizeof(struct record_exe), RECORD_PATH_MAX, TEXT},
    [RECORD_ARGS] = {0, RECORD_ARGS_MAX, BYTES},
    [RECORD_ENV] = {0, RECORD_ENV_MAX, BYTES},
    [RECORD_CWD] = {0, RECORD_PATH_MAX, TEXT},
    [RECORD_CGROUP] = {0, RECORD_PATH_MAX, TEXT},
    [RECORD_STDIO] = {sizeof(struct record_fd), RECORD_PATH_MAX, TEXT},
    [RECORD_TARGET] = {sizeof(struct record_target), 0, BYTES},
    [RECORD_NET] = {sizeof(struct record_net), 0, BYTES},
    [RECORD_DNS_PACKET] = {0, 512, BYTES},
    [RECORD_USAGE_DATA] = {sizeof(struct record_usage), 0, BYTES},
    [RECORD_DATA] = {0, RECORD_DATA_MAX, BYTES},
    [RECORD_JSON] = {0, UINT16_MAX, BYTES},
    [RECORD_TEXT] = {0, RECORD_PATH_MAX, TEXT},
    [RECORD_HOME] = {0, RECORD_PATH_MAX, TEXT},
    [RECORD_SHELL] = {0, RECORD_PATH_MAX, TEXT},
    [RECORD_ROOT] = {0, RECORD_PATH_MAX, TEXT},
    [RECORD_LOADER] = {0, RECORD_PATH_MAX, TEXT},
    [RECORD_DROP] = {sizeof(struct record_drop), 0, BYTES},
};

static size_t padded(size_t n)
{
    return (n + RECORD_ALIGN - 1) & ~(size_t)(RECORD_ALIGN - 1);
}

static bool is_fd(uint16_t tag)
{
    return tag == RECORD_FD || tag == RECORD_FD_OTHER || tag == RECORD_STDIO;
}

static bool ends_in_nul(const char *comm, size_t n)
{
    return memchr(comm, 0, n);
}

/* What is wrong with a block that fits into its record; NULL when nothing is. */
static const char *block_problem(const struct record_block *b)
{
    const char *bytes = (const char *)(b + 1);
    for (size_t i = b->size; i < padded(b->size); i++)
        if (bytes[i])
            return "padding that is not zero";
    if (b->tag >= RECORD_TAGS__N)
        return NULL;
    const struct rule *rule = &rules[b->tag];
    if (b->size < rule->structure)
        return "a block that is shorter than its structure";
    size_t more = b->size - rule->structure;
    if (more > rule->more)
        return "a block over its limit";
    if (rule->content == TEXT && more && memchr(bytes + rule->structure, 0, more))
        return "a path or name with a NUL in it";
    if (is_fd(b->tag) && ((const struct record_fd *)bytes)->type > RECORD_FD_ANON)
        return "a type of descriptor that is not known";
    if (b->tag == RECORD_STDIO && b->value > 2)
        return "a standard descriptor over 2";
    if (b->tag == RECORD_TARGET && !ends_in_nul(((const struct record_target *)bytes)->comm, 16))
        return "a name of a thread without an end";
    return NULL;
}

int record_check(const void *bytes, size_t n, size_t *ret_need, const char **ret_why)
{
    const struct record *r = bytes;
    const char *why = NULL;
    if (n < sizeof(*r)) {
        if (ret_need)
            *ret_need = sizeof(*r);
        return -ENODATA;
    }
    if (r->size < sizeof(*r) || r->size > RECORD_BYTES_MAX || r->size % RECORD_ALIGN)
        why = "a size that no record has";
    else if (!ends_in_nul(r->comm, sizeof(r->comm)))
        why = "a name of a thread without an end";
    if (!why && r->size > n) {
        if (ret_need)
            *ret_need = r->size;
        return -ENODATA;
    }
    for (size_t at = sizeof(*r); !why && at < r->size;) {
        const struct record_block *b = (const struct record_block *)((const char *)bytes + at);
        size_t left = r->size - at; /* a multiple of 8, so a block's head fits */
        if (padded(b->size) > left - sizeof(*b))
            why = "a block that is longer than its record";
        else
            why = block_problem(b);
        at += sizeof(*b) + padded(b->size);
    }
    if (!why)
        return 0;
    if (ret_why)
        *ret_why = why;
    return -EBADMSG;
}

const struct record_block *record_next(const struct record *r, const struct record_block *b)
{
    const char *next = b ? (const char *)(b + 1) + padded(b->size) : (const char *)(r + 1);
    return next < (const char *)r + r->size ? (const struct record_block *)next : NULL;
}

uint64_t record_number(const struct record_block *b)
{
    const void *p = b + 1;
    switch (b->size) {
    case 0:
        return b->value;
    case 1:
        return *(const uint8_t *)p;
    case 2:
        return *(const uint16_t *)p;
    case 4:
        return *(const uint32_t *)p;
    case 8:
        return *(const uint64_t *)p;
    default:
        return 0;
    }
}

void record_index(const struct record *r, struct record_index *ret)
{
    memset(ret, 0, sizeof(*ret));
    record_each(b, r)
        if (b->tag < RECORD_TAGS__N && !ret->v[b->tag])
            ret->v[b->tag] = b;
}

const struct record_block *record_find(const struct record *r, enum record_tag tag)
{
    record_each(b, r)
        if (b->tag == tag)
            return b;
    return NULL;
}

/* The structure of a block that passed record_check(), and what stands behind it. */
static const void *structure(const struct record_block *b, size_t size, struct str *ret_more)
{
    if (!b)
        return NULL;
    if (ret_more)
        *ret_more = (struct str){(const char *)(b + 1) + size, b->size - size};
    return b + 1;
}

const struct record_fd *record_fd(const struct record_block *b, struct str *ret_name)
{
    return structure(b, sizeof(struct record_fd), ret_name);
}

const struct record_exe *record_exe(const struct record_block *b, struct str *ret_path)
{
    return structure(b, sizeof(struct record_exe), ret_path);
}

const struct record_target *record_target(const struct record_block *b)
{
    return structure(b, sizeof(struct record_target), NULL);
}

const struct record_net *record_net(const struct record_block *b)
{
    return structure(b, sizeof(struct record_net), NULL);
}

const struct record_usage *record_usage(const struct record_block *b)
{
    return structure(b, sizeof(struct record_usage), NULL);
}

const struct record_drop *record_drop(const struct record_block *b)
{
    return structure(b, sizeof(struct record_drop), NULL);
}

const struct record_fd *record_stdio(const struct record *r, unsigned num, struct str *ret_name)
{
    record_each(b, r)
        if (b->tag == RECORD_STDIO && b->value == num)
            return record_fd(b, ret_name);
    return NULL;
}
