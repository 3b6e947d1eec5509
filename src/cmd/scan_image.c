// SPDX-License-Identifier: Apache-2.0
/* Walks what the image room opens: container images, folders, files. */

#include "base/strbuf.h"
#include "base/vec.h"
#include "cmd/scan.h"
#include "inspect/scan_facts.h"

enum {
    ACCOUNT_FILE_MAX = 1 << 20, /* of passwd and the like: more accounts than that are not read by anybody */
    STARTED_MAX = 4096,         /* programs remembered because something starts them */
};

/* The content of one entry on its way to the inspector, copied aside when it defines accounts. */
struct stream {
    struct scan *scan;
    struct image *image;
    struct strbuf aside;
    bool keep;
    int result; /* of reading, negative when the rest could not be had */
    struct error err;
};

static int stream_read(void *ctx, const uint8_t **ret, size_t *ret_n)
{
    struct stream *st = ctx;
    struct scan *s = st->scan;
    int r = image_read(st->image, ret, ret_n, &st->err);
    if (r) {
        st->result = r < 0 ? r : 0;
        return r;
    }
    s->target->counts.bytes += *ret_n;
    if (st->keep && st->aside.n + *ret_n <= ACCOUNT_FILE_MAX)
        strbuf_add(&st->aside, str_n(*ret, *ret_n));
    struct image_progress p = image_progress(st->image);
    progress_at(&s->progress, "reading", p.bytes_done, p.bytes_total, p.entries, facts_get_str(&s->facts, F_FILE_PATH).p);
    return 0;
}

/* Remembers the programs that this file makes somebody start, to be looked at as well. */
static void remember_started(struct scan *s)
{
    static const enum field_id FIELDS_OF_COMMANDS[] = {F_PERSIST_COMMANDS, F_PRELOAD_LIBS};
    for (size_t k = 0; k < 2; k++) {
        const struct value *v = facts_get(&s->facts, FIELDS_OF_COMMANDS[k]);
        for (size_t i = 0; v->type == VALUE_LIST && i < v->list.n; i++) {
            struct str rest = v->list.v[i].s, word;
            while (s->started.n < STARTED_MAX && str_split(&rest, ' ', &word)) {
                word = str_trim(word);
                if (word.n > 1 && word.p[0] == '/')
                    vec_add(&s->started, arena_str(&s->arena, word).p);
            }
        }
    }
}

static int look_at_content(struct scan *s, struct image *img, const struct image_entry *e)
{
    struct stream st = {.scan = s, .image = img};
    st.keep = e->state == LAYER_EFFECTIVE && accounts_wants(e->path);
    int r = inspector_file(s->inspector, &(struct content_source){&st, stream_read}, &s->facts);
    if (st.keep && st.aside.n)
        accounts_add(s->accounts, e->path, strbuf_str(&st.aside));
    strbuf_done(&st.aside);
    if (st.result < 0)
        report_unread(s->target, e->path, str_from(st.err.text));
    return r < 0 ? r : 0;
}

static void count(struct report_counts *c, const struct image_entry *e)
{
    c->whiteouts += e->is_whiteout;
    c->files += e->type == ENTRY_REGULAR && !e->is_whiteout;
    c->directories += e->type == ENTRY_DIRECTORY;
    c->symlinks += e->type == ENTRY_SYMLINK;
    c->hardlinks += e->type == ENTRY_HARDLINK;
    c->specials += e->type >= ENTRY_FIFO;
}

int scan_walk(struct scan *s, struct image *img, const char *origin, struct str ref)
{
    const struct image_info *info = image_info(img);
    const struct image_entry *e;
    struct error err = ERROR_NULL;
    int r;
    while ((r = image_next(img, &e, &err)) == 0) {
        count(&s->target->counts, e);
        if (e->is_whiteout && !e->problems)
            continue;
        if (e->type == ENTRY_DIRECTORY && !e->problems && !e->error)
            continue;
        if (e->error) {
            report_unread(s->target, e->path, str_from(strerror(-e->error)));
            continue;
        }
        facts_reset(&s->facts, EVENT_FILE, s->report.started_ns);
        if (info->n_layers)
            scan_facts_image_short(&s->facts, info, ref);
        scan_facts_entry(&s->facts, e, origin);
        if (e->layer)
            scan_facts_layer(&s->facts, e, info->n_layers, s->created_by ? s->created_by[e->layer->index - 1] : STR_NULL);
        if (e->type == ENTRY_REGULAR && !e->is_whiteout && (r = look_at_content(s, img, e)) < 0)
            return r;
        if (scan_is_own(s, &s->facts))
            continue;
        scan_facts_problems(&s->facts, F_FILE_PROBLEMS, e->problems); /* some are met only while reading */
        if (s->follow_started)
            remember_started(s);
        scan_judge(s, &s->facts);
    }
    if (r < 0)
        report_unread(s->target, STR("the rest"), str_from(err.text));
    const struct image_trouble *troubles;
    size_t n = image_troubles(img, &troubles);
    for (size_t i = 0; i < n; i++) {
        struct str what = troubles[i].layer ? arena_printf(&s->arena, "layer %u", troubles[i].layer) : STR("image");
        report_unread(s->target, what, troubles[i].text);
    }
    return 0;
}

