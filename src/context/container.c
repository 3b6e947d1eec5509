// SPDX-License-Identifier: Apache-2.0
#include "base/alloc.h"
#include "base/strbuf.h"
#include "base/text.h"
#include "context/container.h"

/* ---- texts ---- */

static struct str keep(struct container_info *c, struct str s)
{
    const char *nul = s.n ? memchr(s.p, 0, s.n) : NULL;
    if (nul)
        s.n = (size_t)(nul - s.p);
    if (s.n > CONTAINER_TEXT_MAX) {
        s = text_cut(s, CONTAINER_TEXT_MAX);
        c->is_cut = true;
    }
    _cleanup_(strbuf_done) struct strbuf clean = {};
    if (!text_is_utf8(s)) {
        text_add_safe(&clean, s);
        s = strbuf_str(&clean);
    }
    if (s.n > CONTAINER_BYTES_MAX - c->bytes) {
        c->is_cut = true;
        return STR_NULL;
    }
    c->bytes += s.n;
    return s.n ? arena_str(&c->arena, s) : STR("");
}

void container_set(struct container_info *c, struct str *member, struct str text)
{
    *member = keep(c, text);
}

struct container_info *container_info_new(enum container_type type, struct str id)
{
    struct container_info *c = xnew(struct container_info);
    c->type = type;
    container_set(c, &c->id, str_sub(id, 0, CONTAINER_ID_MAX - 1));
    return c;
}

struct container_info *container_info_free(struct container_info *c)
{
    if (c)
        arena_done(&c->arena);
    free(c);
    return NULL;
}

/* ---- lists ---- */

/* Room for one more; the old array stays in the arena. */
static void *grow(struct container_info *c, void *old, size_t n, size_t *room, size_t size)
{
    if (n < *room)
        return old;
    *room = *room ? *room * 2 : 8;
    void *p = arena_alloc_array(&c->arena, *room, size);
    if (n)
        memcpy(p, old, n * size);
    return p;
}

void container_add_mount(struct container_info *c, const struct container_mount *mount)
{
    if (c->n_mounts == CONTAINER_MOUNTS_MAX ||
        mount->source.n + mount->dest.n + mount->mode.n + mount->propagation.n > CONTAINER_BYTES_MAX - c->bytes) {
        c->is_cut = true;
        return;
    }
    c->mounts = grow(c, c->mounts, c->n_mounts, &c->mounts_room, sizeof(*c->mounts));
    struct container_mount *m = &c->mounts[c->n_mounts++];
    *m = (struct container_mount){.rdwr = mount->rdwr};
    container_set(c, &m->source, mount->source);
    container_set(c, &m->dest, mount->dest);
    container_set(c, &m->mode, mount->mode);
    container_set(c, &m->propagation, mount->propagation);
}

static struct container_label *find_label(const struct container_labels *of, struct str key)
{
    for (size_t i = 0; i < of->n; i++)
        if (str_eq(of->v[i].key, key))
            return &of->v[i];
    return NULL;
}

void container_add_label(struct container_info *c, struct container_labels *of, struct str key, struct str value)
{
    if (!key.n || find_label(of, key))
        return;
    if (of->n == CONTAINER_LABELS_MAX || value.n > CONTAINER_LABEL_VALUE_MAX || key.n + value.n > CONTAINER_BYTES_MAX - c->bytes) {
        c->is_cut = true;
        return;
    }
    struct container_label label = {};
    container_set(c, &label.key, key);
    container_set(c, &label.value, value);
    if (find_label(of, label.key)) /* once it is clean */
        return;
    of->v = grow(c, of->v, of->n, &of->room, sizeof(*of->v));
    of->v[of->n++] = label;
}

void container_add_word(struct container_info *c, struct container_probe *of, struct str word)
{
    of->kind = PROBE_COMMAND;
    if (of->n == CONTAINER_WORDS_MAX || word.n > CONTAINER_BYTES_MAX - c->bytes) {
        c->is_cut = true;
        return;
    }
    of->words = grow(c, of->words, of->n, &of->room, sizeof(*of->words));
    container_set(c, &of->words[of->n++], word);
}

const struct str *container_label(const struct container_labels *of, struct str key)
{
    const struct container_label *l = find_label(of, key);
    return l ? &l->value : NULL;
}

