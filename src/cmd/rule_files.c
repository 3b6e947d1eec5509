// SPDX-License-Identifier: Apache-2.0
#include <dirent.h>
#include <errno.h>
#include <sys/stat.h>

#include "base/vec.h"
#include "cmd/common.h"
#include "cmd/rule_files.h"

struct names {
    const char **v;
    size_t n, capacity;
};

static bool ends(const char *name, const char *suffix)
{
    return str_ends(str_from(name), str_from(suffix));
}

static bool is_rule_file(const char *name)
{
    return (ends(name, ".yaml") || ends(name, ".yml")) && !ends(name, ".cases.yaml") && !ends(name, ".cases.yml");
}

/* Adds the files of a folder that are wanted (rule files when suffix is NULL, but those with `without` in front), by name; -errno. */
static int add_folder(struct arena *a, struct names *names, const char *folder, const char *prefix, const char *suffix, const char *without)
{
    struct dirent **entries;
    int n = scandir(folder, &entries, NULL, alphasort);
    if (n < 0)
        return -errno;
    for (int i = 0; i < n; i++) {
        const char *name = entries[i]->d_name;
        bool wanted = suffix ? str_starts(str_from(name), str_from(prefix)) && ends(name, suffix) : is_rule_file(name);
        if (wanted && name[0] != '.' && !(without && str_starts(str_from(name), str_from(without))))
            vec_add(names, arena_printf(a, "%s/%s", folder, name).p);
        free(entries[i]);
    }
    free(entries);
    return 0;
}

/* The collected names, ended by NULL, in the arena. */
static const char **finish(struct arena *a, struct names *names)
{
    const char **all = arena_array(a, const char *, names->n + 1);
    for (size_t i = 0; i < names->n; i++)
        all[i] = names->v[i];
    vec_done(names);
    return all;
}

const char **rule_files_in(struct arena *a, const char *folder, const char *prefix, const char *suffix)
{
    struct names names = {};
    (void)add_folder(a, &names, folder, prefix, suffix, NULL);
    return finish(a, &names);
}

const char **rule_files(struct arena *a, const char *const *paths, size_t n, enum rule_use use, struct error *err)
{
    struct names names = {};
    const char *shipped[] = {
        arena_printf(a, "%s/rules/intel", cmd_data_dir()).p,
        arena_printf(a, "%s/rules/behaviour", cmd_data_dir()).p,
        arena_printf(a, use == RULES_ALL ? "%s/rules/cloud" : "%s/rules/cloud/logins.yaml", cmd_data_dir()).p,
    };
    const char *without = !n && use == RULES_OF_CONTENT ? "live-" : NULL;
    if (!n) {
        paths = shipped;
        n = ARRAY_SIZE(shipped) - (use == RULES_OF_CONTENT || access(shipped[2], F_OK) != 0);
    }
    for (size_t i = 0; i < n; i++) {
        struct stat st;
        int r = stat(paths[i], &st) < 0 ? -errno : 0;
        const size_t before = names.n;
        if (!r && S_ISDIR(st.st_mode))
            r = add_folder(a, &names, paths[i], NULL, NULL, without);
        else if (!r)
            vec_add(&names, arena_str(a, str_from(paths[i])).p);
        if (r < 0) {
            (void)error_errno(err, r, "cannot read rules from %s", paths[i]);
            vec_done(&names);
            return NULL;
        }
        if (names.n == before && paths != shipped) { /* a slip of the pen would judge nothing, and be told as clean */
            (void)error_set(err, -ENODATA, "there is no rule file in the folder %s: *.yaml or *.yml, without *.cases.yaml", paths[i]);
            vec_done(&names);
            return NULL;
        }
    }
    return finish(a, &names);
}

void sigma_files_done(struct sigma_files *s)
{
    vec_done(&s->paths);
    vec_done(&s->pipelines);
}

bool sigma_files_take(struct sigma_files *s, const char *option, const char *value)
{
    if (!strcmp(option, "sigma"))
        vec_add(&s->paths, value);
    else if (!strcmp(option, "sigma-pipeline"))
        vec_add(&s->pipelines, value);
    else if (!strcmp(option, "sigma-strict"))
        s->is_strict = true;
    else
        return false;
    return true;
}

