// SPDX-License-Identifier: Apache-2.0
/*
 * The filter in the kernel against its definition (event/filter.h), written down once more and plainly: a child opens files of a tree in
 * every form a path can have, renames folders in between, and tells which of its opens should have passed. Exactly those must come.
 */
#include "source/bpf/test-live.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>

enum { OPENS = 400, ENTRIES = 24, PATH_ROOM = 600 };

static struct plan {
    char dir[64];
    unsigned seed;
    struct filter_path entries[ENTRIES];
    size_t n_entries;
    size_t n; /* opens */
    struct {
        char path[PATH_ROOM];
        bool passes;
    } opens[OPENS];
} *plan;

static unsigned draw(unsigned below)
{
    plan->seed = plan->seed * 1664525u + 1013904223u;
    return (plan->seed >> 8) % below;
}

/* ---- the definition ---- */

static bool fits(const struct filter_path *e, struct str path)
{
    struct str bytes = str_n(e->bytes, e->n);
    switch (e->fit) {
    case FILTER_IS:
        return str_eq(path, bytes);
    case FILTER_BEGINS:
        return str_starts(path, bytes);
    case FILTER_ENDS:
        return str_ends(path, bytes);
    default:
        return str_eq(str_basename(path), bytes);
    }
}

static uint64_t classes_of(struct str path)
{
    uint64_t classes = 0;
    for (size_t i = 0; i < plan->n_entries; i++)
        if (fits(&plan->entries[i], path))
            classes |= plan->entries[i].classes;
    return classes;
}

/* Absolute, without "//", "." and "..". */
static void make_plain(const char *path, char *ret)
{
    char whole[PATH_ROOM * 2];
    struct str left, part;
    size_t n = 0;
    if (path[0] == '/') {
        (void)snprintf(whole, sizeof(whole), "%s", path);
    } else {
        if (!getcwd(whole, PATH_ROOM))
            _exit(2);
        n = strlen(whole);
        (void)snprintf(whole + n, sizeof(whole) - n, "/%s", path);
    }
    left = str_from(whole);
    n = 0;
    while (str_split(&left, '/', &part)) {
        if (!part.n || str_is(part, "."))
            continue;
        if (str_is(part, "..")) {
            while (n && ret[--n] != '/')
                ;
            continue;
        }
        ret[n++] = '/';
        memcpy(ret + n, part.p, part.n);
        n += part.n;
    }
    if (!n)
        ret[n++] = '/';
    ret[n] = 0;
}

static const struct filter_clause clauses[] = {
    {.yes = 1 << FILTER_OK | 1 << FILTER_READ | 1 << FILTER_FILE, .paths = 3},
    {.yes = 1 << FILTER_OK | 1 << FILTER_WRITE, .paths = 12},
    {.yes = 1 << FILTER_FAILED, .paths = 16},
    {.yes = 1 << FILTER_DOTDOT | 1 << FILTER_OK, .paths = 32},
    {.yes = 1 << FILTER_READ | 1 << FILTER_OK, .no = 1 << FILTER_DOTDOT, .paths = 64},
    {.yes = 1 << FILTER_TRUNC, .paths = 0},
};

static bool should_pass(const char *path, int flags, int fd)
{
    char written[PATH_ROOM * 2], link[64], resolved[PATH_ROOM] = "";
    make_plain(path, written);
    uint64_t classes = classes_of(str_from(written)), facts = fd < 0 ? 1 << FILTER_FAILED : 1 << FILTER_OK | 1 << FILTER_FILE;
    if (fd >= 0) {
        (void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
        ssize_t n = readlink(link, resolved, sizeof(resolved) - 1);
        if (n <= 0)
            _exit(3);
        classes |= classes_of(str_n(resolved, (size_t)n));
    }
    facts |= flags & O_WRONLY ? 1 << FILTER_WRITE : 1 << FILTER_READ;
    facts |= flags & O_TRUNC ? 1 << FILTER_TRUNC : 0;
    facts |= strstr(path, "..") ? 1 << FILTER_DOTDOT : 0;
    for (size_t i = 0; i < ARRAY_SIZE(clauses); i++)
        if (!(clauses[i].yes & ~facts) && !(clauses[i].no & facts) && (!clauses[i].paths || clauses[i].paths & classes))
            return true;
    return false;
}

/* ---- the tree ---- */

static const char *const folders[] = {"", "/a", "/a/bb", "/a/bb/ccc", "/etc", "/etc/pam.d", "/a-rather-long-name-of-a-folder/in/another.d"};
static const char *const names[] = {"x", "sh", "abc", "data", "file5", "libx.so", "shadow12", "authorized_keys", ".profile", "1", "name7.7"};

static void make_tree(void)
{
    char path[PATH_ROOM];
    for (size_t f = 0; f < ARRAY_SIZE(folders); f++) {
        (void)snprintf(path, sizeof(path), "mkdir -p %s%s", plan->dir, folders[f]);
        if (system(path))
            _exit(4);
        for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
            (void)snprintf(path, sizeof(path), "%s%s/%s", plan->dir, folders[f], names[i]);
            (void)close(open(path, O_CREAT | O_WRONLY, 0600));
        }
    }
    (void)snprintf(path, sizeof(path), "%s/link", plan->dir);
    (void)symlink("a/bb", path);
    (void)snprintf(path, sizeof(path), "%s/a/plain", plan->dir);
    (void)symlink("../etc/shadow12", path);
}

