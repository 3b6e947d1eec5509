// SPDX-License-Identifier: Apache-2.0
#include <errno.h>

#include "base/alloc.h"
#include "image/codec.h"

struct codec_state {
    const struct codec_ops *ops;
    void *state;
    int ended;
};

struct codec_state *codec_new(enum codec kind, codec_input *input, void *ctx)
{
    static const struct codec_ops *const OPS[] = {[CODEC_GZIP] = &CODEC_OPS_GZIP,
                                                  [CODEC_ZSTD] = &CODEC_OPS_ZSTD,
                                                  [CODEC_XZ] = &CODEC_OPS_XZ,
                                                  [CODEC_BZIP2] = &CODEC_OPS_BZIP2,
                                                  [CODEC_LZ4] = &CODEC_OPS_LZ4};
    struct codec_state *c = xnew(struct codec_state);
    c->ops = OPS[kind];
    c->state = c->ops->open(input, ctx);
    if (!c->state)
        c->ended = -ENOMEM;
    return c;
}

struct codec_state *codec_free(struct codec_state *c)
{
    if (!c)
        return NULL;
    if (c->state)
        c->ops->free(c->state);
    free(c);
    return NULL;
}

int codec_next(struct codec_state *c, uint8_t *out, size_t n, size_t *ret_n, uint64_t *problems)
{
    if (!c->ended)
        c->ended = c->ops->next(c->state, out, n, ret_n, problems);
    return c->ended;
}

bool all_zero(const uint8_t *p, size_t n)
{
    return !n || (!p[0] && !memcmp(p, p + 1, n - 1));
}
