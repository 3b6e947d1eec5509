// SPDX-License-Identifier: Apache-2.0
/* What the stores have in common that are read by their own programs. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>

#include "image/limits.h"
#include "image/local/internal.h"
#include "image/program.h"

bool local_name_is_safe(struct str name)
{
    if (!name.n || name.n > LOCAL_NAME_MAX || name.p[0] == '-' || str_has(name, STR("..")))
        return false;
    for (size_t i = 0; i < name.n; i++) {
        char c = name.p[i];
        bool fits = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || (c && strchr("._-/:@+[]", c));
        if (!fits)
            return false;
    }
    return true;
}

struct watch {
    const struct local_options *options;
    int dir;
};

static void tick(void *ctx)
{
    const struct watch *w = ctx;
    struct stat st;
    if (w->options->progress && !fstatat(w->dir, LOCAL_ARCHIVE, &st, AT_SYMLINK_NOFOLLOW))
        w->options->progress(w->options->ctx, STR(LOCAL_ARCHIVE), (uint64_t)st.st_size, 0);
}

int local_save(const char **argv, size_t at, const struct local_options *options, int dir, struct error *err)
{
    _cleanup_(strbuf_done) struct strbuf output = {};
    char link[32], path[PATH_MAX];
    (void)snprintf(link, sizeof(link), "/proc/self/fd/%d", dir);
    ssize_t n = readlink(link, path, sizeof(path) - sizeof("/" LOCAL_ARCHIVE));
    if (n < 0)
        return error_errno(err, -errno, "the folder for the image");
    memcpy(path + n, "/" LOCAL_ARCHIVE, sizeof("/" LOCAL_ARCHIVE));
    (void)unlinkat(dir, LOCAL_ARCHIVE, 0); /* of an earlier try: these programs do not overwrite */
    argv[at] = path;
    struct watch watch = {options, dir};
    struct program p = {
        .argv = argv, .output_max = LOCAL_ANSWER_MAX, .seconds = LOCAL_SAVE_SECONDS, .tick = tick, .ctx = &watch};
    int r = program_run(&p, &output, err);
    if (!r)
        return 0;
    (void)unlinkat(dir, LOCAL_ARCHIVE, 0);
    if (r > 0 && err && strstr(err->text, "no space left"))
        return error_wrap(err, err->code = -ENOSPC, "the disk is full");
    return r < 0 ? r : -EIO;
}