static void draw_path(char *ret, size_t n)
{
    (void)snprintf(ret, n, "%s%s/%s", plan->dir, folders[draw(ARRAY_SIZE(folders))], names[draw(ARRAY_SIZE(names))]);
}

static void draw_entries(void)
{
    char path[PATH_ROOM];
    plan->n_entries = 0;
    for (size_t i = 0; i < ENTRIES; i++) {
        struct filter_path *e = &plan->entries[plan->n_entries];
        draw_path(path, sizeof(path));
        struct str s = str_from(path);
        *e = (struct filter_path){.fit = draw(4), .classes = 1ULL << draw(7)};
        if (e->fit == FILTER_BEGINS)
            s = str_sub(s, 0, strlen(plan->dir) + 1 + draw((unsigned)(s.n - strlen(plan->dir))));
        else if (e->fit == FILTER_ENDS)
            s = str_sub(s, s.n - 1 - draw(14), s.n);
        else if (e->fit == FILTER_NAMED)
            s = str_basename(s);
        if (e->fit == FILTER_ENDS && s.n < 3 && draw(8)) /* these switch the quick way off: seldom */
            continue;
        e->n = (uint32_t)s.n;
        memcpy(e->bytes, s.p, s.n);
        bool twice = false;
        for (size_t j = 0; j < plan->n_entries; j++)
            twice |= plan->entries[j].fit == e->fit && str_eq(str_n(plan->entries[j].bytes, plan->entries[j].n), s);
        plan->n_entries += !twice;
    }
}

/* One of the forms in which a program may write the path. */
static void draw_form(char *ret, size_t n)
{
    char path[PATH_ROOM];
    const char *name = names[draw(ARRAY_SIZE(names))], *folder = folders[draw(ARRAY_SIZE(folders))];
    draw_path(path, sizeof(path) - 16);
    switch (draw(10)) {
    case 0:
        (void)snprintf(ret, n, "%s/link/%s", plan->dir, name);
        break;
    case 1:
        (void)snprintf(ret, n, "%s//a/./bb/../..%s/%s", plan->dir, folder, name);
        break;
    case 2:
        (void)snprintf(ret, n, "%s", name);
        break;
    case 3:
        (void)snprintf(ret, n, "../%s", name);
        break;
    case 4:
        (void)snprintf(ret, n, "./%s", path + strlen(plan->dir) + 1);
        break;
    case 5:
        (void)snprintf(ret, n, "%s/a/plain", plan->dir);
        break;
    case 6:
        (void)snprintf(ret, n, "%.500s.missing", path);
        break;
    case 7:
        (void)snprintf(ret, n, "/proc/self/cwd/%s", name);
        break;
    default:
        (void)snprintf(ret, n, "%s", path);
    }
}

static void move_folder(void)
{
    char from[PATH_ROOM], to[PATH_ROOM];
    (void)snprintf(from, sizeof(from), "%s/a", plan->dir);
    (void)snprintf(to, sizeof(to), "%s/etc/moved", plan->dir);
    if (access(from, F_OK) == 0)
        (void)rename(from, to);
    else
        (void)rename(to, from);
}

static void open_files(void *ctx)
{
    static const int flags[] = {O_RDONLY, O_RDONLY, O_RDONLY, O_WRONLY, O_WRONLY | O_TRUNC};
    (void)ctx;
    for (size_t i = 0; i < OPENS; i++) {
        char path[PATH_ROOM] = "";
        int f = flags[draw(40) ? draw(4) : 4];
        if (i % 40 == 0 && chdir(plan->dir) == 0)
            (void)!chdir(draw(2) ? "etc" : ".");
        if (i % 60 == 59)
            move_folder();
        draw_form(path, PATH_ROOM);
        memcpy(plan->opens[i].path, path, sizeof(path));
        int fd = (int)syscall(SYS_openat, AT_FDCWD, path, f);
        plan->opens[i].passes = should_pass(path, f, fd);
        if (fd >= 0)
            (void)close(fd);
    }
    plan->n = OPENS;
}

/* ---- the comparison ---- */

/* Returns how many passed. */
static size_t compare(const struct live *l, unsigned seed)
{
    size_t nth = 0;
    for (size_t i = 0; i < plan->n; i++) {
        if (!plan->opens[i].passes)
            continue;
        const struct record *r = live_nth(l, SYS_openat, nth++);
        struct str got = r ? record_text(record_find(r, RECORD_PARAM + 2)) : STR("no more");
        if (!str_is(got, plan->opens[i].path))
            test_fail(__FILE__, __LINE__, "seed %u: open %zu should have passed: \"%s\", came \"%.*s\"", seed, i, plan->opens[i].path,
                      STR_ARG(got));
    }
    const struct record *more = live_nth(l, SYS_openat, nth);
    if (more)
        test_fail(__FILE__, __LINE__, "seed %u: a record too many, of \"%.*s\"", seed,
                  STR_ARG(record_text(record_find(more, RECORD_PARAM + 2))));
    return nth;
}

