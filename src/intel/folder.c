// SPDX-License-Identifier: Apache-2.0
/* Lists that lie together in a folder. */
#include <dirent.h>
#include <errno.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/intl.h"
#include "base/toml.h"
#include "intel/clamav.h"

static const char *const DIGEST_ENDINGS[] = {".hdb", ".hsb", ".hdu", ".hsu",   ".fp",     ".sfp",   ".sha256", ".sha1",  ".md5",
                                             ".txt", ".csv", ".json", ".jsonl", ".ndjson", ".list", "SUMS",    "SUMS.txt",
                                             ".cvd", ".cld", ".cud", ".ign2", ".ign"};

static bool is_digest_list(const char *name)
{
    for (size_t i = 0; i < ARRAY_SIZE(DIGEST_ENDINGS); i++)
        if (str_ends(str_from(name), str_from(DIGEST_ENDINGS[i])))
            return true;
    return false;
}

static bool is_name_list(const char *name)
{
    return !str_ends(str_from(name), STR(".md")) && strcmp(name, "LICENSE") != 0 && strcmp(name, "LICENCE") != 0;
}

/* Reads the wanted regular files of a folder, by name; -EINVAL when there is none. */
static int read_folder(struct intel *in, const char *folder, const struct intel_list *given, bool digests, struct error *err)
{
    _cleanup_(arena_done) struct arena a = {};
    struct dirent **entries;
    _cleanup_(strbuf_done) struct strbuf left_out = {};
    int n = scandir(folder, &entries, NULL, alphasort), r = 0, read = 0;
    if (n < 0)
        return error_errno(err, -errno, "cannot read the folder %s", folder);
    for (int i = 0; i < n; i++) {
        const char *name = entries[i]->d_name, *path = arena_printf(&a, "%s/%s", folder, name).p;
        bool wanted = name[0] != '.' && (digests ? is_digest_list(name) : is_name_list(name));
        struct stat st;
        if (!r && wanted && !stat(path, &st) && S_ISREG(st.st_mode)) {
            r = intel_add_file(in, path, given, digests, false, err);
            read++;
        }
        const char *other = digests && !wanted ? clamav_other_kind(str_from(name)) : NULL;
        if (other)
            strbuf_printf(&left_out, "%s%s (%s)", left_out.n ? ", " : "", name, _(other));
        free(entries[i]);
    }
    free(entries);
    if (!r && !read)
        return error_set(err, -EINVAL, "%s holds no list", folder);
    if (!r && left_out.n)
        clamav_note(in, folder, strbuf_str(&left_out));
    return r;
}

static int add_digests(struct intel *in, const char *path, const struct intel_list *given, struct error *err)
{
    struct stat st;
    if (!stat(path, &st) && S_ISDIR(st.st_mode))
        return read_folder(in, path, given, true, err);
    return intel_add_file(in, path, given, true, true, err);
}

int intel_add_digests(struct intel *in, const char *path, struct error *err)
{
    return add_digests(in, path, NULL, err);
}

int intel_add_leaked(struct intel *in, const char *path, struct error *err)
{
    return add_digests(in, path, &(struct intel_list){.role = LIST_LEAKED}, err);
}

static int bad_value(const char *path, const struct toml_node *node, const char *what, struct error *err)
{
    return error_set(err, -EINVAL, "%s:%u:%u: %s", path, node->line, node->column, _(what));
}

/* One [[list]] of a manifest. */
static int read_entry(struct intel *in, struct arena *a, const char *folder, const char *path, const struct toml_node *entry,
                      struct error *err)
{
    struct intel_list given = {};
    struct str file = {};
    if (entry->type != TOML_TABLE)
        return bad_value(path, entry, N_("each list is a table: [[list]]"), err);
    for (size_t i = 0; i < entry->n; i++) {
        const struct toml_node *v = &entry->v[i];
        if (v->type != TOML_STRING && v->type != TOML_TIME)
            return bad_value(path, v, N_("the values of a list are texts"), err);
        struct str text = arena_str(&in->arena, v->s);
        if (str_is(v->key, "file"))
            file = text;
        else if (str_is(v->key, "category"))
            given.category = text;
        else if (str_is(v->key, "source"))
            given.source = text;
        else if (str_is(v->key, "licence") || str_is(v->key, "license"))
            given.licence = text;
        else if (str_is(v->key, "kind") && (str_is(text, "context") || str_is(text, "threat")))
            given.is_context = str_is(text, "context");
        else if (str_is(v->key, "kind"))
            return bad_value(path, v, N_("a kind is threat or context"), err);
        else if (!str_is(v->key, "reviewed") && !str_is(v->key, "expires"))
            return bad_value(path, v, N_("a list has file, category, kind, source, licence, reviewed and expires"), err);
        else if (!day_parse(text, str_is(v->key, "expires") ? &given.expires : &given.reviewed))
            return bad_value(path, v, N_("a day is written YYYY-MM-DD"), err);
    }
    if (!file.n || memchr(file.p, '/', file.n))
        return bad_value(path, entry, N_("a list names its file, which lies in the same folder: file = \"…\""), err);
    return intel_add_file(in, arena_printf(a, "%s/%.*s", folder, STR_ARG(file)).p, &given, false, true, err);
}

int intel_add_folder(struct intel *in, const char *folder, struct error *err)
{
    _cleanup_(arena_done) struct arena a = {};
    _cleanup_(strbuf_done) struct strbuf text = {};
    const char *path = arena_printf(&a, "%s/lists.toml", folder).p;
    const struct toml_node *root, *lists;
    if (access(path, F_OK))
        return read_folder(in, folder, NULL, false, err);
    int r = file_read(path, TOML_BYTES_MAX, &text, err);
    if (!r)
        r = toml_parse(strbuf_str(&text), path, &a, &root, err);
    if (r < 0)
        return r;
    lists = toml_get(root, "list");
    if (!lists || lists->type != TOML_ARRAY || !lists->n)
        return error_set(err, -EINVAL, "%s: names no list; each begins with [[list]]", path);
    for (size_t i = 0; i < lists->n && !r; i++)
        r = read_entry(in, &a, folder, path, &lists->v[i], err);
    return r;
}
