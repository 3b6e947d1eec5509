// SPDX-License-Identifier: Apache-2.0
#pragma once
/* Tars and images made in memory, byte by byte, so that tests can make what no tool would. */
#include <stdio.h>
#include <stdlib.h>
#include <zlib.h>

#include "base/digest.h"
#include "base/strbuf.h"
#include "image/internal.h"

static inline void tar_header(struct strbuf *t, struct str name, char type, uint64_t size, const char *link)
{
    char h[512] = {};
    memcpy(h, name.p, name.n < 100 ? name.n : 100);
    memcpy(h + 100, "0000644", 8);
    memcpy(h + 108, "0000000", 8);
    memcpy(h + 116, "0000000", 8);
    snprintf(h + 124, 12, "%011llo", (unsigned long long)size);
    memcpy(h + 136, "00000000000", 12);
    memset(h + 148, ' ', 8);
    h[156] = type;
    if (link)
        memcpy(h + 157, link, strlen(link) < 100 ? strlen(link) : 100);
    memcpy(h + 257, "ustar\00000", 8);
    unsigned sum = 0;
    for (size_t i = 0; i < sizeof(h); i++)
        sum += (uint8_t)h[i];
    snprintf(h + 148, 8, "%06o", sum);
    strbuf_add(t, str_n(h, sizeof(h)));
}

static inline void tar_content(struct strbuf *t, struct str content)
{
    strbuf_add(t, content);
    strbuf_pad(t, 0, (512 - content.n % 512) % 512);
}

static inline void tar_file(struct strbuf *t, const char *name, struct str content)
{
    tar_header(t, str_from(name), '0', content.n, NULL);
    tar_content(t, content);
}

static inline void tar_end(struct strbuf *t)
{
    strbuf_pad(t, 0, 1024);
}

/*
 * A whole tar from words: "dir/" a folder, "name" a file holding its own name, "link->target",
 * "hard=>target",
 * "!name" a character device.
 */
static inline void tar_words(struct strbuf *t, const char *words)
{
    struct str rest = str_from(words), w;
    while (str_split(&rest, ' ', &w)) {
        ptrdiff_t arrow = str_find(w, STR("->"), 0), hard = str_find(w, STR("=>"), 0);
        char link[100] = {}, name[200] = {};
        if (!w.n)
            continue;
        memcpy(name, w.p, w.n);
        if (arrow >= 0 || hard >= 0) {
            size_t at = (size_t)(arrow >= 0 ? arrow : hard);
            memcpy(link, w.p + at + 2, w.n - at - 2);
            tar_header(t, str_n(name, at), arrow >= 0 ? '2' : '1', 0, link);
        } else if (str_ends(w, STR("/"))) {
            tar_header(t, w, '5', 0, NULL);
        } else if (name[0] == '!') {
            tar_header(t, str_from(name + 1), '3', 0, NULL);
        } else {
            tar_file(t, name, w);
        }
    }
    tar_end(t);
}

static inline struct str hex_of(struct arena *a, struct str s)
{
    uint8_t d[SHA256_BYTES];
    sha256_once(s.p, s.n, d);
    return hex_encode(a, d, sizeof(d));
}

/* One gzip member (windowBits 31 asks zlib for the gzip wrapper). */
static inline void gzip_add(struct strbuf *out, struct str s)
{
    z_stream z = {};
    if (deflateInit2(&z, 6, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        abort();
    size_t bound = deflateBound(&z, s.n);
    strbuf_reserve(out, bound);
    z.next_in = (Bytef *)s.p;
    z.avail_in = (uInt)s.n;
    z.next_out = (Bytef *)out->p + out->n;
    z.avail_out = (uInt)bound;
    if (deflate(&z, Z_FINISH) != Z_STREAM_END)
        abort();
    out->n += bound - z.avail_out;
    deflateEnd(&z);
}

/* A docker archive of these layers, lowest first; the configuration holds their digests unless it is given.
 */
static inline void docker_archive(struct strbuf *t, struct arena *a, const struct str *layers, size_t n,
                                  const char *config)
{
    _cleanup_(strbuf_done) struct strbuf c = {}, m = {};
    if (config) {
        strbuf_adds(&c, config);
    } else {
        strbuf_adds(&c, "{\"os\":\"linux\",\"rootfs\":{\"diff_ids\":[");
        for (size_t i = 0; i < n; i++)
            strbuf_printf(&c, "%s\"sha256:%.*s\"", i ? "," : "", STR_ARG(hex_of(a, layers[i])));
        strbuf_adds(&c, "]}}");
    }
    strbuf_adds(&m, "[{\"Config\":\"config\",\"RepoTags\":[\"test:1\"],\"Layers\":[");
    for (size_t i = 0; i < n; i++)
        strbuf_printf(&m, "%s\"%zu/layer.tar\"", i ? "," : "", i + 1);
    strbuf_adds(&m, "]}]");
    for (size_t i = 0; i < n; i++) {
        char name[40];
        snprintf(name, sizeof(name), "%zu/layer.tar", i + 1);
        tar_file(t, name, layers[i]);
    }
    tar_file(t, "config", strbuf_str(&c));
    tar_file(t, "manifest.json", strbuf_str(&m));
    tar_end(t);
}

static inline void add_problem_words(struct strbuf *b, uint64_t problems)
{
    for (unsigned bit = 0; bit < IMAGE_PROBLEM__N; bit++)
        if (problems & 1ULL << bit)
            strbuf_printf(b, " !%s", image_problem_name((enum image_problem_bit)bit));
}

/* Walks to the end: "LAYER PATH [shadowed|deleted BY] [!problem]" a line, whiteouts left out; contents are
 * read too. */
static inline void walk_text(struct image *img, struct strbuf *b)
{
    const struct image_entry *e;
    const uint8_t *p;
    size_t n;
    while (!image_next(img, &e, NULL)) {
        while (!image_read(img, &p, &n, NULL))
            ;
        if (e->is_whiteout && !e->problems)
            continue;
        strbuf_printf(b, "%u %.*s", e->layer ? e->layer->index : 0, STR_ARG(e->path));
        if (e->state != LAYER_EFFECTIVE)
            strbuf_printf(b, " %s %u", layer_state_name(e->state), e->hidden_by);
        add_problem_words(b, e->problems);
        strbuf_addc(b, '\n');
    }
}
