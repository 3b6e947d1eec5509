// SPDX-License-Identifier: Apache-2.0
/* Steps of CI, hooks, manifests and playbooks: texts under keys that hold commands, told while libfyaml reads the file. */
#include <libfyaml.h>

#include "base/cleanup.h"
#include "base/strbuf.h"
#include "base/text.h"
#include "inspect/project.h"
#include "inspect/script.h"
#include "inspect/script_tools.h"

enum {
    DEPTH_MAX = 32,
    EVENTS_MAX = 200'000, /* of one file: a megabyte of YAML has fewer unless it is made to be slow */
};

struct level {
    bool is_map, wants_value; /* the next scalar of a map is a value */
    bool is_run;              /* what is in it are commands */
    bool is_words;            /* a list that is one command */
    struct strbuf first, second; /* of a container: what it starts, and with which arguments */
    struct str key;           /* one of those below, or STR_NULL */
};

struct walk {
    struct project *p;
    struct level levels[DEPTH_MAX];
    unsigned depth, too_deep;
};

/* Of manifests: what a container starts. */
static struct str word_key(struct str key)
{
    static const char *const KEYS[] = {"entrypoint", "command", "args"};
    for (size_t i = 0; i < ARRAY_SIZE(KEYS); i++)
        if (str_is(key, KEYS[i]))
            return str_from(KEYS[i]);
    return STR_NULL;
}

static struct level *top(struct walk *w)
{
    return &w->levels[w->depth];
}

/* "command" is what is started, or what an entrypoint beside it is given. */
static void add_part(struct level *l, struct str key, struct str text)
{
    if (str_is(key, "entrypoint") && l->first.n && !l->second.n) {
        l->second = l->first;
        l->first = (struct strbuf){};
    }
    bool is_second = str_is(key, "args") || (str_is(key, "command") && l->first.n);
    strbuf_add(is_second ? &l->second : &l->first, text);
}

/* A container's command and arguments, once its map is read. */
static void end_container(struct walk *w, struct level *l)
{
    if (l->first.n || l->second.n) {
        if (!l->first.n && str_starts(strbuf_str(&l->second), STR("-"))) /* of the image's own program, which mostly is a shell then */
            strbuf_adds(&l->first, "sh");
        if (l->first.n && l->second.n)
            strbuf_addc(&l->first, ' ');
        strbuf_add(&l->first, strbuf_str(&l->second));
        project_command(w->p, strbuf_str(&l->first), 0);
    }
    strbuf_done(&l->first);
    strbuf_done(&l->second);
}

static void begin(struct walk *w, bool is_map)
{
    struct level *outer = top(w);
    bool is_run = outer->is_run, is_words = outer->is_words;
    struct str key = outer->key;
    if (outer->is_map)
        outer->wants_value = false;
    if (w->depth + 1 >= DEPTH_MAX) {
        w->too_deep++;
        return;
    }
    /* A list within commands is one of commands, of cloud-init one of words. A map within has keys of its own. */
    bool list_in_list = !is_map && !outer->is_map && is_run && !strcmp(w->p->tool, "cloud-init");
    w->depth++;
    *top(w) = (struct level){.is_map = is_map, .is_run = !is_map && is_run, .is_words = !is_map && (is_words || list_in_list || key.n), .key = key};
}

static void end(struct walk *w)
{
    if (w->too_deep) {
        w->too_deep--;
        return;
    }
    struct level *l = top(w);
    if (l->is_map) {
        end_container(w, l);
    } else if (l->is_words && w->depth) {
        struct level *outer = &w->levels[w->depth - 1];
        if (l->key.n && outer->is_map)
            add_part(outer, l->key, strbuf_str(&l->first));
        else
            project_command(w->p, strbuf_str(&l->first), 0);
        strbuf_done(&l->first);
    }
    if (w->depth)
        w->depth--;
}

static void scalar(struct walk *w, struct str text, size_t at)
{
    struct level *l = top(w);
    if (w->too_deep)
        return;
    if (l->is_map && !l->wants_value) {
        l->wants_value = true;
        l->is_run = w->p->keys && sh_in(text, w->p->keys);
        l->key = w->p->keys ? STR_NULL : word_key(text);
        return;
    }
    l->wants_value = false;
    if (l->is_words)
        script_add_word(&l->first, text);
    else if (l->is_map && l->key.n) /* compose splits it into words itself */
        add_part(l, l->key, text);
    else if (l->is_run || str_starts(text, STR("#!"))) /* a script that is put into a file */
        project_command(w->p, text, at);
}

static bool take(struct walk *w, struct fy_event *e)
{
    size_t n = 0;
    struct fy_token *t = e->type == FYET_SCALAR ? e->scalar.value : NULL;
    const char *text = t ? fy_token_get_text(t, &n) : NULL;
    const struct fy_mark *mark = t ? fy_token_start_mark(t) : NULL;
    switch (e->type) {
    case FYET_SCALAR:
        scalar(w, str_n(text ? text : "", text ? n : 0), mark ? mark->input_pos : 0);
        return true;
    case FYET_ALIAS: /* what it names was looked at where it stands */
        scalar(w, STR(""), 0);
        return true;
    case FYET_SEQUENCE_START:
    case FYET_MAPPING_START:
        begin(w, e->type == FYET_MAPPING_START);
        return true;
    case FYET_SEQUENCE_END:
    case FYET_MAPPING_END:
        end(w);
        return true;
    case FYET_STREAM_END:
        return false;
    default:
        return true;
    }
}

static void print_nothing(struct fy_diag *diag, void *user, const char *text, size_t n)
{
    (void)diag, (void)user, (void)text, (void)n;
}

DEFINE_CLEANUP(struct fy_parser *, fy_parser_destroy)
DEFINE_CLEANUP(struct fy_diag *, fy_diag_destroy)

void project_read_yaml(struct project *p)
{
    const struct fy_diag_cfg diag_cfg = {.output_fn = print_nothing, .level = FYET_ERROR, .module_mask = ~0U};
    _cleanup_(fy_diag_destroyp) struct fy_diag *diag = fy_diag_create(&diag_cfg);
    const struct fy_parse_cfg cfg = {.diag = diag, .flags = FYPCF_DISABLE_MMAP_OPT | FYPCF_SLOPPY_FLOW_INDENTATION};
    if (!text_is_utf8(p->c->data))
        return;
    _cleanup_(fy_parser_destroyp) struct fy_parser *fy = diag ? fy_parser_create(&cfg) : NULL;
    if (!fy || fy_parser_set_string(fy, p->c->data.p, p->c->data.n))
        return;
    struct walk w = {.p = p};
    bool more = true;
    for (unsigned i = 0; more && i < EVENTS_MAX; i++) {
        struct fy_event *e = fy_parser_parse(fy);
        if (!e) /* what is behind a mistake is not read */
            break;
        more = take(&w, e);
        fy_parser_event_free(fy, e);
    }
    while (w.depth) {
        struct level *l = top(&w);
        end_container(&w, l);
        w.depth--;
    }
}
