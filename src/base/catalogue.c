// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <limits.h>

#include "base/alloc.h"
#include "base/catalogue.h"
#include "base/file.h"
#include "base/intl.h"
#include "base/text.h"

enum {
    HEADER_BYTES = 20,
    ENTRY_BYTES = 8,
    TEXTS_MAX = 100'000,
};
#define MAGIC 0x950412deU

struct catalogue {
    struct strbuf bytes;
    uint32_t n, texts, translations; /* how many; offsets of the two tables */
    unsigned n_forms;
    bool swapped; /* written by a machine of the other byte order */
};

static uint32_t word_at(const struct catalogue *c, size_t at)
{
    uint32_t w;
    memcpy(&w, c->bytes.p + at, sizeof(w));
    return c->swapped ? __builtin_bswap32(w) : w;
}

static bool has_table(const struct catalogue *c, uint32_t at)
{
    return at <= c->bytes.n && (c->bytes.n - at) / ENTRY_BYTES >= c->n;
}

/* Row i of a table, the whole text with all its forms. */
static struct str row(const struct catalogue *c, uint32_t table, uint32_t i)
{
    size_t at = table + (size_t)i * ENTRY_BYTES;
    return str_n(c->bytes.p + word_at(c, at + 4), word_at(c, at));
}

static bool is_row_sound(const struct catalogue *c, uint32_t table, uint32_t i)
{
    size_t at = table + (size_t)i * ENTRY_BYTES;
    uint32_t n = word_at(c, at), offset = word_at(c, at + 4);
    return offset < c->bytes.n && n < c->bytes.n - offset && !c->bytes.p[offset + n] &&
           text_is_utf8(str_n(c->bytes.p + offset, n));
}

/* The part up to the first NUL: the singular of a text, the first form of a translation. */
static struct str first_form(struct str s)
{
    return str_n(s.p, strnlen(s.p, s.n));
}

static const char *what_is_wrong(struct catalogue *c)
{
    static const char no_catalogue[] = N_("this is no message catalogue; make it with msgfmt");
    if (c->bytes.n < HEADER_BYTES)
        return no_catalogue;
    c->swapped = word_at(c, 0) != MAGIC;
    c->n = word_at(c, 8);
    c->texts = word_at(c, 12);
    c->translations = word_at(c, 16);
    if (word_at(c, 0) != MAGIC || word_at(c, 4) >> 16 || c->n > TEXTS_MAX || !has_table(c, c->texts) ||
        !has_table(c, c->translations))
        return no_catalogue;
    for (uint32_t i = 0; i < c->n; i++) {
        if (!is_row_sound(c, c->texts, i) || !is_row_sound(c, c->translations, i))
            return N_("a text lies outside of the file, has no end or is not UTF-8; make the catalogue again");
        if (i && str_cmp(first_form(row(c, c->texts, i - 1)), first_form(row(c, c->texts, i))) >= 0)
            return N_("the texts are not in order; make the catalogue again");
    }
    return NULL;
}

static unsigned number_of_forms(const struct catalogue *c)
{
    struct str header = catalogue_get(c, STR("")), key = STR("nplurals=");
    ptrdiff_t at = str_find(header, key, 0);
    return at >= 0 && (size_t)at + key.n < header.n && header.p[(size_t)at + key.n] == '1' ? 1 : 2;
}

static int check(const char *name, struct catalogue *c, struct catalogue **ret, struct error *err)
{
    const char *wrong = what_is_wrong(c);
    if (wrong) {
        catalogue_free(c);
        return error_set(err, -EINVAL, "%s: %s", name, _(wrong));
    }
    c->n_forms = number_of_forms(c);
    *ret = c;
    return 0;
}

int catalogue_open(const char *path, struct catalogue **ret, struct error *err)
{
    struct catalogue *c = xnew(struct catalogue);
    int r = file_read(path, CATALOGUE_BYTES_MAX, &c->bytes, err);
    if (r < 0) {
        catalogue_free(c);
        return r;
    }
    return check(path, c, ret, err);
}

int catalogue_from(const char *name, struct str bytes, struct catalogue **ret, struct error *err)
{
    if (bytes.n > CATALOGUE_BYTES_MAX)
        return error_set(err, -EFBIG, "%s is larger than %d bytes", name, CATALOGUE_BYTES_MAX);
    struct catalogue *c = xnew(struct catalogue);
    strbuf_add(&c->bytes, bytes);
    return check(name, c, ret, err);
}

struct catalogue *catalogue_free(struct catalogue *c)
{
    if (c)
        strbuf_done(&c->bytes);
    free(c);
    return NULL;
}

/* All forms of the translation. */
static struct str find(const struct catalogue *c, struct str text)
{
    uint32_t from = 0, to = c ? c->n : 0;
    while (from < to) {
        uint32_t middle = from + (to - from) / 2;
        int order = str_cmp(text, first_form(row(c, c->texts, middle)));
        if (!order)
            return row(c, c->translations, middle);
        if (order < 0)
            to = middle;
        else
            from = middle + 1;
    }
    return STR_NULL;
}

struct str catalogue_get(const struct catalogue *c, struct str text)
{
    struct str found = find(c, text);
    return found.n ? first_form(found) : STR_NULL;
}

struct str catalogue_plural(const struct catalogue *c, struct str one, uint64_t n)
{
    struct str forms = find(c, one), form = forms.n ? first_form(forms) : STR_NULL;
    if (n != 1 && form.p && c->n_forms > 1 && form.n < forms.n)
        form = first_form(str_sub(forms, form.n + 1, forms.n));
    return form;
}
