// SPDX-License-Identifier: Apache-2.0
/* Prints what an image holds, a line per entry, for tests that compare forms of one image. */
#include <stdio.h>

#include "base/text.h"
#include "image/image.h"
#include "base/digest.h"

static void show(const char *name, struct str s)
{
    _cleanup_(strbuf_done) struct strbuf b = {};
    text_add_safe(&b, s);
    printf("%s %.*s\n", name, STR_ARG(strbuf_str(&b)));
}

static void show_problems(uint64_t problems)
{
    for (unsigned bit = 0; bit < IMAGE_PROBLEM__N; bit++)
        if (problems & 1ULL << bit)
            printf(" !%s", image_problem_name((enum image_problem_bit)bit));
}

static void show_info(const struct image_info *i)
{
    printf("kind %d\n", (int)i->kind);
    show("ref", i->ref);
    show("manifest", i->manifest_digest);
    show("config", i->config_digest);
    show("os", i->os);
    show("arch", i->arch);
    for (size_t k = 0; k < i->n_env; k++)
        show("env", i->env[k]);
    for (size_t k = 0; k < i->n_cmd; k++)
        show("cmd", i->cmd[k]);
    for (size_t k = 0; k < i->n_labels; k++)
        show("label", i->labels[k]);
    for (size_t k = 0; k < i->n_layers; k++) {
        show("diff_id", i->layers[k].diff_id);
        show("created_by", i->layers[k].created_by);
    }
}

static int show_content(struct image *img, struct arena *a)
{
    const uint8_t *p;
    size_t n;
    int r;
    struct error err = ERROR_NULL;
    struct sha256 *h = sha256_new();
    while (!(r = image_read(img, &p, &n, &err)))
        sha256_add(h, p, n);
    struct str hex = sha256_end_hex(h, a);
    printf(" %.*s", STR_ARG(hex));
    sha256_free(h);
    return r;
}

static void show_entry(struct image *img, const struct image_entry *e, struct arena *a)
{
    _cleanup_(strbuf_done) struct strbuf b = {};
    text_add_safe(&b, e->path);
    printf("%u %s %u %.*s %s%s %llu %llo %llu:%llu", e->layer ? e->layer->index : 0,
           layer_state_name(e->state), e->hidden_by, STR_ARG(strbuf_str(&b)), entry_type_name(e->type),
           e->is_whiteout ? "/whiteout" : "", (unsigned long long)e->size, (unsigned long long)e->mode,
           (unsigned long long)e->uid, (unsigned long long)e->gid);
    if (e->type == ENTRY_REGULAR)
        (void)show_content(img, a);
    if (e->link_target.n) {
        strbuf_clear(&b);
        text_add_safe(&b, e->link_target);
        printf(" -> %.*s", STR_ARG(strbuf_str(&b)));
    }
    for (size_t i = 0; i < e->n_xattrs; i++)
        printf(" @%.*s", STR_ARG(e->xattrs[i]));
    if (e->is_immutable)
        printf(" +i");
    if (e->is_append_only)
        printf(" +a");
    show_problems(e->problems);
    printf("\n");
}

/* usage: image-dump [-q] TARGET [ONLY…]; -q reads everything and prints the end only */
int main(int argc, char **argv)
{
    _cleanup_(image_freep) struct image *img = NULL;
    _cleanup_(arena_done) struct arena a = {};
    struct error err = ERROR_NULL;
    bool is_quiet = argc > 2 && !strcmp(argv[1], "-q");
    argv += is_quiet;
    argc -= is_quiet;
    struct image_options options = {.only = argc > 2 ? (const char *const *)argv + 2 : NULL};
    if (argc < 2 || image_open(argv[1], &options, &img, &err) < 0) {
        fprintf(stderr, "%s\n", err.text);
        return 3;
    }
    const struct image_entry *e;
    const uint8_t *p;
    size_t n;
    int r;
    if (!is_quiet)
        show_info(image_info(img));
    while (!(r = image_next(img, &e, &err))) {
        arena_reset(&a);
        if (!is_quiet)
            show_entry(img, e, &a);
        while (is_quiet && !image_read(img, &p, &n, NULL))
            ;
    }
    const struct image_trouble *t;
    n = image_troubles(img, &t);
    for (size_t i = 0; i < n; i++) {
        printf("trouble %u", t[i].layer);
        show_problems(t[i].problems);
        printf(": %.*s\n", STR_ARG(t[i].text));
    }
    struct image_progress done = image_progress(img);
    printf("end %llu entries, %llu of %llu bytes\n", (unsigned long long)done.entries,
           (unsigned long long)done.bytes_done, (unsigned long long)done.bytes_total);
    if (r < 0)
        fprintf(stderr, "%s\n", err.text);
    return r < 0 ? 3 : 0;
}
