// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <fts.h>
#include <sys/stat.h>

#include "log/limits.h"
#include "log/paths.h"

/* YYYYMMDDTHHMM in a name; empty when there is none. */
static struct str time_in_name(struct str name)
{
    enum { DATE = 8, ALL = 13 };
    for (size_t i = 0; i + ALL <= name.n; i++) {
        size_t k = 0;
        while (k < ALL && (k == DATE ? name.p[i + k] == 'T' : name.p[i + k] >= '0' && name.p[i + k] <= '9'))
            k++;
        if (k == ALL)
            return str_n(name.p + i, ALL);
    }
    return STR_NULL;
}

static int by_time(const void *a, const void *b)
{
    const char *const *x = a, *const *y = b;
    const struct str tx = time_in_name(str_basename(str_from(*x))), ty = time_in_name(str_basename(str_from(*y)));
    const int c = tx.n && ty.n ? str_cmp(tx, ty) : (int)(ty.n > 0) - (int)(tx.n > 0);
    return c ? c : strcmp(*x, *y);
}

static int walk(struct log_path_list *l, const char *folder, struct error *err)
{
    char *const roots[] = {(char *)folder, NULL};
    const size_t first = l->files.n;
    int r = 0;
    FTS *fts = fts_open(roots, FTS_PHYSICAL | FTS_COMFOLLOW | FTS_NOCHDIR, NULL);
    if (!fts)
        return error_errno(err, -errno, "cannot look through %s", folder);
    for (FTSENT *e; !r && (e = fts_read(fts));) {
        if (e->fts_info == FTS_D && e->fts_level >= LOG_FOLDER_DEPTH)
            (void)fts_set(fts, e, FTS_SKIP);
        const bool is_barred = e->fts_info == FTS_DNR || e->fts_info == FTS_ERR || e->fts_info == FTS_NS;
        if (is_barred && (e->fts_level <= FTS_ROOTLEVEL || e->fts_errno == ENOMEM))
            r = error_errno(err, -e->fts_errno, "cannot look through %s", e->fts_path);
        if (e->fts_info != FTS_F && !is_barred) /* what is barred is told when its turn comes, as any file that cannot be read */
            continue;
        if (l->files.n == LOG_FILES_MAX)
            r = error_set(err, -E2BIG, "%s has more than %d files; name a part of it", folder, LOG_FILES_MAX);
        vec_add(&l->files, arena_str(&l->arena, str_from(e->fts_path)).p);
        l->bytes += is_barred ? 0 : (uint64_t)e->fts_statp->st_size;
    }
    (void)fts_close(fts);
    if (l->files.n > first)
        qsort(l->files.v + first, l->files.n - first, sizeof(*l->files.v), by_time);
    return r;
}

int log_paths(struct log_path_list *l, const char *const *paths, size_t n, struct error *err)
{
    int r = 0;
    for (size_t i = 0; !r && i < n; i++) {
        struct stat st;
        if (!strcmp(paths[i], "-")) {
            vec_add(&l->files, paths[i]);
            continue;
        }
        if (stat(paths[i], &st) < 0)
            return error_errno(err, -errno, "cannot look at %s", paths[i]);
        if (S_ISDIR(st.st_mode)) {
            r = walk(l, paths[i], err);
            continue;
        }
        vec_add(&l->files, arena_str(&l->arena, str_from(paths[i])).p);
        l->bytes += S_ISREG(st.st_mode) ? (uint64_t)st.st_size : 0;
    }
    return r;
}

void log_paths_done(struct log_path_list *l)
{
    vec_done(&l->files);
    arena_done(&l->arena);
}
