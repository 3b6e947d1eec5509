// SPDX-License-Identifier: Apache-2.0
/* Where the bytes of a target are: by folder, in the kinds that people tell apart. */
#include "base/alloc.h"
#include "base/intl.h"
#include "base/map.h"
#include "sink/html.h"

const char *html_kind_class(enum html_kind k)
{
    static const char *const classes[HTML_KIND__N] = {"k-program", "k-script", "k-text", "k-media", "k-archive", "k-data"};
    return classes[k];
}

static enum html_kind kind_of(struct str kind)
{
    static const struct {
        enum html_kind is;
        const char *words;
    } rows[] = {
        {HTML_PROGRAM, "elf pe macho wasm class pyc"},
        {HTML_SCRIPT, "script javascript"},
        {HTML_WORDS, "text json html"},
        {HTML_MEDIA, "gif png jpeg bmp webp mp4 heif pdf"},
        {HTML_ARCHIVE, "zip gzip bzip2 xz zstd lz4 7z tar ar rpm"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct str rest = str_from(rows[i].words), word;
        while (str_split(&rest, ' ', &word))
            if (str_eq(word, kind))
                return rows[i].is;
    }
    return HTML_DATA;
}

static int by_bytes(const void *x, const void *y)
{
    const struct html_folder *a = x, *b = y;
    return a->bytes < b->bytes ? 1 : a->bytes > b->bytes ? -1 : 0;
}

/* A folder with all that is in it, and what of that no shown folder below it takes. */
struct node {
    struct html_folder all, rest;
    size_t parent;
    bool is_shown, has_hidden;
};

struct tree {
    struct node *v; /* v[0] is the root; a parent stands before what is in it */
    size_t n;
    struct map by_name;
};

static size_t find_node(struct tree *t, struct str name, size_t parent)
{
    bool fresh;
    struct map_entry *e = map_put(&t->by_name, name, &fresh);
    if (fresh) {
        e->u64 = t->n;
        t->v[t->n++] = (struct node){.all.name = name, .parent = parent};
    }
    return e->u64;
}

static void add_share(struct html_folder *f, const struct inventory_share *s)
{
    f->files += s->files;
    f->bytes += s->bytes;
    f->kinds[kind_of(s->kind)] += s->bytes;
}

static void take_away(struct html_folder *f, const struct html_folder *part)
{
    f->files -= part->files;
    f->bytes -= part->bytes;
    for (int k = 0; k < HTML_KIND__N; k++)
        f->kinds[k] -= part->kinds[k];
}

/* Every share with the folders above it. */
static void grow(struct tree *t, const struct inventory *inv)
{
    t->v = xalloc((inv->shares.n * INVENTORY_FOLDER_DEPTH + 1) * sizeof(*t->v));
    (void)find_node(t, STR("/"), 0);
    for (size_t i = 0; i < inv->shares.n; i++) {
        const struct inventory_share *s = &inv->shares.v[i];
        size_t at = 0;
        add_share(&t->v[0].all, s);
        for (size_t k = 1; k <= s->folder.n && s->folder.n > 1; k++) {
            if (k < s->folder.n && s->folder.p[k] != '/')
                continue;
            at = find_node(t, str_sub(s->folder, 0, k), at);
            add_share(&t->v[at].all, s);
        }
    }
    for (size_t i = 0; i < t->n; i++)
        t->v[i].rest = t->v[i].all;
}

/* The folders to show: from the root on, the largest one in a shown folder is taken out of it, until there are enough. */
static size_t choose(struct tree *t, struct html_folder *ret, struct arena *a)
{
    enum { LEAST = 400 }; /* a folder below this part of the whole is no picture */
    size_t n = 0;
    t->v[0].is_shown = true;
    for (size_t shown = 1; shown < HTML_FOLDERS_MAX; shown++) {
        size_t best = 0;
        for (size_t i = 1; i < t->n; i++)
            if (!t->v[i].is_shown && t->v[t->v[i].parent].is_shown && (!best || t->v[i].all.bytes > t->v[best].all.bytes))
                best = i;
        if (!best || t->v[best].all.bytes < t->v[0].all.bytes / LEAST)
            break;
        t->v[best].is_shown = true;
        take_away(&t->v[t->v[best].parent].rest, &t->v[best].all);
        shown -= !t->v[t->v[best].parent].rest.files; /* nothing is left of that one */
    }
    for (size_t i = 1; i < t->n; i++)
        t->v[t->v[i].parent].has_hidden |= !t->v[i].is_shown;
    for (size_t i = 0; i < t->n; i++) {
        const struct node *x = &t->v[i];
        if (!x->is_shown || !x->rest.files)
            continue;
        ret[n] = x->rest;
        ret[n].place = x->all.name;
        ret[n].name = !x->has_hidden ? x->all.name : i ? arena_printf(a, "%.*s/…", STR_ARG(x->all.name)) : STR("/…");
        n++;
    }
    return n;
}

static bool is_in(struct str path, struct str folder)
{
    return str_starts(path, folder) && (folder.n == 1 || path.n == folder.n || path.p[folder.n] == '/');
}

/* Each finding belongs to the deepest folder that is told apart. */
static void place_findings(const struct report_target *t, struct html_folder *v, size_t n)
{
    for (size_t i = 0; t->findings && i < findings_count(t->findings); i++) {
        const struct finding *f = findings_get(t->findings, i);
        struct html_folder *best = NULL;
        if (f->authorised || f->kind == FINDING_CONTEXT || f->subject.type != EVENT_FILE)
            continue;
        for (size_t k = 0; k < n; k++)
            if (is_in(f->subject.path, v[k].place) && (!best || v[k].place.n > best->place.n))
                best = &v[k];
        if (best)
            best->findings++;
    }
}

static void put_folder(struct writer *w, const struct html_folder *f, uint64_t largest)
{
    double at = 0;
    writer_puts(w, "<tr><th scope=\"row\"><code>");
    html_text(w, f->name);
    writer_puts(w, "</code>");
    if (f->findings)
        writer_printf(w, " <span class=\"badge t-critical\">%u %s</span>", f->findings, intl_plural("finding", "findings", f->findings));
    writer_puts(w, "</th><td class=\"wide\"><svg class=\"bar\" viewBox=\"0 0 1000 10\" preserveAspectRatio=\"none\" aria-hidden=\"true\">");
    for (int k = 0; k < HTML_KIND__N && largest; k++) {
        double width = 1000.0 * (double)f->kinds[k] / (double)largest;
        if (f->kinds[k])
            writer_printf(w, "<rect class=\"%s\" x=\"%ld\" width=\"%ld\" height=\"10\"/>", html_kind_class((enum html_kind)k), html_px(at), html_px(width));
        at += width;
    }
    writer_puts(w, "</svg></td><td class=\"n\">");
    html_size(w, f->bytes);
    writer_puts(w, "</td><td class=\"n\">");
    html_count(w, f->files);
    writer_puts(w, "</td></tr>\n");
}

static void put_legend(struct writer *w)
{
    static const char *const words[HTML_KIND__N] = {
        N_("programs and libraries"), N_("scripts"), N_("text"), N_("pictures and documents"), N_("archives"), N_("other data"),
    };
    writer_puts(w, "<ul class=\"legend\">");
    for (int k = 0; k < HTML_KIND__N; k++)
        writer_printf(w, "<li><svg viewBox=\"0 0 10 10\" aria-hidden=\"true\"><rect class=\"%s\" width=\"10\" height=\"10\" rx=\"2\"/></svg>%s</li>",
                      html_kind_class((enum html_kind)k), _(words[k]));
    writer_puts(w, "</ul>\n");
}

void html_bytes(struct writer *w, const struct report_target *t, size_t number)
{
    struct tree tree = {};
    struct html_folder v[HTML_FOLDERS_MAX];
    _cleanup_(arena_done) struct arena a = {};
    if (!t->inventory.shares.n)
        return;
    grow(&tree, &t->inventory);
    size_t n = choose(&tree, v, &a);
    free(tree.v);
    map_done(&tree.by_name);
    qsort(v, n, sizeof(*v), by_bytes);
    place_findings(t, v, n);
    writer_printf(w, "<h3 id=\"bytes-%zu\">%s</h3>\n<div class=\"card\">\n", number, _("Where the bytes are"));
    if (n > 1)
        html_treemap(w, v, n, number);
    put_legend(w);
    if (n > 1) /* else the table is the picture */
        writer_printf(w, "<details><summary>%s</summary>\n", _("The same as a table"));
    writer_printf(w, "<table><caption>%s</caption><thead><tr><th scope=\"col\">%s</th><th scope=\"col\"><span class=\"hide\">%s</span></th><th scope=\"col\" class=\"n\">%s</th>"
                     "<th scope=\"col\" class=\"n\">%s</th></tr></thead><tbody>\n",
                  _("Content as it was read, of every layer; the largest folders first."), _("Folder"), _("Share"), _("Bytes"), _("Files"));
    for (size_t i = 0; i < n; i++)
        put_folder(w, &v[i], v[0].bytes);
    writer_printf(w, "</tbody></table>%s\n</div>\n", n > 1 ? "</details>" : "");
}
