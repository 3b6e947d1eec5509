// SPDX-License-Identifier: Apache-2.0
/* The engines' sockets, for what no file tells: docker's API, which podman's service speaks too. */
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>

#include "base/curl_late.h"
#include "source/container/internal.h"
#include "source/proc/fs.h"

static size_t take(char *p, size_t size, size_t n, void *ctx)
{
    struct strbuf *b = ctx;
    if (size * n > STORE_FILE_MAX - b->n)
        return 0;
    strbuf_add(b, str_n(p, size * n));
    return size * n;
}

/* GET on the socket that `fd` names; NULL for any answer but success. */
static json_t *get(int fd, const char *url)
{
    char path[64];
    long status = 0;
    _cleanup_(strbuf_done) struct strbuf body = {};
    CURL *c = curl_easy_init();
    if (!c)
        return NULL;
    (void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    (void)curl_easy_setopt(c, CURLOPT_URL, url);
    (void)curl_easy_setopt(c, CURLOPT_UNIX_SOCKET_PATH, path);
    (void)curl_easy_setopt(c, CURLOPT_PROXY, "");
    (void)curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http");
    (void)curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
    (void)curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, (long)CONTAINER_ASK_MS);
    (void)curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, take);
    (void)curl_easy_setopt(c, CURLOPT_WRITEDATA, &body);
    CURLcode r = curl_easy_perform(c);
    (void)curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_cleanup(c);
    return r == CURLE_OK && status == 200 ? store_parse(strbuf_str(&body)) : NULL;
}

static json_t *ask(struct finder *f, const char *socket)
{
    struct stat st;
    char url[CONTAINER_ID_MAX + 64];
    _cleanup_close_ int fd = fs_open_beneath(f->stores->root, str_from(socket), O_PATH);
    if (fd < 0 || fstat(fd, &st) < 0 || !S_ISSOCK(st.st_mode))
        return NULL;
    (void)snprintf(url, sizeof(url), "http://localhost/containers/%.*s/json", STR_ARG(f->id));
    return get(fd, url);
}

struct container_info *ask_engine(struct finder *f, enum container_type type)
{
    bool is_docker = type == CONTAINER_DOCKER;
    _cleanup_(json_decrefp) json_t *o = NULL;
    /* the id becomes part of an address */
    if (!f->stores->may_ask || !container_is_hex_id(f->id))
        return NULL;
    if (f->q->owner)
        o = ask(f, arena_printf(&f->arena, "/run/user/%u/%s", f->q->owner,
                                is_docker ? "docker.sock" : "podman/podman.sock")
                       .p);
    if (!o)
        o = ask(f, is_docker ? "/run/docker.sock" : "/run/podman/podman.sock");
    return o ? docker_info(type, o, json_object_get(o, "HostConfig")) : NULL;
}
