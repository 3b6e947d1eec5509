// SPDX-License-Identifier: Apache-2.0
#include <errno.h>

#include "base/cleanup.h"
#include "base/intl.h"
#include "base/text.h"
#include "cmd/logs.h"
#include "cmd/progress.h"

#define SECOND_NS UINT64_C(1000000000)
enum { TROUBLES_MAX = 100 };

void logs_options_init(struct logs_options *o, const char *program)
{
    *o = (struct logs_options){.until_ns = UINT64_MAX};
    watch_options_init(&o->watch, program);
    o->watch.source = SOURCE_LOG;
    o->watch.sigma.of_records = true;
}

void logs_options_done(struct logs_options *o)
{
    watch_options_done(&o->watch);
    vec_done(&o->expected);
    vec_done(&o->geo);
    vec_done(&o->lists);
}

int logs_operands(struct logs_options *o, const struct cmd_program *program, int argc, char **argv)
{
    const int first = cmd_parse(program, argc, argv, o);
    if (first < 0)
        return first;
    if (first == argc) {
        cmd_error(program->name, "say which logs: files, folders, or - for standard input");
        return -EINVAL;
    }
    if (o->until_ns <= o->since_ns) {
        cmd_error(program->name, "--until is not after --since");
        return -EINVAL;
    }
    return first;
}

static bool age(const char *value, uint64_t *ret)
{
    static const struct {
        char unit;
        uint64_t seconds;
    } UNITS[] = {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}, {'w', 7 * 86400}};
    const struct str s = str_from(value);
    uint64_t n;
    for (size_t i = 0; s.n && i < ARRAY_SIZE(UNITS); i++)
        if (s.p[s.n - 1] == UNITS[i].unit && str_to_u64(str_sub(s, 0, s.n - 1), &n) && n < UINT64_MAX / SECOND_NS / UNITS[i].seconds) {
            *ret = n * UNITS[i].seconds * SECOND_NS;
            return true;
        }
    return false;
}

int logs_age(const struct logs_options *o, const char *option, const char *value, uint64_t *ret)
{
    if (age(value, ret) && *ret)
        return 0;
    cmd_error(o->watch.program, "--%s takes a duration such as 30m, 12h or 7d", option);
    return -EINVAL;
}

int logs_time(const struct logs_options *o, const char *option, const char *value, uint64_t *ret)
{
    uint64_t ns;
    const uint64_t now_ns = clock_ns(CLOCK_REALTIME);
    if (age(value, &ns) && ns < now_ns)
        *ret = now_ns - ns;
    else if (!(*ret = log_time(str_from(value)))) {
        cmd_error(o->watch.program, "--%s takes a time such as 2024-07-31 or 2024-07-31T14:00Z, or an age such as 30m, 12h or 7d", option);
        return -EINVAL;
    }
    return 0;
}

static bool is_named(const struct logs_reading *r, const char *file)
{
    for (size_t i = 0; i < r->n_paths; i++)
        if (!strcmp(r->paths[i], file))
            return true;
    return false;
}

/* A name that somebody chose, on one line. */
static const char *shown(struct strbuf *b, const char *file)
{
    text_add_safe(b, str_from(file));
    strbuf_pad(b, 0, 1);
    return b->p;
}

/* Of one kind: where it was first, in how many files. */
static void say_kind(const char *program, const char *name, const struct log_unknown *u, uint64_t files)
{
    _cleanup_(strbuf_done) struct strbuf b = {};
    const char *file = shown(&b, name);
    char more[32];
    (void)snprintf(more, sizeof(more), "%llu", (unsigned long long)(files - 1));
    if (files > 1)
        cmd_error(program, intl_plural("%s, and %s more file: records of JSON of no known format: %llu; members: %s; %s",
                                       "%s, and %s more files: records of JSON of no known format: %llu; members: %s; %s", files - 1),
                  file, more, (unsigned long long)u->records, u->members, intl_text(u->guess));
    else if (u->line)
        cmd_error(program, "%s:%llu: records of JSON of no known format, from here on: %llu; members: %s; %s", file, (unsigned long long)u->line,
                  (unsigned long long)u->records, u->members, intl_text(u->guess));
    else
        cmd_error(program, "%s: record %llu and others are JSON of no known format: %llu; members: %s; %s", file, (unsigned long long)u->number,
                  (unsigned long long)u->records, u->members, intl_text(u->guess));
}

