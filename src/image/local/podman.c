// SPDX-License-Identifier: Apache-2.0
/* podman's store, read by podman itself. */
#include <errno.h>

#include "image/local/internal.h"
#include "image/program.h"

int local_podman(struct str name, const struct local_options *options, int dir, struct error *err)
{
    _cleanup_(strbuf_done) struct strbuf text = {}, said = {};
    if (!local_name_is_safe(name))
        return error_set(err, -EINVAL, "`%.*s` is no name or id of an image", STR_ARG(name));
    strbuf_add(&text, name);
    const char *exists[] = {"podman", "image", "exists", "--", text.p, NULL};
    struct program ask = {.argv = exists, .output_max = LOCAL_ANSWER_MAX, .seconds = LOCAL_ASK_SECONDS};
    int r = program_run(&ask, &said, err);
    if (r == 1)
        return error_set(err, -ENOENT, "podman has no image %.*s; `podman images` lists those it has, registry:%.*s asks the registry",
                         STR_ARG(name), STR_ARG(name));
    if (!r) {
        /* not compressed: that would take most of the time, and is undone at once */
        const char *save[] = {"podman", "save", "--quiet", "--format", "docker-archive", "--output", NULL, "--", text.p, NULL};
        return local_save(save, 6, options, dir, err);
    }
    if (r != -ENOENT)
        return r < 0 ? r : -EIO;
    return error_set(err, -ENOENT, "podman is not installed here, so it has no images; registry:%.*s asks the registry", STR_ARG(name));
}

int podman_container_id(struct str name, char ret[LOCAL_ID_MAX])
{
    _cleanup_(strbuf_done) struct strbuf text = {}, answer = {};
    strbuf_add(&text, name);
    const char *argv[] = {"podman", "container", "inspect", "--format", "{{.Id}}", "--", text.p, NULL};
    struct program p = {.argv = argv, .output_max = LOCAL_ANSWER_MAX, .seconds = LOCAL_ASK_SECONDS};
    if (program_run(&p, &answer, NULL))
        return 1;
    struct str id = str_trim(strbuf_str(&answer));
    if (!id.n || id.n >= LOCAL_ID_MAX || !local_name_is_safe(id))
        return 1;
    memcpy(ret, id.p, id.n);
    ret[id.n] = 0;
    return 0;
}
