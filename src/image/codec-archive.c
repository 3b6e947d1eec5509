// SPDX-License-Identifier: Apache-2.0
/* xz, bzip2 and lz4 through libarchive's filters (rare in images; the first two are slow whoever unpacks them). */
#include <archive.h>
#include <archive_entry.h>
#include <errno.h>

#include "base/alloc.h"
#include "image/codec.h"

struct filtered {
    codec_input *input;
    void *ctx;
    struct archive *a;
    bool is_open, has_input_ended;
};

static ssize_t pull(struct archive *a, void *ctx, const void **ret)
{
    struct filtered *f = ctx;
    const uint8_t *p;
    size_t n;
    int r = f->input(f->ctx, &p, &n);
    if (r < 0) {
        archive_set_error(a, -r, "read");
        return -1;
    }
    if (r) {
        f->has_input_ended = true;
        return 0;
    }
    *ret = p;
    return (ssize_t)n;
}

/* Appended, not supported: else the library would unpack what is unpacked once more as long as it looks packed. */
static void *filtered_open(codec_input *input, void *ctx, int filter)
{
    struct archive *a = archive_read_new();
    if (!a)
        return NULL;
    struct filtered *f = xnew(struct filtered);
    *f = (struct filtered){.input = input, .ctx = ctx, .a = a};
    (void)archive_read_append_filter(a, filter);
    (void)archive_read_support_format_raw(a);
    return f;
}

static void *xz_open(codec_input *input, void *ctx)
{
    return filtered_open(input, ctx, ARCHIVE_FILTER_XZ);
}
static void *bzip2_open(codec_input *input, void *ctx)
{
    return filtered_open(input, ctx, ARCHIVE_FILTER_BZIP2);
}
static void *lz4_open(codec_input *input, void *ctx)
{
    return filtered_open(input, ctx, ARCHIVE_FILTER_LZ4);
}

static void filtered_free(void *state)
{
    struct filtered *f = state;
    archive_read_free(f->a);
    free(f);
}

static int filtered_next(void *state, uint8_t *out, size_t n, size_t *ret_n, uint64_t *problems)
{
    struct filtered *f = state;
    struct archive_entry *e;
    ssize_t got = -1;
    if (!f->is_open) {
        f->is_open = true;
        if (archive_read_open(f->a, f, NULL, pull, NULL) == ARCHIVE_OK &&
            archive_read_next_header(f->a, &e) == ARCHIVE_OK)
            got = archive_read_data(f->a, out, n);
    } else {
        got = archive_read_data(f->a, out, n);
    }
    if (got > 0) {
        *ret_n = (size_t)got;
        return 0;
    }
    if (!got)
        return 1;
    *problems |= f->has_input_ended ? IMAGE_PROBLEM_MASK(TRUNCATED) : IMAGE_PROBLEM_MASK(CORRUPT);
    return -EBADMSG;
}

const struct codec_ops CODEC_OPS_XZ = {xz_open, filtered_next, filtered_free};
const struct codec_ops CODEC_OPS_BZIP2 = {bzip2_open, filtered_next, filtered_free};
const struct codec_ops CODEC_OPS_LZ4 = {lz4_open, filtered_next, filtered_free};
