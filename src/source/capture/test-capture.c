// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <zstd.h>

#include "base/file.h"
#include "base/strbuf.h"
#include "event/record_read.h"
#include "event/record_write.h"
#include "harness/test.h"
#include "source/capture/read.h"
#include "source/capture/write.h"

enum { PATIENCE_MS = 20'000 };

static char folder[64], path_buffer[128];

static const char *path_of(const char *name)
{
    if (!folder[0]) {
        (void)snprintf(folder, sizeof(folder), "/tmp/davy-capture-XXXXXX");
        CHECK(mkdtemp(folder));
    }
    (void)snprintf(path_buffer, sizeof(path_buffer), "%s/%s", folder, name);
    return path_buffer;
}

static void forget_folder(void)
{
    char command[128];
    (void)snprintf(command, sizeof(command), "rm -rf %s", folder);
    CHECK_INT(system(command), 0);
    folder[0] = 0;
}

/* Records that cannot be mistaken for each other. */
static const struct record *sample(struct record_writer *w, unsigned i)
{
    char name[64];
    (void)snprintf(name, sizeof(name), "/tmp/file-%u", i);
    struct record *r = record_begin(w, 257 /* openat */);
    r->time_ns = 1000 + i;
    r->pid = r->tid = (int32_t)i + 1;
    record_add_text(w, RECORD_PARAM + 2, str_from(name));
    return w->record;
}

static struct capture_writer *writer_to(const char *path, uint64_t bytes, unsigned files)
{
    struct capture_writer *w = NULL;
    struct error err = ERROR_NULL;
    if (capture_create(&(struct capture_options){.path = path, .bytes = bytes, .files = files, .boot_ns = 7, .started_ns = 8}, &w, &err) < 0)
        test_fail(__FILE__, __LINE__, "%s", err.text);
    return w;
}

/* What a reader gave: numbers of samples in order, and what else it met. */
struct got {
    unsigned n, first, last, drops, machines;
    uint64_t dropped;
    bool is_in_order;
    int code;
    struct error err;
    struct capture_trouble trouble;
};

static int take(void *ctx, const struct record *r)
{
    struct got *g = ctx;
    if (r->kind == RECORD_DROPS) {
        g->drops++;
        g->dropped += record_drop(record_find(r, RECORD_DROP))->count;
    } else if (r->kind == RECORD_MACHINE) {
        g->machines++;
    } else {
        unsigned i = (unsigned)r->pid - 1;
        if (!g->n)
            g->first = i;
        g->is_in_order &= !g->n || i > g->last;
        g->last = i;
        g->n++;
    }
    return 0;
}

static struct got read_all(struct source *s)
{
    struct got g = {.is_in_order = true};
    do
        g.code = s->ops->read(s, -1, take, &g, &g.err);
    while (g.code >= 0);
    capture_trouble(s, &g.trouble);
    s->ops->close(s);
    return g;
}

static struct got read_paths(const char *const *paths, size_t n)
{
    struct source *s = NULL;
    CHECK_INT(capture_open(paths, n, &s, NULL), 0);
    return read_all(s);
}

static struct got read_path(const char *path)
{
    return read_paths(&path, 1);
}

static struct got read_bytes(struct str bytes)
{
    int fd = memfd_create("capture", MFD_CLOEXEC);
    CHECK(fd >= 0 && write(fd, bytes.p, bytes.n) == (ssize_t)bytes.n && lseek(fd, 0, SEEK_SET) == 0);
    return read_all(capture_open_fd(fd, "memory"));
}

/* A capture of n samples, each flush a frame. */
static void capture_of(const char *path, unsigned n, unsigned per_frame)
{
    struct record_writer rw = {};
    struct capture_writer *w = writer_to(path, 0, 0);
    for (unsigned i = 0; i < n; i++) {
        capture_write(w, sample(&rw, i));
        if ((i + 1) % per_frame == 0)
            capture_flush(w);
    }
    CHECK_INT(capture_close(w, PATIENCE_MS), 0);
    record_writer_done(&rw);
}

static void load(const char *path, struct strbuf *b)
{
    CHECK_INT(file_read(path, 64 << 20, b, NULL), 0);
}

TEST(what_goes_in_comes_out)
{
    const char *path = path_of("a");
    struct stat st;
    capture_of(path, 50'000, 50'000); /* several frames of the largest size */
    struct got g = read_path(path);
    CHECK_INT(g.code, -ENODATA);
    CHECK_INT(g.n, 50'000);
    CHECK(g.is_in_order && g.first == 0 && g.last == 49'999);
    CHECK_INT(g.trouble.places + g.trouble.cut, 0);
    CHECK_INT(stat(path, &st), 0);
    CHECK_INT(st.st_mode & 0777, 0600);
    CHECK(st.st_size < 50'000 * 40); /* records of 272 bytes */
    forget_folder();
}

TEST(the_header_tells_the_machine)
{
    const char *path = path_of("a");
    struct source *s = NULL;
    struct got g = {};
    capture_of(path, 1, 1);
    CHECK_INT(capture_open(&path, 1, &s, NULL), 0);
    CHECK(!capture_header(s));
    CHECK_INT(s->ops->read(s, -1, take, &g, NULL), 1);
    const struct capture_header *h = capture_header(s);
    CHECK(h && h->boot_ns == 7 && h->started_ns == 8 && h->hostname[0] && h->kernel[0]);
    CHECK(str_starts(str_from(h->writer), STR("davy ")));
    struct source_stats stats;
    s->ops->stats(s, &stats);
    CHECK_INT(stats.delivered, 1);
    s->ops->close(s);
    forget_folder();
}

TEST(a_cut_file_is_good_up_to_the_cut)
{
    _cleanup_(strbuf_done) struct strbuf b = {};
    const char *path = path_of("a");
    capture_of(path, 3000, 1000);
    load(path, &b);
    unsigned before = 0;
    for (size_t n = CAPTURE_HEADER_BYTES; n < b.n; n += 97) {
        struct got g = read_bytes(str_n(b.p, n));
        CHECK_INT(g.code, -ENODATA);
        CHECK(g.is_in_order && g.n >= before && (!g.n || g.last == g.n - 1));
        CHECK_INT(g.trouble.places, 0);
        before = g.n;
    }
    CHECK(before > 2000);
    struct got g = read_bytes(str_n(b.p, b.n - 1));
    CHECK_INT(g.trouble.cut, 1);
    CHECK(str_has(str_from(g.trouble.first), STR("in the middle of a frame")));
    forget_folder();
}

TEST(damage_costs_its_frame_and_is_told)
{
    _cleanup_(strbuf_done) struct strbuf b = {};
    const char *path = path_of("a");
    capture_of(path, 3000, 1000);
    load(path, &b);
    for (size_t at = CAPTURE_HEADER_BYTES; at < b.n; at += 13) {
        b.p[at] ^= 0x55;
        struct got g = read_bytes(strbuf_str(&b));
        CHECK_INT(g.code, -ENODATA);
        CHECK(g.is_in_order);
        CHECK(g.n >= 2000 || (g.trouble.cut && g.n >= 1000)); /* a length that grew swallows the next frame */
        CHECK(g.trouble.places || g.trouble.cut);
        CHECK(g.trouble.first[0]);
        b.p[at] ^= 0x55;
    }
    forget_folder();
}

TEST(what_is_no_capture_is_refused)
{
    _cleanup_(strbuf_done) struct strbuf b = {};
    const char *path = path_of("a");
    struct got g = read_bytes(STR("#!/bin/sh\necho no capture\n"));
    CHECK_INT(g.code, -EPROTO);
    CHECK_CSTR(g.err.text, "memory is no capture of davy watch");
    g = read_bytes(STR(""));
    CHECK_CSTR(g.err.text, "memory is empty");
    capture_of(path, 1, 1);
    load(path, &b);
    g = read_bytes(str_n(b.p, 100));
    CHECK_CSTR(g.err.text, "memory ends within its header");
    ((struct capture_header *)b.p)->version++;
    g = read_bytes(strbuf_str(&b));
    CHECK_INT(g.code, -EPROTO);
    CHECK(str_has(str_from(g.err.text), STR("form 2")));
    g = read_path(path);
    CHECK_INT(g.n, 1);
    struct source *s;
    struct error err = ERROR_NULL;
    CHECK_INT(capture_open(&(const char *){"/nonexistent"}, 1, &s, &err), -ENOENT);
    CHECK(str_has(str_from(err.text), STR("/nonexistent")));
    forget_folder();
}

TEST(several_captures_are_one_stream)
{
    _cleanup_(strbuf_done) struct strbuf b = {};
    char first[128], second[128];
    (void)snprintf(first, sizeof(first), "%s", path_of("1"));
    (void)snprintf(second, sizeof(second), "%s", path_of("2"));
    capture_of(first, 10, 10);
    capture_of(second, 20, 7);
    struct got g = read_paths((const char *const[]){first, second}, 2);
    CHECK_INT(g.n, 30);
    load(first, &b);
    load(second, &b);
    g = read_bytes(strbuf_str(&b)); /* cat */
    CHECK_INT(g.n, 30);
    CHECK_INT(g.trouble.places, 0);
    forget_folder();
}

TEST(a_pipe_gives_records_as_they_come)
{
    _cleanup_(strbuf_done) struct strbuf b = {};
    const char *path = path_of("a");
    int ends[2];
    struct got g = {.is_in_order = true};
    capture_of(path, 20, 10);
    load(path, &b);
    CHECK_INT(pipe2(ends, O_CLOEXEC), 0);
    struct source *s = capture_open_fd(ends[0], "pipe");
    CHECK_INT(s->ops->pollable(s), ends[0]);
    CHECK_INT(s->ops->read(s, 0, take, &g, NULL), 0); /* nothing yet */
    for (size_t i = 0; i < b.n; i++) {
        CHECK_INT(write(ends[1], b.p + i, 1), 1);
        CHECK(s->ops->read(s, 0, take, &g, NULL) >= 0);
    }
    CHECK_INT(g.n, 20);
    (void)close(ends[1]);
    CHECK_INT(s->ops->read(s, -1, take, &g, NULL), -ENODATA);
    s->ops->close(s);
    forget_folder();
}

static int stop(void *ctx, const struct record *r)
{
    (void)take(ctx, r);
    return ((struct got *)ctx)->n % 3 ? 0 : -ECANCELED;
}

TEST(reading_stops_where_it_is_told_and_goes_on_behind)
{
    const char *path = path_of("a");
    struct source *s = NULL;
    struct got g = {.is_in_order = true};
    capture_of(path, 10, 5);
    CHECK_INT(capture_open(&path, 1, &s, NULL), 0);
    CHECK_INT(s->ops->read(s, -1, stop, &g, NULL), -ECANCELED);
    CHECK_INT(g.n, 3);
    while (s->ops->read(s, -1, stop, &g, NULL) != -ENODATA)
        ;
    CHECK_INT(g.n, 10);
    CHECK(g.is_in_order);
    s->ops->close(s);
    forget_folder();
}

/* A frame of such content behind a good header. */
static struct got read_frame(struct str content)
{
    _cleanup_(strbuf_done) struct strbuf b = {};
    const char *path = path_of("h");
    capture_of(path, 0, 1);
    load(path, &b);
    strbuf_reserve(&b, ZSTD_compressBound(content.n));
    size_t n = ZSTD_compress(b.p + b.n, ZSTD_compressBound(content.n), content.p, content.n, 1);
    CHECK(!ZSTD_isError(n));
    b.n += n;
    return read_bytes(strbuf_str(&b));
}

TEST(hostile_frames_cost_little)
{
    _cleanup_(strbuf_done) struct strbuf b = {};
    strbuf_pad(&b, 0, 64 << 20); /* 64 MiB of zeros in a few KiB */
    struct got g = read_frame(strbuf_str(&b));
    CHECK_INT(g.code, -ENODATA);
    CHECK_INT(g.n, 0);
    CHECK(str_has(str_from(g.trouble.first), STR("larger than any")) || str_has(str_from(g.trouble.first), STR("memory")));
    g = read_frame(STR("these are no records, whatever the frame says: not at all"));
    CHECK_INT(g.code, -ENODATA);
    CHECK_INT(g.trouble.places, 1);
    /* a frame seems to begin everywhere */
    strbuf_clear(&b);
    const char *path = path_of("h");
    capture_of(path, 0, 1);
    load(path, &b);
    for (int i = 0; i < 1 << 18; i++)
        strbuf_add(&b, str_n("\x28\xb5\x2f\xfd", 4));
    g = read_bytes(strbuf_str(&b));
    CHECK(g.code == -ENODATA || g.code == -EBADMSG);
    CHECK_INT(g.trouble.places, 1);
    forget_folder();
}

TEST(a_bounded_capture_ends_or_turns_over)
{
    char path[128], older[140];
    struct record_writer rw = {};
    struct capture_stats stats;
    struct stat st;
    (void)snprintf(path, sizeof(path), "%s", path_of("a"));
    struct capture_writer *w = writer_to(path, 4096, 0);
    for (unsigned i = 0; i < 2000; i++) {
        capture_write(w, sample(&rw, i));
        if (i % 20 == 19)
            capture_flush(w);
    }
    uint64_t lost = capture_close(w, PATIENCE_MS);
    CHECK(lost > 0 && lost < 2000);
    CHECK_INT(stat(path, &st), 0);
    CHECK(st.st_size <= 4096);
    struct got g = read_path(path);
    CHECK_INT(g.n, 2000 - lost);

    w = writer_to(path, 4096, 3);
    struct record *machine = record_begin(&rw, RECORD_MACHINE);
    machine->time_ns = 1;
    capture_write(w, machine);
    for (unsigned i = 0; i < 2000; i++) {
        capture_write(w, sample(&rw, i));
        if (i % 20 == 19)
            capture_flush(w);
    }
    capture_stats(w, &stats);
    CHECK_INT(stats.records, 2001);
    CHECK_INT(capture_close(w, PATIENCE_MS), 0);
    for (int i = 1; i <= 2; i++) {
        (void)snprintf(older, sizeof(older), "%s.%d", path, i);
        CHECK_INT(stat(older, &st), 0);
        CHECK(st.st_size <= 4096);
        g = read_path(older);
        CHECK(g.n > 0 && g.is_in_order);
        CHECK_INT(g.machines, 1);
    }
    (void)snprintf(older, sizeof(older), "%s.3", path);
    CHECK(stat(older, &st) < 0);
    g = read_path(path);
    CHECK_INT(g.last, 1999);
    CHECK_INT(g.machines, 1);
    record_writer_done(&rw);
    forget_folder();
}

/* What RECORD_PROCESS told of processes before anything else happened. */
struct beginning {
    struct strbuf lines;
    bool is_over;
};

static int take_beginning(void *ctx, const struct record *r)
{
    struct beginning *b = ctx;
    if (r->kind == RECORD_PROCESS && !b->is_over) {
        const struct record_block *args = record_find(r, RECORD_ARGS);
        strbuf_printf(&b->lines, "%d:%.*s ", r->pid, STR_ARG(args ? record_text(args) : STR("-")));
    } else if (r->kind != RECORD_MACHINE && r->kind != RECORD_USER) {
        b->is_over = true;
    }
    return 0;
}

static void process_record(struct capture_writer *w, struct record_writer *rw, unsigned kind, int pid, int ppid, const char *args)
{
    struct record *r = record_begin(rw, (uint16_t)kind);
    r->time_ns = 10;
    r->pid = r->tid = pid;
    r->ppid = ppid;
    r->start_ns = (uint64_t)pid * 100;
    r->pstart_ns = (uint64_t)ppid * 100;
    r->flags = kind == RECORD_PROCEXIT ? RECORD_IS_LAST : 0;
    if (args)
        record_add_text(rw, RECORD_ARGS, str_from(args));
    capture_write(w, rw->record);
}

TEST(each_file_of_a_capture_tells_what_lives)
{
    enum { EXECVE = 59 };
    struct record_writer rw = {};
    struct beginning b = {};
    struct error err = ERROR_NULL;
    struct source *s;
    char path[128];
    (void)snprintf(path, sizeof(path), "%s", path_of("a"));
    struct capture_writer *w = writer_to(path, 4096, 2);
    record_begin(&rw, RECORD_MACHINE)->time_ns = 1;
    capture_write(w, rw.record);
    record_begin(&rw, RECORD_USER)->uid = 7;
    capture_write(w, rw.record);
    process_record(w, &rw, RECORD_PROCESS, 1, 0, "init");
    process_record(w, &rw, RECORD_FORK, 2, 1, NULL);
    process_record(w, &rw, RECORD_FORK, 3, 2, NULL);
    process_record(w, &rw, EXECVE, 3, 2, "ls");
    process_record(w, &rw, RECORD_FORK, 4, 3, NULL);
    process_record(w, &rw, RECORD_PROCEXIT, 3, 2, NULL);
    for (unsigned i = 0; i < 2000; i++) {
        capture_write(w, sample(&rw, i));
        if (i % 20 == 19)
            capture_flush(w);
    }
    CHECK_INT(capture_close(w, PATIENCE_MS), 0);
    const char *const paths[] = {path};
    CHECK_INT(capture_open(paths, 1, &s, &err), 0);
    while (s->ops->read(s, 0, take_beginning, &b, &err) > 0)
        ;
    s = s->ops->close(s);
    CHECK_CSTR(b.lines.p, "1:init 2:init 4:ls ");
    strbuf_done(&b.lines);
    record_writer_done(&rw);
    forget_folder();
}

TEST(what_the_disk_does_not_take_is_told_in_the_capture)
{
    struct record_writer rw = {};
    struct capture_writer *w = NULL;
    struct capture_stats stats;
    const char *path = path_of("slow");
    CHECK_INT(mkfifo(path, 0600), 0);
    int fd = open(path, O_RDWR | O_CLOEXEC); /* nobody reads until later */
    CHECK(fd >= 0);
    CHECK_INT(capture_create(&(struct capture_options){.path = path, .queue = 64 << 10}, &w, NULL), 0);
    unsigned n = 0;
    do { /* noise does not shrink, so the pipe is full soon */
        char noise[4096];
        for (size_t i = 0; i < sizeof(noise); i += sizeof(long))
            *(long *)(noise + i) = random() * 2654435761L;
        struct record *r = record_begin(&rw, 1);
        r->pid = (int32_t)++n;
        record_add_text(&rw, RECORD_DATA, str_n(noise, RECORD_DATA_MAX));
        record_add_text(&rw, RECORD_ENV, str_n(noise, sizeof(noise)));
        capture_write(w, rw.record);
        capture_flush(w);
        capture_stats(w, &stats);
    } while (stats.lost < 10 && n < 100'000);
    CHECK(stats.lost >= 10);
    CHECK_INT(stats.last.code, -ENOBUFS);
    struct source *s = capture_open_fd(fd, "pipe"); /* somebody reads at last */
    struct got g = {.is_in_order = true};
    uint64_t lost = stats.lost;
    while (g.n + lost < n)
        CHECK(s->ops->read(s, 100, take, &g, NULL) >= 0);
    capture_write(w, sample(&rw, n));
    capture_flush(w);
    while (g.last < n)
        CHECK(s->ops->read(s, 100, take, &g, NULL) >= 0);
    CHECK(g.drops >= 1);
    CHECK_INT(g.dropped, lost);
    CHECK(g.is_in_order);
    CHECK_INT(capture_close(w, PATIENCE_MS), lost);
    s->ops->close(s);
    record_writer_done(&rw);
    forget_folder();
}
