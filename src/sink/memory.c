// SPDX-License-Identifier: Apache-2.0
#include "base/alloc.h"
#include "base/strbuf.h"
#include "base/text.h"
#include "sink/sink.h"

struct memory {
    struct strbuf lines;
};

static struct sink *memory_open(const struct sink_options *)
{
    return (struct sink *)xnew(struct memory);
}

static int memory_report(struct sink *s, const struct report *r, struct error *)
{
    struct memory *m = (struct memory *)s;
    for (size_t i = 0; i < r->targets.n; i++) {
        const struct report_target *t = r->targets.v[i];
        strbuf_printf(&m->lines, "%s ", t->failure.n ? "failed" : verdict_name(t->verdict.word));
        text_add_safe(&m->lines, t->name);
        strbuf_addc(&m->lines, '\n');
        for (size_t k = 0; t->findings && k < findings_count(t->findings); k++) {
            const struct finding *f = findings_get(t->findings, k);
            strbuf_printf(&m->lines, "%s\t%s\t", severity_name(severity_of(f->rule->priority)),
                          f->authorised ? "authorised" : finding_kind_name(f->kind));
            text_add_safe(&m->lines, f->rule->name);
            strbuf_addc(&m->lines, '\t');
            text_add_safe(&m->lines, f->subject.name);
            strbuf_addc(&m->lines, '\n');
        }
    }
    return 0;
}

static struct sink *memory_close(struct sink *s)
{
    struct memory *m = (struct memory *)s;
    if (m)
        strbuf_done(&m->lines);
    free(m);
    return NULL;
}

struct str sink_memory_lines(const struct sink *s)
{
    return strbuf_str(&((const struct memory *)s)->lines);
}

const struct sink_ops SINK_MEMORY = {
    .name = "memory",
    .help = "one line per finding, kept in memory: for tests",
    .open = memory_open,
    .report = memory_report,
    .close = memory_close,
};
