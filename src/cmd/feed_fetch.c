// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <strings.h>

#include "base/arena.h"
#include "base/curl_late.h"
#include "base/file.h"
#include "base/io.h"
#include "cmd/feed_fetch.h"
#include "image/registry/http.h"
#include "store/feed_folder.h"

static bool has_scheme(const char *where, const char *scheme)
{
    return !strncasecmp(where, scheme, strlen(scheme));
}

bool feed_place_is_remote(const struct feed_place *p)
{
    return has_scheme(p->where, "https://") || has_scheme(p->where, "http://");
}

/* The folder of a place that is none over the network. */
static int folder_of(const struct feed_place *p, struct arena *a, const char **ret, struct error *err)
{
    const char *path = p->where;
    if (has_scheme(path, "file://")) {
        int n = 0;
        path += strlen("file://");
        path = has_scheme(path, "localhost/") ? path + strlen("localhost") : path;
        if (*path != '/')
            return error_set(err, -EINVAL, "%s: a file on another machine; write file:///folder", p->where);
        char *plain = curl_easy_unescape(NULL, path, 0, &n);
        if (!plain)
            return error_errno(err, -ENOMEM, "%s", p->where);
        *ret = arena_str(a, str_n(plain, (size_t)n)).p;
        curl_free(plain);
        return 0;
    }
    if (strstr(path, "://"))
        return error_set(err, -EINVAL, "%s: a feed is a folder, or an address that begins with https:// or file://", path);
    *ret = path;
    return 0;
}

struct str feed_place_text(const struct feed_place *p, struct arena *a)
{
    struct str s = str_from(p->where);
    const char *folder;
    char path[PATH_MAX];
    if (!feed_place_is_remote(p) && !folder_of(p, a, &folder, NULL))
        s = str_from(realpath(folder, path) ? path : folder);
    while (s.n > 1 && s.p[s.n - 1] == '/')
        s.n--;
    return arena_str(a, s);
}

/* ---- over the network ---- */

struct sink {
    struct strbuf *text; /* or */
    int fd;
    uint64_t at, max;
    uint64_t from; /* where the body begins */
};

static int on_begin(void *ctx, const struct http_response *r, struct error *)
{
    struct sink *s = ctx;
    s->from = r->status == 206 && r->has_range && r->range.has_range ? r->range.first : 0;
    s->at = s->from;
    return 0;
}

static int on_body(void *ctx, const void *p, size_t n, struct error *err)
{
    struct sink *s = ctx;
    if (s->at + n > s->max)
        return error_set(err, -EFBIG, "more than %llu bytes came, which is more than there should be", (unsigned long long)s->max);
    if (s->text)
        strbuf_add(s->text, str_n(p, n));
    const int r = s->text ? 0 : io_write_at(s->fd, str_n(p, n), s->at);
    if (r < 0)
        return error_errno(err, r, "cannot keep what comes");
    s->at += n;
    return 0;
}

static int get(const struct feed_place *p, const char *file, uint64_t from, unsigned seconds, struct sink *s, struct error *err)
{
    _cleanup_(arena_done) struct arena a = {};
    _cleanup_(http_freep) struct http *h = NULL;
    _cleanup_(http_response_done) struct http_response response = {};
    const struct http_options o = {.ca_file = p->ca_file, .is_loopback = true};
    struct str base = feed_place_text(p, &a);
    const struct http_request q = {.url = arena_printf(&a, "%s/%s", base.p, file).p, .accept = "*/*", .from = from, .seconds = seconds,
                                   .begin = on_begin, .body = on_body, .ctx = s};
    int r = http_new(&o, &h, err);
    if (!r)
        r = http_do(h, &q, &response, err);
    if (r < 0)
        return error_wrap(err, r, "%s", q.url);
    if (response.status < 200 || response.status > 299)
        return error_set(err, response.status == 404 ? -ENOENT : -EIO, "%s: the server answers %u; is a feed published there?", q.url, response.status);
    return 0;
}

int feed_fetch_head(const struct feed_place *p, struct strbuf *b, struct error *err)
{
    _cleanup_(arena_done) struct arena a = {};
    const char *folder;
    if (feed_place_is_remote(p))
        return get(p, FEED_HEAD_FILE, 0, FEED_FETCH_HEAD_SECONDS, &(struct sink){.text = b, .fd = -1, .max = FEED_HEAD_MAX}, err);
    int r = folder_of(p, &a, &folder, err);
    return r ? r : file_read(arena_printf(&a, "%s/%s", folder, FEED_HEAD_FILE).p, FEED_HEAD_MAX, b, err);
}

int feed_fetch_log(const struct feed_place *p, uint64_t from, uint64_t bytes, int *ret_fd, bool *ret_from_start, struct error *err)
{
    _cleanup_(arena_done) struct arena a = {};
    const char *folder;
    int r;
    if (!feed_place_is_remote(p)) {
        if ((r = folder_of(p, &a, &folder, err)) < 0)
            return r;
        const char *path = arena_printf(&a, "%s/%s", folder, FEED_LOG_FILE).p;
        int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
        if (fd < 0)
            return error_errno(err, -errno, "%s", path);
        *ret_fd = fd;
        *ret_from_start = true;
        return 0;
    }
    const char *temp = getenv("TMPDIR");
    _cleanup_close_ int fd = open(temp && *temp ? temp : "/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (fd < 0)
        return error_errno(err, -errno, "%s", temp && *temp ? temp : "/tmp");
    /* a log that grows while it is read is longer than the head that was read before: by less than as much again */
    struct sink s = {.fd = fd, .max = bytes * 2 + (1 << 20)};
    r = get(p, FEED_LOG_FILE, from, FEED_FETCH_SECONDS, &s, err);
    if (r < 0)
        return r;
    if (s.from != 0 && s.from != from)
        return error_set(err, -EPROTO, "%s: the server sent another part of the log than was asked for", p->where);
    *ret_from_start = s.from == 0;
    *ret_fd = TAKE_FD(fd);
    return 0;
}