/* The configuration is text like any file: a key in an environment variable is found by the same analyzers. */
static int look_at_config(struct scan *s, const struct image_info *info, struct str ref)
{
    if (!info->config.n)
        return 0;
    facts_reset(&s->facts, EVENT_FILE, s->report.started_ns);
    scan_facts_image_short(&s->facts, info, ref);
    scan_facts_path(&s->facts, STR("(image configuration)"));
    facts_str(&s->facts, F_FILE_ORIGIN, STR("image-config"));
    facts_str(&s->facts, F_FILE_TYPE, STR("regular"));
    facts_uint(&s->facts, F_FILE_SIZE, info->config.n);
    facts_str(&s->facts, F_LAYER_STATE, STR("effective"));
    int r = inspector_bytes(s->inspector, info->config, &s->facts);
    if (r < 0)
        return r;
    scan_judge(s, &s->facts);
    return 0;
}

static void fill_layers(struct scan *s, const struct image_info *info)
{
    struct report_layer *layers = arena_array(&s->arena, struct report_layer, info->n_layers);
    for (size_t i = 0; i < info->n_layers; i++) {
        const struct image_layer *l = &info->layers[i];
        layers[i] = (struct report_layer){
            .index = l->index,
            .digest = arena_str(&s->arena, l->digest),
            .created_by = s->created_by[i],
            .size = l->size,
            .unpacked = l->unpacked,
            .entries = l->entries,
        };
        s->target->counts.bytes_stored += l->size;
    }
    s->target->layers = layers;
    s->target->n_layers = info->n_layers;
}

struct image_ctx {
    const struct image_info *info;
    struct str ref;
};

static void decorate_account(struct facts *f, const void *ctx)
{
    const struct image_ctx *c = ctx;
    scan_facts_image_short(f, c->info, c->ref);
}

static bool is_image(const struct image_info *info)
{
    return info->kind == IMAGE_DOCKER_ARCHIVE || info->kind == IMAGE_OCI_LAYOUT || info->kind == IMAGE_OCI_ARCHIVE;
}

static int scan_as_image(struct scan *s, struct image *img)
{
    const struct image_info *info = image_info(img);
    struct report_target *t = s->target;
    struct str ref = s->options->name ? str_from(s->options->name) : info->ref;
    t->reference = arena_str(&s->arena, ref);
    t->digest = arena_str(&s->arena, info->manifest_digest);
    t->config_digest = arena_str(&s->arena, info->config_digest);
    if (info->os.n)
        t->platform = arena_printf(&s->arena, "%.*s/%.*s%s%.*s", STR_ARG(info->os), STR_ARG(info->arch),
                                   info->variant.n ? "/" : "", STR_ARG(info->variant));
    t->counts.history = info->n_history;
    findings_set_image(t->findings, ref.n ? ref : t->name, info->manifest_digest);
    inspector_set_machine(s->inspector, scan_machine(info->arch));
    s->created_by = arena_array(&s->arena, struct str, info->n_layers);
    for (size_t i = 0; i < info->n_layers; i++)
        s->created_by[i] = scan_without_secrets(s, info->layers[i].created_by);

    int r = look_at_config(s, info, ref);
    if (!r)
        r = scan_walk(s, img, "layer", ref);
    if (r < 0)
        return r;
    scan_accounts(s, decorate_account, &(struct image_ctx){info, ref});
    /* Last: digests and sizes were checked as the layers went by. */
    facts_reset(&s->facts, EVENT_IMAGE, s->report.started_ns);
    scan_facts_image(&s->facts, info, ref, s->names);
    r = inspector_text(s->inspector, info->config, &s->facts);
    if (r < 0)
        return r;
    scan_judge(s, &s->facts);
    fill_layers(s, info);
    return 0;
}

int scan_image(struct scan *s, const char *path)
{
    struct error err = ERROR_NULL;
    _cleanup_(image_freep) struct image *img = NULL;
    int r = image_open(path, &(struct image_options){.platform = s->options->platform}, &img, &err);
    if (r < 0) {
        scan_target_begin(s, path, "file");
        report_failure(s->target, str_from(err.text));
        scan_target_end(s);
        return 0;
    }
    const struct image_info *info = image_info(img);
    const char *kind = is_image(info) ? "image" : info->kind == IMAGE_ROOTFS ? "rootfs" : "file";
    scan_target_begin(s, path, kind);
    if (is_image(info)) {
        r = scan_as_image(s, img);
    } else {
        inspector_set_machine(s->inspector, NULL);
        r = scan_walk(s, img, info->kind == IMAGE_FILE ? "file" : "folder", STR_NULL);
        scan_accounts(s, NULL, NULL);
    }
    scan_target_end(s);
    return r;
}