bool container_probe_is(const struct container_probe *p, struct str command_line)
{
    size_t n = 0;
    struct str word;
    if (p->kind != PROBE_COMMAND)
        return false;
    while (command_line.n && str_split(&command_line, 0, &word)) {
        if (n == p->n || !str_eq(word, p->words[n++]))
            return false;
    }
    return n == p->n && n;
}

/* ---- images and pods ---- */

void container_set_image(struct container_info *c, struct str name)
{
    const struct str algorithm = STR("sha256:");
    container_set(c, &c->image, name);
    if (str_starts(name, algorithm)) {
        container_set(c, &c->image_id, str_sub(name, algorithm.n, name.n));
        return;
    }
    const char *at = name.n ? memchr(name.p, '@', name.n) : NULL;
    struct str before = at ? str_sub(name, 0, (size_t)(at - name.p)) : name;
    const char *colon = before.n ? memrchr(before.p, ':', before.n) : NULL;
    const char *slash = before.n ? memrchr(before.p, '/', before.n) : NULL;
    bool has_tag = colon && (!slash || colon > slash); /* else it is a registry's port */
    size_t end = has_tag ? (size_t)(colon - before.p) : before.n;
    container_set(c, &c->repository, str_sub(before, 0, end));
    if (at)
        container_set(c, &c->digest, str_sub(name, before.n + 1, name.n));
    else if (has_tag)
        container_set(c, &c->tag, str_sub(before, end + 1, before.n));
}

void container_set_pod(struct container_info *c, struct str sandbox, struct str uid, struct str name, struct str ns)
{
    const struct container_label labels[] = {
        {STR(CONTAINER_LABEL_SANDBOX), sandbox},
        {STR(CONTAINER_LABEL_POD_UID), uid},
        {STR(CONTAINER_LABEL_POD_NAME), name},
        {STR(CONTAINER_LABEL_POD_NAMESPACE), ns},
    };
    for (size_t i = 0; i < ARRAY_SIZE(labels); i++)
        if (labels[i].value.n)
            container_add_label(c, &c->labels, labels[i].key, labels[i].value);
    if (sandbox.n)
        container_set(c, &c->sandbox_id, sandbox);
}

/* ---- what fields print ---- */

static int by_key(const void *a, const void *b)
{
    return str_cmp(((const struct container_label *)a)->key, ((const struct container_label *)b)->key);
}

static void seal_labels(struct container_info *c, struct container_labels *of, struct strbuf *b)
{
    if (of->n)
        qsort(of->v, of->n, sizeof(*of->v), by_key);
    strbuf_clear(b);
    for (size_t i = 0; i < of->n; i++) {
        const struct container_label *l = &of->v[i];
        if (str_starts(l->key, STR("annotation.")) || str_starts(l->key, STR("io.kubernetes.")))
            continue;
        if (b->n)
            strbuf_adds(b, ", ");
        strbuf_add(b, l->key);
        if (l->value.n) {
            strbuf_addc(b, ':');
            strbuf_add(b, l->value);
        }
    }
    of->text = arena_str(&c->arena, strbuf_str(b));
}

static void seal_probe(struct container_info *c, struct container_probe *p, struct strbuf *b)
{
    strbuf_clear(b);
    for (size_t i = 0; i < p->n; i++) {
        if (i)
            strbuf_addc(b, ' ');
        strbuf_add(b, p->words[i]);
    }
    p->text = arena_str(&c->arena, strbuf_str(b));
}

void container_info_seal(struct container_info *c)
{
    _cleanup_(strbuf_done) struct strbuf b = {}, all = {};
    for (size_t i = 0; i < c->n_mounts; i++) {
        struct container_mount *m = &c->mounts[i];
        m->text = arena_printf(&c->arena, "%.*s:%.*s:%.*s:%s:%.*s", STR_ARG(m->source), STR_ARG(m->dest), STR_ARG(m->mode),
                               m->rdwr ? "true" : "false", STR_ARG(m->propagation));
        if (i)
            strbuf_addc(&all, ',');
        strbuf_add(&all, m->text);
    }
    c->mounts_text = arena_str(&c->arena, strbuf_str(&all));
    seal_labels(c, &c->labels, &b);
    seal_labels(c, &c->pod_labels, &b);
    seal_probe(c, &c->healthcheck, &b);
    seal_probe(c, &c->liveness, &b);
    seal_probe(c, &c->readiness, &b);
}
