// SPDX-License-Identifier: Apache-2.0
/* The docker engine's API on its unix socket: one image as `docker save` writes it, and the id of a container. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "base/io.h"
#include "base/json.h"
#include "image/limits.h"
#include "image/local/internal.h"
#include "image/registry/http.h"
#include "base/text.h"

struct saving {
    const struct local_options *options;
    int fd;
    uint64_t at, total, max;
};

/* The socket of the daemon that this user talks to. */
static int find_socket(struct arena *a, const char **ret, struct error *err)
{
    const char *host = getenv("DOCKER_HOST"), *runtime = getenv("XDG_RUNTIME_DIR");
    struct stat st;
    if (host && *host) {
        if (!str_starts(str_from(host), STR("unix://")))
            return error_set(err, -EPROTONOSUPPORT,
                             "DOCKER_HOST is %s: only unix:// is asked; run davy there, or `docker save` the image to a file", host);
        *ret = host + strlen("unix://");
        return 0;
    }
    const char *own = runtime ? arena_printf(a, "%s/docker.sock", runtime).p : NULL;
    if (own && !stat(own, &st) && S_ISSOCK(st.st_mode)) {
        *ret = own;
        return 0;
    }
    *ret = "/var/run/docker.sock";
    return stat(*ret, &st) < 0 ? error_set(err, -ENOENT, "docker does not run here (there is no %s)", *ret) : 0;
}

static int take_text(void *ctx, const void *p, size_t n, struct error *err)
{
    struct strbuf *b = ctx;
    if (n > LOCAL_ANSWER_MAX - b->n)
        return error_set(err, -EFBIG, "docker answers with over %d bytes", LOCAL_ANSWER_MAX);
    strbuf_add(b, str_n(p, n));
    return 0;
}

/* GET path: 0 and the JSON object, 1 when there is no such thing. */
static int ask(struct http *h, const char *url, json_t **ret, struct error *err)
{
    _cleanup_(strbuf_done) struct strbuf text = {};
    _cleanup_(http_response_done) struct http_response answer = {};
    struct http_request q = {.url = url, .seconds = LOCAL_ASK_SECONDS, .body = take_text, .ctx = &text};
    int r = http_do(h, &q, &answer, err);
    if (r < 0)
        return r == -ECONNREFUSED ? error_wrap(err, -EACCES, "the docker socket cannot be used; run as root or as a member of the "
                                                             "group docker")
                                  : error_wrap(err, r, "docker");
    if (answer.status == 404)
        return 1;
    if (answer.status != 200)
        return error_set(err, -EPROTO, "docker answers %u", answer.status);
    r = json_parse(strbuf_str(&text), ret, err);
    return r < 0 ? error_wrap(err, r, "docker") : 0;
}

static int save_body(void *ctx, const void *data, size_t n, struct error *err)
{
    struct saving *s = ctx;
    if (n > s->max - s->at)
        return error_set(err, -EFBIG, "the image has over %llu bytes", (unsigned long long)s->max);
    const int r = io_write(s->fd, str_n(data, n));
    if (r < 0)
        return error_errno(err, r, "the copy of the image cannot be written");
    s->at += n;
    if (s->options->progress)
        s->options->progress(s->options->ctx, STR("docker"), s->at, s->total > s->at ? s->total : 0);
    return 0;
}

static int save(struct http *h, const char *url, uint64_t size, const struct local_options *options, int dir, struct error *err)
{
    _cleanup_close_ int fd = openat(dir, LOCAL_ARCHIVE, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return error_errno(err, -errno, "the folder for the image");
    _cleanup_(http_response_done) struct http_response answer = {};
    struct saving s = {options, fd, 0, size, options->bytes_max ? options->bytes_max : IMAGE_LIMITS_DEFAULT.total_bytes};
    struct http_request q = {.url = url, .body = save_body, .ctx = &s};
    int r = http_do(h, &q, &answer, err);
    if (r < 0)
        return error_wrap(err, r, "docker");
    return answer.status == 200 ? 0 : error_set(err, -EPROTO, "docker answers %u when asked for the image", answer.status);
}

int local_docker(struct str name, const struct local_options *options, int dir, struct error *err)
{
    struct arena a = {};
    _cleanup_(http_freep) struct http *h = NULL;
    _cleanup_(json_decrefp) json_t *image = NULL;
    const char *socket = NULL;
    int r = local_name_is_safe(name) ? find_socket(&a, &socket, err)
                                     : error_set(err, -EINVAL, "`%.*s` is no name or id of an image", STR_ARG(name));
    if (!r)
        r = http_new(&(struct http_options){.unix_socket = socket, .stall_seconds = LOCAL_DOCKER_STALL_SECONDS}, &h, err);
    if (!r)
        r = ask(h, arena_printf(&a, "http://localhost/images/%.*s/json", STR_ARG(name)).p, &image, err);
    if (r > 0)
        r = error_set(err, -ENOENT, "docker has no image %.*s; `docker images` lists those it has, registry:%.*s asks the registry",
                      STR_ARG(name), STR_ARG(name));
    json_int_t size = json_integer_value(json_object_get(image, "Size"));
    if (!r)
        r = save(h, arena_printf(&a, "http://localhost/images/%.*s/get", STR_ARG(name)).p, size > 0 ? (uint64_t)size : 0, options,
                 dir, err);
    arena_done(&a);
    return r;
}

int docker_container_id(struct str name, char ret[LOCAL_ID_MAX])
{
    struct arena a = {};
    _cleanup_(http_freep) struct http *h = NULL;
    _cleanup_(json_decrefp) json_t *container = NULL;
    const char *socket = NULL;
    int r = find_socket(&a, &socket, NULL);
    if (!r)
        r = http_new(&(struct http_options){.unix_socket = socket}, &h, NULL);
    if (!r)
        r = ask(h, arena_printf(&a, "http://localhost/containers/%.*s/json", STR_ARG(name)).p, &container, NULL);
    struct str id = str_from(json_string_value(json_object_get(container, "Id")));
    r = r || !id.n || id.n >= LOCAL_ID_MAX || !local_name_is_safe(id);
    if (!r)
        memcpy(ret, id.p, id.n + 1);
    arena_done(&a);
    return r;
}
