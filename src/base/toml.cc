// SPDX-License-Identifier: Apache-2.0
#include <cerrno>
#include <new>
#include <sstream>
#include <string_view>

#include <toml++/toml.h>

extern "C" {
#include "base/intl.h"
#include "base/toml.h"
}

static struct str copy(struct arena *a, std::string_view s)
{
    return arena_str(a, str{s.data(), s.size()});
}

static void convert(struct arena *a, const toml::node &from, struct toml_node *to)
{
    to->line = from.source().begin.line;
    to->column = from.source().begin.column;
    if (const toml::table *table = from.as_table()) {
        to->type = TOML_TABLE;
        to->n = table->size();
        struct toml_node *v = (struct toml_node *)arena_alloc_array(a, to->n, sizeof(*v));
        to->v = v;
        for (auto &&[key, value] : *table) {
            v->key = copy(a, key.str());
            convert(a, value, v++);
        }
    } else if (const toml::array *array = from.as_array()) {
        to->type = TOML_ARRAY;
        to->n = array->size();
        struct toml_node *v = (struct toml_node *)arena_alloc_array(a, to->n, sizeof(*v));
        to->v = v;
        for (auto &&value : *array)
            convert(a, value, v++);
    } else if (const auto *s = from.as_string()) {
        to->type = TOML_STRING;
        to->s = copy(a, s->get());
    } else if (const auto *i = from.as_integer()) {
        to->type = TOML_INT;
        to->i = i->get();
    } else if (const auto *d = from.as_floating_point()) {
        to->type = TOML_DOUBLE;
        to->d = d->get();
    } else if (const auto *b = from.as_boolean()) {
        to->type = TOML_BOOL;
        to->b = b->get();
    } else {
        std::ostringstream text;
        from.visit([&](auto &&n) {
            if constexpr (toml::is_date<decltype(n)> || toml::is_time<decltype(n)> || toml::is_date_time<decltype(n)>)
                text << n.get();
        });
        to->type = TOML_TIME;
        to->s = copy(a, text.str());
    }
}

int toml_parse(struct str text, const char *name, struct arena *a, const struct toml_node **ret, struct error *err)
{
    if (text.n > TOML_BYTES_MAX)
        return error_set(err, -EFBIG, "%s: larger than %d MiB; split it", name, TOML_BYTES_MAX >> 20);
    try {
        toml::table root = toml::parse(std::string_view(text.p ? text.p : "", text.n));
        struct toml_node *t = (struct toml_node *)arena_alloc(a, sizeof(*t));
        convert(a, root, t);
        *ret = t;
        return 0;
    } catch (const toml::parse_error &e) {
        std::string_view what = e.description();
        return error_set(err, -EINVAL, "%s:%u:%u: %.*s", name, (unsigned)e.source().begin.line,
                         (unsigned)e.source().begin.column, (int)what.size(), what.data());
    } catch (const std::bad_alloc &) {
        return error_set(err, -ENOMEM, "%s: not enough memory", name);
    }
}

const struct toml_node *toml_get(const struct toml_node *table, const char *key)
{
    for (size_t i = 0; table->type == TOML_TABLE && i < table->n; i++)
        if (str_is(table->v[i].key, key))
            return &table->v[i];
    return NULL;
}

const char *toml_type_name(enum toml_type t)
{
    static const char *const names[] = {N_("table"), N_("array"), N_("string"), N_("integer"), N_("number"), N_("boolean"), N_("time")};
    return names[t];
}
