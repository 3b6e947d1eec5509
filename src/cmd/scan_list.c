// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <stdio.h>

#include "base/intl.h"
#include "base/vec.h"
#include "cmd/scan_list.h"
#include "image/platform.h"

void scan_list_add(struct scan_list *l, const char *target)
{
    vec_add(&l->entries, (struct scan_list_entry){.target = target});
}

static int take_line(struct scan_list *l, const char *name, size_t number, struct str line, struct error *err)
{
    struct str rest = line, target = STR_NULL, platform = STR_NULL;
    bool is_new;
    if (memchr(line.p, 0, line.n))
        return error_set(err, -EINVAL, "%s, line %zu: it holds a byte of zero; a list of targets is text, one a line", name, number);
    line = str_trim(line);
    if (!line.n || line.p[0] == '#')
        return 0;
    rest = line;
    (void)str_split(&rest, '\t', &target);
    platform = str_trim(rest);
    target = arena_str(&l->arena, str_trim(target));
    const struct platform p = platform_parse(platform);
    if (platform.n && (!p.os.n || !p.arch.n))
        return error_set(err, -EINVAL, "%s, line %zu: behind a tab stands a platform, OS/ARCH such as linux/arm64", name, number);
    map_put(&l->seen, arena_str(&l->arena, line), &is_new);
    if (!is_new)
        return 0;
    if (l->entries.n >= SCAN_LIST_MAX)
        return error_set(err, -E2BIG, "%s, line %zu: over %d targets; davy hunt takes any number, and goes on where it was stopped", name, number, SCAN_LIST_MAX);
    vec_add(&l->entries, (struct scan_list_entry){target.p, platform.n ? arena_str(&l->arena, platform).p : NULL});
    return 0;
}

/* Lines of a bounded length, whatever the file holds. */
static int take_lines(struct scan_list *l, FILE *f, const char *name, struct error *err)
{
    char line[SCAN_LIST_LINE_MAX + 1];
    size_t n = 0, number = 1;
    int c, r = 0;
    while (!r && (c = getc(f)) != EOF) {
        if (c == '\n') {
            r = take_line(l, name, number++, str_n(line, n), err);
            n = 0;
        } else if (n == SCAN_LIST_LINE_MAX) {
            r = error_set(err, -EINVAL, "%s, line %zu: longer than %d bytes; a list of targets is text, one a line", name, number, SCAN_LIST_LINE_MAX);
        } else {
            line[n++] = (char)c;
        }
    }
    if (!r && ferror(f))
        r = error_errno(err, errno ? -errno : -EIO, "%s", name);
    return r ? r : take_line(l, name, number, str_n(line, n), err);
}

int scan_list_read(struct scan_list *l, const char *path, struct error *err)
{
    const bool is_stdin = !strcmp(path, "-");
    const size_t before = l->entries.n;
    FILE *f = is_stdin ? stdin : fopen(path, "re");
    if (!f)
        return error_errno(err, -errno, "%s", path);
    errno = 0;
    int r = take_lines(l, f, is_stdin ? _("standard input") : path, err);
    if (!is_stdin)
        (void)fclose(f);
    if (!r && l->entries.n == before && !l->seen.n)
        r = error_set(err, -ENODATA, "%s: it names no target; write one a line", is_stdin ? _("standard input") : path);
    return r;
}

void scan_list_done(struct scan_list *l)
{
    vec_done(&l->entries);
    map_done(&l->seen);
    arena_done(&l->arena);
}
