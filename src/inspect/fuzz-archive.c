// SPDX-License-Identifier: Apache-2.0
/* Content from strangers as an archive: the first byte tells how much of it is held at a time, so that streams are met too. */
#include <stdlib.h>

#include "base/cleanup.h"
#include "inspect/inspect.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct source {
    struct str rest;
};

static int read_piece(void *ctx, const uint8_t **ret, size_t *ret_n)
{
    enum { PIECE = 777 };
    struct source *s = ctx;
    if (!s->rest.n)
        return 1;
    *ret = (const uint8_t *)s->rest.p;
    *ret_n = s->rest.n < PIECE ? s->rest.n : PIECE;
    s->rest = str_sub(s->rest, *ret_n, s->rest.n);
    return 0;
}

/* What every member must have, however hostile the archive. */
static int on_member(void *ctx, struct facts *m)
{
    (void)ctx;
    if (!facts_has(m, F_FILE_CONTAINER) || !facts_has(m, F_MEMBER_PATH) || !facts_has(m, F_MEMBER_VIA) ||
        !facts_has(m, F_FILE_SHA256) || !facts_has(m, F_FILE_KIND))
        abort();
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const only[] = {"package", "unwrap", NULL};
    _cleanup_(inspector_freep) struct inspector *in = NULL;
    _cleanup_(facts_done) struct facts facts = {};
    if (!size)
        return 0;
    struct inspect_options options = {.only = only, .window_bytes = data[0] & 1 ? 1024 : 0};
    if (inspector_new(&options, &in, NULL) < 0)
        abort();
    facts_init(&facts);
    facts_reset(&facts, EVENT_FILE, 0);
    facts_str(&facts, F_FILE_PATH, STR("/srv/a"));
    struct source source = {str_n(data + 1, size - 1)};
    if (inspector_file(in, &(struct content_source){&source, read_piece, on_member}, &facts) < 0)
        abort();
    return 0;
}
