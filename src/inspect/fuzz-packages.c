// SPDX-License-Identifier: Apache-2.0
/* Databases of packages: the first byte chooses which one the rest is. What they say of files is joined with one that is there. */
#include "base/cleanup.h"
#include "inspect/inspect.h"
#include "inspect/owned.h"
#include "inspect/path_facts.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The file of a walk, and the database: what is told is a file that was met, changed or nobody's. */
static void join(const struct facts *database)
{
    _cleanup_(facts_done) struct facts facts = {};
    struct owned *o = owned_new(0);
    facts_init(&facts);
    facts_reset(&facts, EVENT_FILE, 0);
    path_facts(&facts, STR("/usr/bin/ps"));
    facts_bool(&facts, F_FILE_IS_EXEC, true);
    facts_str(&facts, F_FILE_MD5, STR("0123456789abcdef0123456789abcdef"));
    owned_see(o, &facts);
    owned_see(o, database);
    unsigned n = 0;
    while (!owned_next(o, &facts))
        if (n++ || !str_is(facts_get_str(&facts, F_FILE_PATH), "/usr/bin/ps") ||
            facts_has(&facts, F_FILE_PACKAGE_CHANGED) == facts_has(&facts, F_FILE_PACKAGE_NONE))
            abort();
    owned_free(o);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const only[] = {"packages", "package_files", NULL};
    static const char *const paths[] = {
        "/var/lib/dpkg/status", "/lib/apk/db/installed", "/x/a.dist-info/METADATA", "/x/node_modules/a/package.json",
        "/etc/os-release",      "/var/lib/rpm/Packages", "/var/lib/dpkg/info/a.md5sums", "/var/lib/dpkg/diversions",
    };
    static struct inspector *in; /* one for all inputs, as a worker has one for all files */
    _cleanup_(facts_done) struct facts facts = {};
    if (!size || (!in && inspector_new(&(struct inspect_options){.only = only}, &in, NULL) < 0))
        return 0;
    facts_init(&facts);
    facts_reset(&facts, EVENT_FILE, 0);
    facts_str(&facts, F_FILE_PATH, str_from(paths[data[0] % ARRAY_SIZE(paths)]));
    if (inspector_bytes(in, str_n(data + 1, size - 1), &facts) < 0)
        abort();
    /* What is promised of an element: words with one blank between, the first of them a name. */
    const struct value *list = facts_get(&facts, F_PACKAGE_LIST);
    for (size_t i = 0; list->type == VALUE_LIST && i < list->list.n; i++) {
        struct str s = list->list.v[i].s, word;
        size_t words = 0;
        if (!s.n)
            abort();
        while (str_split(&s, ' ', &word))
            if (!word.n || ++words > 3)
                abort();
    }
    join(&facts);
    return 0;
}
