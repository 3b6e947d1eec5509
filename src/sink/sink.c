// SPDX-License-Identifier: Apache-2.0
#include <errno.h>

#include "base/strbuf.h"
#include "sink/sink.h"

static const struct sink_ops *const SINKS[] = {
    &SINK_TEXT,      &SINK_JSON, &SINK_SARIF,       &SINK_HTML,
    &SINK_CYCLONEDX, &SINK_SPDX, &SINK_OPENMETRICS,
};

const struct sink_ops *sink_at(size_t i)
{
    return i < sizeof(SINKS) / sizeof(SINKS[0]) ? SINKS[i] : NULL;
}

const struct sink_ops *sink_from(struct str name)
{
    for (size_t i = 0; i < sizeof(SINKS) / sizeof(SINKS[0]); i++)
        if (str_is(name, SINKS[i]->name))
            return SINKS[i];
    return str_is(name, SINK_MEMORY.name) ? &SINK_MEMORY : NULL;
}

static int write_strbuf(void *ctx, const void *p, size_t n)
{
    strbuf_add(ctx, str_n(p, n));
    return 0;
}

struct sink_output sink_output_strbuf(struct strbuf *b)
{
    return (struct sink_output){.write = write_strbuf, .ctx = b};
}

static int write_file(void *ctx, const void *p, size_t n)
{
    errno = 0;
    if (fwrite(p, 1, n, ctx) == n)
        return 0;
    return errno ? -errno : -EIO;
}

struct sink_output sink_output_file(FILE *f)
{
    return (struct sink_output){.write = write_file, .ctx = f};
}
