// SPDX-License-Identifier: Apache-2.0
/* containerd's store, read by its own tool: the blobs come out as they were pulled, with their digests. */
#include <errno.h>

#include "image/local/internal.h"
#include "image/platform.h"
#include "image/reference.h"
#include "image/program.h"

static int run(const char *const *argv, struct strbuf *answer, struct error *err)
{
    struct program p = {.argv = argv, .output_max = LOCAL_ANSWER_MAX, .seconds = LOCAL_ASK_SECONDS};
    strbuf_clear(answer);
    return program_run(&p, answer, err);
}

/* Whether the namespace has an image of exactly that name. */
static bool has_image(const char *ns, const char *name)
{
    _cleanup_(strbuf_done) struct strbuf answer = {};
    const char *argv[] = {"ctr", "--namespace", ns, "images", "list", "--quiet", NULL};
    if (run(argv, &answer, NULL))
        return false;
    struct str rest = strbuf_str(&answer), line;
    while (str_split(&rest, '\n', &line))
        if (str_is(str_trim(line), name))
            return true;
    return false;
}

int local_containerd(struct str name, const struct local_options *options, int dir, struct error *err)
{
    struct arena a = {};
    _cleanup_(strbuf_done) struct strbuf answer = {};
    const char *namespaces[] = {"ctr", "namespaces", "list", "--quiet", NULL}, *found = NULL;
    if (!local_name_is_safe(name))
        return error_set(err, -EINVAL, "`%.*s` is no name of an image", STR_ARG(name));
    int r = run(namespaces, &answer, err);
    if (r == -ENOENT)
        return error_set(err, -ENOENT, "containerd's tool ctr is not here; registry:%.*s asks the registry", STR_ARG(name));
    if (r)
        return r < 0 ? r : -EACCES; /* err has its words: no daemon, no permission */
    /* as it keeps it: with its registry */
    struct reference ref;
    const char *full = !reference_parse(name, &a, &ref, NULL) ? reference_name(&ref, &a).p : arena_str(&a, name).p;
    struct str rest = strbuf_str(&answer), line;
    size_t seen = 0;
    while (!found && seen++ < LOCAL_NAMESPACES_MAX && str_split(&rest, '\n', &line)) {
        const char *ns = arena_str(&a, str_trim(line)).p;
        if (*ns && local_name_is_safe(str_from(ns)) && has_image(ns, full))
            found = ns;
    }
    if (found) {
        const char *platform = options->platform ? options->platform : platform_own();
        const char *export[] = {"ctr", "--namespace", found, "images", "export", "--platform", platform, NULL, full, NULL};
        r = local_save(export, 7, options, dir, err);
    } else {
        r = error_set(err, -ENOENT, "containerd has no image %s in any namespace; `ctr -n NAMESPACE images list` lists those it has",
                      full);
    }
    arena_done(&a);
    return r;
}
