// SPDX-License-Identifier: Apache-2.0
/*
 * Programs and libraries as package databases say they were installed: NAME.md5sums of dpkg (in info, or in status.d of distroless images), and
 * apk's installed. Of a database of rpm nothing is told. What is done with them: owned.h.
 */
#include "inspect/analyzer.h"
#include "inspect/system_file.h"

enum {
    PATH_BYTES_MAX = 4096,
    NAME_BYTES_MAX = 256, /* of a package */
};

static bool is_diversions(struct str path)
{
    return str_is(path, "/var/lib/dpkg/diversions");
}

static bool is_md5sums(struct str path)
{
    struct str dir = str_dirname(path);
    return str_ends(path, STR(".md5sums")) && (str_is(dir, "/var/lib/dpkg/info") || str_is(dir, "/var/lib/dpkg/status.d"));
}

static bool is_apk(struct str path)
{
    return str_is(path, "/lib/apk/db/installed") || str_is(path, "/usr/lib/apk/db/installed");
}

static bool wants(const struct content *c)
{
    return !c->depth && c->first && c->is_text && (is_md5sums(c->path) || is_apk(c->path) || is_diversions(c->path));
}

static bool is_name(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] <= ' ' || (unsigned char)s.p[i] >= 0x7f)
            return false;
    return s.n && s.n <= NAME_BYTES_MAX;
}

static void see(struct facts *f, struct str package, const char *digest_name, struct str hex, struct str path)
{
    if (path.n > PATH_BYTES_MAX || !system_file_place(path))
        return;
    (void)facts_add(f, F_PACKAGE_FILES,
                    arena_printf(&f->arena, "%.*s %s:%.*s %.*s", STR_ARG(package), digest_name, STR_ARG(hex), STR_ARG(path)));
}

/* "procps:amd64.md5sums" is of procps. */
static struct str package_of(struct str path)
{
    struct str name = str_basename(path), package;
    name = str_sub(name, 0, name.n - strlen(".md5sums"));
    return str_split(&name, ':', &package) ? package : name;
}

/* "0123…ef  usr/bin/ps" */
static void look_md5sums(const struct content *c, struct facts *f)
{
    enum { HEX = 32 };
    struct str rest = c->data, line, package = package_of(c->path);
    uint8_t md5[HEX / 2];
    while (is_name(package) && str_split(&rest, '\n', &line)) {
        struct str hex = str_sub(line, 0, HEX), path = str_sub(line, HEX, line.n);
        if (!str_starts(path, STR("  ")) || !hex_decode(hex, md5))
            continue;
        see(f, package, "md5", hex, arena_printf(&f->arena, "/%.*s", STR_ARG(str_sub(path, 2, path.n))));
    }
}

/* "Q1" and a SHA-1, "Q2" and a SHA-256, in base64. */
static void see_apk(struct facts *f, struct str package, struct str dir, struct str name, struct str sum)
{
    struct str bytes;
    bool is_sha1 = str_starts(sum, STR("Q1")), is_sha256 = str_starts(sum, STR("Q2"));
    if (!is_name(package) || !name.n || (!is_sha1 && !is_sha256) ||
        !base64_decode(&f->arena, str_sub(sum, 2, sum.n), &bytes) || bytes.n != (is_sha1 ? 20 : SHA256_BYTES))
        return;
    see(f, package, is_sha1 ? "sha1" : "sha256", hex_encode(&f->arena, bytes.p, bytes.n),
        arena_printf(&f->arena, "/%.*s%s%.*s", STR_ARG(dir), dir.n ? "/" : "", STR_ARG(name)));
}

static void look_apk(const struct content *c, struct facts *f)
{
    struct str rest = c->data, line, package = STR_NULL, dir = STR_NULL, name = STR_NULL;
    while (str_split(&rest, '\n', &line)) {
        if (!line.n)
            package = dir = name = STR_NULL;
        if (line.n < 2 || line.p[1] != ':')
            continue;
        struct str value = str_sub(line, 2, line.n);
        switch (line.p[0]) {
        case 'P':
            package = value;
            break;
        case 'F':
            dir = value;
            name = STR_NULL;
            break;
        case 'R':
            name = value;
            break;
        case 'Z':
            see_apk(f, package, dir, name, value);
            break;
        default:
            break;
        }
    }
}

/* Three lines each: the path, where the package's file is put instead, and whose file may keep the path (":" for the administrator's). */
static void look_diversions(const struct content *c, struct facts *f)
{
    struct str rest = c->data, from, to, by;
    while (str_split(&rest, '\n', &from) && str_split(&rest, '\n', &to) && str_split(&rest, '\n', &by)) {
        if (from.n > PATH_BYTES_MAX || to.n > PATH_BYTES_MAX || by.n > NAME_BYTES_MAX || !system_file_place(from))
            continue;
        /* a path may have blanks, a line break it cannot have */
        (void)facts_add(f, F_PACKAGE_DIVERSIONS, arena_printf(&f->arena, "%.*s\n%.*s\n%.*s", STR_ARG(from), STR_ARG(to), STR_ARG(by)));
    }
}

static int look(void *, struct inspection *, const struct content *c, struct facts *f)
{
    if (is_md5sums(c->path))
        look_md5sums(c, f);
    else if (is_apk(c->path))
        look_apk(c, f);
    else
        look_diversions(c, f);
    return 0;
}

const struct analyzer analyzer_package_files = {.name = "package_files", .wants = wants, .look = look};
