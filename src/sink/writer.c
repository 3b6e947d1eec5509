// SPDX-License-Identifier: Apache-2.0
#include "base/alloc.h"
#include "sink/writer.h"

enum {
    PIECE_BYTES = 64 << 10, /* gathered before the output is called */
    DUMP_FLAGS = JSON_COMPACT | JSON_ENSURE_ASCII | JSON_REAL_PRECISION(9) | JSON_ENCODE_ANY,
};

struct sink *writer_open(const struct sink_options *options)
{
    struct writer *w = xnew(struct writer);
    w->options = *options;
    return (struct sink *)w;
}

struct sink *writer_close(struct sink *s)
{
    struct writer *w = (struct writer *)s;
    if (w)
        strbuf_done(&w->piece);
    free(w);
    return NULL;
}

struct writer *writer_of(struct sink *s)
{
    struct writer *w = (struct writer *)s;
    w->error = 0;
    strbuf_clear(&w->piece);
    return w;
}

void writer_flush(struct writer *w)
{
    if (!w->error && w->piece.n)
        w->error = w->options.output.write(w->options.output.ctx, w->piece.p, w->piece.n);
    strbuf_clear(&w->piece);
}

static void flush_if_full(struct writer *w)
{
    if (w->piece.n >= PIECE_BYTES)
        writer_flush(w);
}

void writer_put(struct writer *w, struct str text)
{
    strbuf_add(&w->piece, text);
    flush_if_full(w);
}

void writer_puts(struct writer *w, const char *text)
{
    writer_put(w, str_from(text));
}

void writer_printf(struct writer *w, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    strbuf_vprintf(&w->piece, fmt, ap);
    va_end(ap);
    flush_if_full(w);
}

/* jansson leaves DEL as it is; it can stand inside strings only, and terminals act on it. */
static int append(const char *text, size_t n, void *ctx)
{
    for (const char *del; n && (del = memchr(text, 0x7f, n));) {
        strbuf_add(ctx, str_n(text, (size_t)(del - text)));
        strbuf_adds(ctx, "\\u007f");
        n -= (size_t)(del - text) + 1;
        text = del + 1;
    }
    strbuf_add(ctx, str_n(text, n));
    return 0;
}

void writer_json(struct writer *w, json_t *value)
{
    if (json_dump_callback(value, append, &w->piece, DUMP_FLAGS) < 0)
        abort(); /* depth and types are ours: only memory can fail */
    json_decref(value);
    flush_if_full(w);
}

void writer_member(struct writer *w, const char *key, json_t *value, bool first)
{
    writer_printf(w, "%s\"%s\":", first ? "" : ",\n", key);
    writer_json(w, value);
}

int writer_end(struct writer *w, struct error *err)
{
    writer_flush(w);
    return w->error < 0 ? error_errno(err, w->error, "cannot write the report") : 0;
}
