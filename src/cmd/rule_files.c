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

/* Adds the files of a folder that are wanted (rule files when suffix is NULL), by name; -errno when it cannot be listed. */
static int add_folder(struct arena *a, struct names *names, const char *folder, const char *prefix, const char *suffix)
{
    struct dirent **entries;
    int n = scandir(folder, &entries, NULL, alphasort);
    if (n < 0)
        return -errno;
    for (int i = 0; i < n; i++) {
        const char *name = entries[i]->d_name;
        bool wanted = suffix ? str_starts(str_from(name), str_from(prefix)) && ends(name, suffix) : is_rule_file(name);
        if (wanted && name[0] != '.')
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
    (void)add_folder(a, &names, folder, prefix, suffix);
    return finish(a, &names);
}

const char **rule_files(struct arena *a, const char *const *paths, size_t n, struct error *err)
{
    struct names names = {};
    const char *shipped[] = {
        arena_printf(a, "%s/rules/intel", cmd_data_dir()).p,
        arena_printf(a, "%s/rules/behaviour", cmd_data_dir()).p,
    };
    if (!n) {
        paths = shipped;
        n = ARRAY_SIZE(shipped);
    }
    for (size_t i = 0; i < n; i++) {
        struct stat st;
        int r = stat(paths[i], &st) < 0 ? -errno : 0;
        if (!r && S_ISDIR(st.st_mode))
            r = add_folder(a, &names, paths[i], NULL, NULL);
        else if (!r)
            vec_add(&names, arena_str(a, str_from(paths[i])).p);
        if (r < 0) {
            (void)error_errno(err, r, "cannot read rules from %s", paths[i]);
            vec_done(&names);
            return NULL;
        }
    }
    return finish(a, &names);
}

int rule_files_load(struct ruleset *rs, const char *const *files, uint64_t now_ns, struct diags *diags)
{
    int result = 0;
    ruleset_set_today(rs, now_ns);
    for (; *files; files++) {
        int r = ruleset_load_file(rs, *files, diags);
        if (r < 0 && !result)
            result = r;
    }
    return result < 0 ? result : ruleset_compile(rs, diags);
}
