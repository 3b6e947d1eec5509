// SPDX-License-Identifier: Apache-2.0
/* Reading what stores keep: small files of JSON. */
#include <fcntl.h>
#include <time.h>

#include "source/container/internal.h"
#include "source/proc/fs.h"

bool store_is_name(struct str s)
{
    return s.n && s.n < CONTAINER_ID_MAX && s.p[0] != '.' && !memchr(s.p, '/', s.n) && !memchr(s.p, 0, s.n);
}

json_t *store_parse(struct str text)
{
    json_t *root = NULL;
    return text.n && !json_parse(text, &root, NULL) ? root : NULL;
}

json_t *store_json(struct finder *f, size_t max, const char *fmt, ...)
{
    _cleanup_(strbuf_done) struct strbuf path = {};
    va_list ap;
    va_start(ap, fmt);
    strbuf_vprintf(&path, fmt, ap);
    va_end(ap);
    if (!fs_read_beneath(f->stores->root, path.p, max, &f->text))
        return NULL;
    return store_parse(strbuf_str(&f->text));
}

DIR *store_folder(struct finder *f, const char *path)
{
    int fd = fs_open_beneath(f->stores->root, str_from(path), O_RDONLY | O_DIRECTORY);
    DIR *d = fd >= 0 ? fdopendir(fd) : NULL;
    if (fd >= 0 && !d)
        (void)close(fd);
    return d;
}

const json_t *node_of(const json_t *o, const char *const *path, size_t n)
{
    for (size_t i = 0; i < n && o; i++)
        o = json_object_get(o, path[i]);
    return o;
}

uint64_t time_from(struct str s)
{
    enum { YEAR_NS_DAYS = 365 * 86400 };
    struct tm tm = {};
    char text[64], *rest;
    uint64_t ns = 0, unit = 100000000;
    long offset = 0;
    if (s.n >= sizeof(text) || s.n < 20)
        return 0;
    memcpy(text, s.p, s.n);
    text[s.n] = 0;
    if (!(rest = strptime(text, "%Y-%m-%dT%H:%M:%S", &tm)))
        return 0;
    if (*rest == '.')
        for (rest++; *rest >= '0' && *rest <= '9'; rest++, unit /= 10)
            ns += (uint64_t)(*rest - '0') * unit;
    int hours = 0, minutes = 0;
    if ((*rest == '+' || *rest == '-') && sscanf(rest + 1, "%2d:%2d", &hours, &minutes) == 2)
        offset = (hours * 3600 + minutes * 60) * (*rest == '-' ? -1 : 1);
    time_t t = timegm(&tm) - offset;
    return t < YEAR_NS_DAYS || t > INT64_MAX / 1000000000 - 1 ? 0 : (uint64_t)t * 1000000000 + ns;
}

void add_labels(struct container_info *c, struct container_labels *of, const json_t *o)
{
    json_t *value;
    const char *key;
    size_t n;
    json_object_keylen_foreach((json_t *)(uintptr_t)o, key, n, value)
    {
        if (json_is_string(value))
            container_add_label(c, of, str_n(key, n), text_of(value));
    }
}