/* What was read and is not known: the most frequent kinds, and how much else. */
static void say_unknowns(const struct logs_reading *r, const struct log_unknowns *all)
{
    enum { TOLD = 3 };
    const char *program = r->options->watch.program;
    uint64_t left = all->records;
    unsigned told = 0;
    if (r->options->follow) /* each was told when it came */
        return;
    for (size_t i = 0; i < all->n; i++) {
        const struct log_unknown_kind *k = &all->kinds[i];
        if (!r->options->watch.verbose && (k->first.is_known || told == TOLD))
            continue;
        say_kind(program, k->file, &k->first, k->files);
        told += !k->first.is_known;
        left -= k->first.is_known ? 0 : k->first.records;
    }
    if (left)
        cmd_error(program, "records of JSON of other unknown formats: %llu (--verbose tells more of them)", (unsigned long long)left);
}

static void say(void *ctx, const struct log_trouble *t)
{
    struct logs_reading *r = ctx;
    const char *program = r->options->watch.program;
    const bool is_asked_for = is_named(r, t->file);
    r->has_unread = r->has_unread || (t->is_unknown && is_asked_for);
    if (t->is_unknown && !r->options->watch.verbose && !is_asked_for)
        return; /* a folder holds other files too: they are counted */
    /* an archive may hold a million files that are broken, and each has a first record that is */
    if (r->told >= TROUBLES_MAX && !r->options->watch.verbose) {
        r->untold++;
        return;
    }
    r->told++;
    progress_end(r->progress);
    if (t->unknown) {
        say_kind(program, t->file, t->unknown, 1);
        return;
    }
    struct strbuf b = {};
    const char *file = shown(&b, t->file);
    if (t->group && t->row)
        cmd_error(program, "%s: row group %llu, row %llu: %s", file, (unsigned long long)t->group, (unsigned long long)t->row, intl_text(t->why));
    else if (t->group)
        cmd_error(program, "%s: row group %llu: %s", file, (unsigned long long)t->group, intl_text(t->why));
    else if (!t->number)
        cmd_error(program, "%s: %s", file, intl_text(t->why));
    else if (t->line)
        cmd_error(program, "%s:%llu: record %llu at byte %llu: %s", file, (unsigned long long)t->line, (unsigned long long)t->number,
                  (unsigned long long)t->offset, intl_text(t->why));
    else
        cmd_error(program, "%s: record %llu at byte %llu: %s", file, (unsigned long long)t->number, (unsigned long long)t->offset,
                  intl_text(t->why));
    strbuf_done(&b);
}

int logs_open(struct logs_reading *r, const char *const *paths, size_t n)
{
    struct error err = ERROR_NULL;
    r->paths = paths;
    r->n_paths = n;
    const struct log_options o = {.paths = paths, .n_paths = n, .follow = r->options->follow, .state = r->state, .prices = &r->prices, .addresses = r->addresses, .cases = r->cases ? logs_cases_of(r->cases) : NULL, .say = say, .ctx = r};
    if (log_reader_new(&o, &r->reader, &err) == 0)
        return 0;
    cmd_error(r->options->watch.program, "%s", err.text);
    return EXIT_CANNOT;
}

void logs_progress(struct logs_reading *r)
{
    struct log_stats s;
    log_reader_stats(r->reader, &s);
    progress_at(r->progress, _("reading"), s.raw, s.raw_total, s.records, s.file);
}

int logs_close(struct logs_reading *r)
{
    struct log_stats s;
    progress_end(r->progress);
    if (!r->reader)
        return 0;
    say_unknowns(r, log_reader_unknowns(r->reader));
    log_reader_stats(r->reader, &s);
    r->reader = log_reader_free(r->reader);
    const char *program = r->options->watch.program;
    if (r->untold)
        cmd_error(program, "more files with something that could not be read: %llu (--verbose tells each)", (unsigned long long)r->untold);
    if (s.broken > 1)
        cmd_error(program, "records that do not parse: %llu, in %llu files; all others were judged", (unsigned long long)s.broken,
                  (unsigned long long)s.bad_files);
    if (s.unknown_files && !r->options->watch.sums_up)
        cmd_error(program, "files of no known format: %llu (--verbose names them)", (unsigned long long)s.unknown_files);
    return s.broken || s.bad_files || r->has_unread ? EXIT_CANNOT : 0;
}
