// SPDX-License-Identifier: Apache-2.0
#include <errno.h>

#include "base/file.h"
#include "image/program.h"
#include "image/registry/credentials.h"
#include "image/registry/limits.h"

static int ask_helper(struct credential *c, struct arena *a, struct error *err)
{
    _cleanup_(strbuf_done) struct strbuf answer = {};
    const char *name = arena_printf(a, "docker-credential-%.*s", STR_ARG(c->helper)).p;
    struct program p = {
        .argv = (const char *const[]){name, "get", NULL},
        .input = c->server,
        .output_max = REGISTRY_HELPER_MAX,
        .seconds = REGISTRY_HELPER_SECONDS,
    };
    int r = program_run(&p, &answer, err);
    if (r > 0)
        return -EACCES; /* it has none for this server, or could not open its store: err has its words */
    if (!r)
        r = auth_helper_answer(strbuf_str(&answer), a, c, err);
    if (answer.p)
        explicit_bzero(answer.p, answer.n);
    return r < 0 && r != -EACCES ? error_wrap(err, r, "%s", name) : r;
}

/* 0, 1 when the file is not there or has nothing, negative when it is broken. */
static int look_in(const char *path, const struct reference *r, struct arena *a, struct credential *ret, struct error *err)
{
    _cleanup_(strbuf_done) struct strbuf text = {};
    int e = file_read(path, AUTH_FILE_MAX, &text, err);
    if (e < 0)
        return e == -ENOENT || e == -ENOTDIR ? 1 : e;
    e = auth_file_find(strbuf_str(&text), r, a, ret, err);
    if (text.p)
        explicit_bzero(text.p, text.n);
    if (e < 0)
        return error_wrap(err, e, "%s", path);
    if (e || !ret->helper.n)
        return e;
    struct credential asked = *ret;
    e = ask_helper(&asked, a, err);
    if (!e)
        *ret = asked;
    else if (ret->user.n || ret->identity_token.n || ret->registry_token.n)
        e = 0; /* the file itself has one */
    return e;
}

static void add_place(const char *places[], size_t *n, struct arena *a, const char *variable, const char *below)
{
    const char *folder = getenv(variable);
    if (folder && *folder)
        places[(*n)++] = arena_printf(a, "%s%s", folder, below).p;
}

int credentials_find(const char *file, const struct reference *r, struct arena *a, struct credential *ret,
                     struct str *ret_file, struct strbuf *note, struct error *err)
{
    const char *places[8];
    size_t n = 0;
    if (file) {
        int e = access(file, R_OK) < 0 ? error_errno(err, -errno, "%s", file) : look_in(file, r, a, ret, err);
        *ret_file = arena_str(a, str_from(file));
        return e;
    }
    add_place(places, &n, a, "REGISTRY_AUTH_FILE", "");
    add_place(places, &n, a, "XDG_RUNTIME_DIR", "/containers/auth.json");
    add_place(places, &n, a, "DOCKER_CONFIG", "/config.json");
    if (!getenv("DOCKER_CONFIG"))
        add_place(places, &n, a, "HOME", "/.docker/config.json");
    add_place(places, &n, a, "HOME", "/.config/containers/auth.json");
    for (size_t i = 0; i < n; i++) {
        struct error why = ERROR_NULL;
        int e = look_in(places[i], r, a, ret, &why);
        if (!e) {
            *ret_file = arena_str(a, str_from(places[i]));
            return 0;
        }
        if (e < 0)
            strbuf_printf(note, "%s%s", note->n ? "; " : "", why.text);
    }
    return 1;
}