/* Sigma rules on their way into a rule set. */
struct sigma_walk {
    struct ruleset *rs;
    struct diags *diags;
    struct arena arena;
    int result;
};

static void sigma_walk_done(struct sigma_walk *w)
{
    arena_done(&w->arena);
}

/* Loads the rule files below a folder, by name; links to folders are not followed, so that no circle is walked. What cannot be read costs itself. -errno: the folder cannot. */
static int load_below(struct sigma_walk *w, const char *path, unsigned depth)
{
    enum { DEPTH_MAX = 32 };
    struct dirent **entries;
    const int n = depth < DEPTH_MAX ? scandir(path, &entries, NULL, alphasort) : -1;
    if (n < 0)
        return depth < DEPTH_MAX ? -errno : -ELOOP;
    for (int i = 0; i < n; i++) {
        const char *name = entries[i]->d_name, *full = arena_printf(&w->arena, "%s/%s", path, name).p;
        struct stat st;
        if (name[0] != '.' && lstat(full, &st) == 0) {
            const int r = S_ISDIR(st.st_mode) ? load_below(w, full, depth + 1) : 0;
            if (r < 0)
                w->result |= ruleset_sigma_unread(w->rs, full, r, w->diags);
            else if (!S_ISDIR(st.st_mode) && is_rule_file(name))
                w->result |= ruleset_load_sigma_found(w->rs, full, w->diags);
        }
        free(entries[i]);
    }
    free(entries);
    return 0;
}

/* Every file of every path is loaded; what is wrong in one is said by the diagnostics. */
static int load_sigma(struct ruleset *rs, const struct sigma_files *s, struct diags *diags, struct error *err)
{
    _cleanup_(arena_done) struct arena a = {};
    int result = 0;
    if (s->is_strict)
        ruleset_set_sigma_strict(rs);
    for (const char **f = rule_files_in(&a, arena_printf(&a, "%s/rules/sigma", cmd_data_dir()).p, "", ".yaml"); *f; f++) {
        const char *other = arena_printf(&a, "%s/rules/sigma/records/%.*s", cmd_data_dir(), STR_ARG(str_basename(str_from(*f)))).p;
        result |= ruleset_load_pipeline_file(rs, s->of_records && access(other, F_OK) == 0 ? other : *f, diags);
    }
    for (size_t i = 0; i < s->pipelines.n; i++)
        result |= ruleset_load_pipeline_file(rs, s->pipelines.v[i], diags);
    for (size_t i = 0; i < s->paths.n; i++) {
        _cleanup_(sigma_walk_done) struct sigma_walk w = {.rs = rs, .diags = diags};
        struct stat st;
        int r = stat(s->paths.v[i], &st) < 0 ? -errno : 0;
        if (!r && S_ISDIR(st.st_mode))
            r = load_below(&w, s->paths.v[i], 0);
        else if (!r)
            w.result = ruleset_load_sigma_file(rs, s->paths.v[i], diags);
        if (r < 0)
            return error_errno(err, r, "cannot read Sigma rules from %s", s->paths.v[i]);
        result |= w.result;
    }
    return result ? -EINVAL : 0;
}

int rule_files_read(struct ruleset *rs, const char *const *files, const struct sigma_files *sigma, uint64_t now_ns, struct diags *diags,
                    struct error *err)
{
    int result = 0;
    ruleset_set_today(rs, now_ns);
    for (; *files; files++) {
        int r = ruleset_load_file(rs, *files, diags);
        if (r < 0 && !result)
            result = r;
    }
    if (sigma && sigma->paths.n) {
        int r = load_sigma(rs, sigma, diags, err);
        result = result < 0 ? result : r;
    }
    return result;
}

int rule_files_load_sigma(struct ruleset *rs, const char *const *files, const struct sigma_files *sigma, uint64_t now_ns, struct diags *diags,
                          struct error *err)
{
    int result = rule_files_read(rs, files, sigma, now_ns, diags, err);
    return result < 0 ? result : ruleset_compile(rs, diags);
}

int rule_files_load(struct ruleset *rs, const char *const *files, uint64_t now_ns, struct diags *diags)
{
    return rule_files_load_sigma(rs, files, NULL, now_ns, diags, NULL);
}
