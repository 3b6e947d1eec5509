// SPDX-License-Identifier: Apache-2.0
#pragma once
/* Trees that are written as the runtimes write them, and look-ups in them. */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <sys/stat.h>

#include "base/strbuf.h"
#include "context/container_field.h"
#include "harness/test.h"
#include "source/container/container.h"

#define ID "6d5a178d9851f1455917bb3c57f0e59db4754dc58239ca5b8ceb135854f8b692"
#define ID2 "17d8c9eacc629f9945f304d89e9708c0c619649a484a215b240628319548a09f"
#define IMAGE "0ca0fed353fb77c247abada85aebc667fd1f5fa0b5f6ab1efb26867ba18f2f0a"
#define DIGEST "sha256:b9ff6f23cceb5bde20bb1f79b492b98d71ef7a7ae518ca1b15b26661a11e6a94"
#define UID "63b3ebfc-2890-11e9-8154-16bf8ef8d9dc"

/* ---- trees ---- */

static char root[64];
static int root_fd = -1;

static inline int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st, (void)type, (void)ftw;
    return remove(path);
}

static inline void tree_done(void)
{
    if (root[0])
        (void)nftw(root, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    if (root_fd >= 0)
        (void)close(root_fd);
    root[0] = 0;
    root_fd = -1;
}

static inline void tree_new(void)
{
    tree_done();
    (void)snprintf(root, sizeof(root), "/tmp/davy-test-lookup-XXXXXX");
    CHECK(mkdtemp(root));
    root_fd = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
    CHECK(root_fd >= 0);
    (void)atexit(tree_done);
}

static inline void put_bytes(const char *path, struct str bytes)
{
    char full[PATH_MAX];
    (void)snprintf(full, sizeof(full), "%s%s", root, path);
    for (char *p = full + strlen(root) + 1; (p = strchr(p, '/')); p++) {
        *p = 0;
        CHECK(!mkdir(full, 0700) || errno == EEXIST);
        *p = '/';
    }
    FILE *f = fopen(full, "w");
    CHECK(f && fwrite(bytes.p, 1, bytes.n, f) == bytes.n && !fclose(f));
}

static inline void put(const char *path, const char *text)
{
    put_bytes(path, str_from(text));
}

/* ---- asking ---- */

static inline struct container_stores stores(void)
{
    return (struct container_stores){.root = root_fd, .proc = -1};
}

static inline struct container_info *look_with(const struct container_stores *s, const char *cgroup, bool is_isolated)
{
    struct cgroup_container what;
    struct container_question q;
    struct container_info *c = NULL;
    CHECK(cgroup_container_from_path(str_from(cgroup), is_isolated, &what));
    container_question_init(&q, &what, str_from(cgroup), 0);
    int r = container_lookup(s, &q, &c);
    CHECK(r == 0 || r == 1);
    CHECK(!r == !!c);
    return c;
}

static inline struct container_info *look(const char *cgroup)
{
    struct container_stores s = stores();
    return look_with(&s, cgroup, false);
}

static inline const char *field(const struct container_info *c, enum field_id id, const char *arg)
{
    static struct strbuf b;
    struct container_view v = {.type = c->type, .id = c->id, .info = c};
    struct field_ref ref = {.id = id, .has_arg = arg, .arg = str_from(arg)};
    struct value value = {};
    if (!container_field(&v, &ref, &value))
        value.type = VALUE_NONE;
    strbuf_clear(&b);
    value_add_text(&b, &value);
    return strbuf_str(&b).p;
}
#define CHECK_FIELD(c, id, arg, want) CHECK_CSTR(field(c, id, arg), want)