static void put_filter(struct live *l)
{
    struct filter *f = calloc(1, sizeof(*f));
    struct error err = {};
    f->kinds[SYS_openat] = (struct filter_kind){.wanted = 1, .n = ARRAY_SIZE(clauses)};
    memcpy(f->kinds[SYS_openat].clauses, clauses, sizeof(clauses));
    f->paths = plan->entries;
    f->n_paths = plan->n_entries;
    int r = source_bpf_filter(l->source, f, &err);
    free(f);
    if (r)
        test_fail(__FILE__, __LINE__, "%s", err.text);
}

static void run_plans(struct source_bpf_options o, unsigned first, unsigned n)
{
    struct filter *f = calloc(1, sizeof(*f));
    char remove[80];
    size_t passed = 0;
    f->kinds[SYS_openat].wanted = 1;
    o.filter = f;
    o.no_snapshot = true;
    struct live l = live_open(&o);
    free(f);
    plan = mmap(NULL, sizeof(*plan), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    CHECK(plan != MAP_FAILED);
    for (unsigned seed = first; seed < first + n; seed++) {
        memset(plan, 0, sizeof(*plan));
        plan->seed = seed;
        (void)snprintf(plan->dir, sizeof(plan->dir), "/tmp/davy-filter-XXXXXX");
        CHECK(mkdtemp(plan->dir));
        make_tree();
        draw_entries();
        put_filter(&l);
        int r = live_run(&l, open_files, NULL);
        (void)snprintf(remove, sizeof(remove), "rm -rf %s", plan->dir);
        (void)!system(remove);
        CHECK_INT(r, 0);
        passed += compare(&l, seed);
    }
    /* Plans in which nearly nothing or nearly all passes would test little. */
    CHECK(passed > n * OPENS / 10 && passed < n * OPENS * 9 / 10);
    (void)munmap(plan, sizeof(*plan));
    live_done(&l);
}

TEST(what_passes_is_what_the_filter_says)
{
    run_plans((struct source_bpf_options){.objects = SOURCE_BPF_DIRECT}, 1, 20);
}

TEST(also_with_helpers)
{
    run_plans((struct source_bpf_options){.objects = SOURCE_BPF_PROBE}, 100, 8);
}

TEST(also_without_memory_of_folders)
{
    run_plans((struct source_bpf_options){.no_cache = true}, 200, 8);
}

/* ---- what cannot be told passes ---- */

static void do_untold(void *ctx)
{
    int fd = memfd_create("davy", MFD_CLOEXEC);
    (void)ctx;
    (void)!fchmod(fd, 0600);
    (void)unlink("/nonexistent/a/../b");
    (void)unlink("/nonexistent/b");
    (void)socket(AF_INET, SOCK_STREAM, 0);
    (void)syscall(452 /* fchmodat2 */, AT_FDCWD, "/nonexistent/c", 0600, 0);
    (void)syscall(SYS_sched_get_priority_min, 0);
}

TEST(what_is_not_known_is_not_told_as_false)
{
    struct filter *f = calloc(1, sizeof(*f));
    struct filter_path path = {.fit = FILTER_IS, .n = 6, .classes = 1, .bytes = "/other"};
    f->kinds[SYS_fchmod] = (struct filter_kind){.wanted = 1, .n = 1, .clauses = {{.yes = 1 << FILTER_FILE}}};
    f->kinds[SYS_unlink] = (struct filter_kind){.wanted = 1, .n = 1, .clauses = {{.paths = 1}}};
    f->kinds[SYS_socket] = (struct filter_kind){.wanted = 1, .n = 1, .clauses = {{.no = 1 << FILTER_TCP}}};
    f->kinds[SYS_fchmodat].wanted = 1;
    f->kinds[RECORD_USAGE].wanted = 1; /* its reader asks by a call that others make too */
    f->paths = &path;
    f->n_paths = 1;
    struct live l = live_open(&(struct source_bpf_options){.filter = f, .no_snapshot = true});
    free(f);
    CHECK_INT(live_run(&l, do_untold, NULL), 0);
    CHECK(live_find(&l, SYS_fchmod));
    const struct record *r = live_find(&l, SYS_unlink);
    CHECK(r);
    CHECK_STR(record_text(record_find(r, RECORD_PARAM + 1)), "/nonexistent/a/../b");
    CHECK(!live_nth(&l, SYS_unlink, 1));
    CHECK(live_find(&l, SYS_socket));
    r = live_find(&l, SYS_fchmodat);
    CHECK(r);
    CHECK_STR(record_text(record_find(r, RECORD_PARAM + 2)), "/nonexistent/c");
    live_done(&l);
}
