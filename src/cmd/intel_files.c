// SPDX-License-Identifier: Apache-2.0
#include <errno.h>

#include "cmd/common.h"
#include "cmd/intel_files.h"
#include "cmd/rule_files.h"

static int add_shipped(struct intel *in, struct error *err)
{
    _cleanup_(arena_done) struct arena a = {};
    const char *dir = arena_printf(&a, "%s/rules/intel", cmd_data_dir()).p;
    int r = 0;
    for (const char **f = rule_files_in(&a, dir, "names-", ".txt"); !r && *f; f++)
        r = intel_add_names(in, *f, STR_NULL, err);
    return r;
}

bool intel_list_is_given(const char *given)
{
    const char *equals = strchr(given, '=');
    return equals && equals > given && equals[1];
}

static int add_list(struct intel *in, const char *given, struct error *err)
{
    const char *equals = strchr(given, '=');
    return intel_add_names(in, equals + 1, str_n(given, (size_t)(equals - given)), err);
}

int intel_files_load(const struct intel_options *options, uint64_t now_ns, struct intel **ret, struct error *err)
{
    _cleanup_(intel_freep) struct intel *in = intel_new(now_ns);
    int r = options && options->no_shipped ? 0 : add_shipped(in, err);
    for (size_t i = 0; options && !r && i < options->n_hashes; i++)
        r = intel_add_digests(in, options->hashes[i], err);
    for (size_t i = 0; options && !r && i < options->n_leaked; i++)
        r = intel_add_leaked(in, options->leaked[i], err);
    for (size_t i = 0; options && !r && i < options->n_lists; i++)
        r = add_list(in, options->lists[i], err);
    for (size_t i = 0; options && !r && i < options->n_folders; i++)
        r = intel_add_folder(in, options->folders[i], err);
    if (!r && options && options->more)
        r = options->more(options->more_ctx, in, err);
    if (r < 0)
        return r;
    intel_seal(in);
    *ret = TAKE_PTR(in);
    return 0;
}
