// SPDX-License-Identifier: Apache-2.0
/* Content from strangers as an archive: the first byte tells how much of it is held at a time, so that streams are met too. */
#include <stdlib.h>

#include "base/cleanup.h"
#include "inspect/inspect.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Workers have an address space of their own size too: what asks for gigabytes is refused there. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "allocator_may_return_null=1:max_allocation_size_mb=512";
}

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
        facts_has(m, F_FILE_SHA256) == facts_has(m, F_FILE_HOLES) || !facts_has(m, F_FILE_KIND))
        abort();
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const only[] = {"package", "unwrap", NULL};
    static struct inspector *inspectors[2]; /* whole, and in windows; to make them costs more than most inputs */
    _cleanup_(facts_done) struct facts facts = {};
    if (!size)
        return 0;
    bool streams = data[0] & 1;
    struct inspect_options options = {.only = only, .window_bytes = streams ? 1024 : 0};
    if (!inspectors[streams] && inspector_new(&options, &inspectors[streams], NULL) < 0)
        abort();
    struct inspector *in = inspectors[streams];
    facts_init(&facts);
    facts_reset(&facts, EVENT_FILE, 0);
    facts_str(&facts, F_FILE_PATH, STR("/srv/a"));
    struct source source = {str_n(data + 1, size - 1)};
    if (inspector_file(in, &(struct content_source){&source, read_piece, on_member}, &facts) < 0)
        abort();
    return 0;
}
