// SPDX-License-Identifier: Apache-2.0
/* Files of a target, each as path, 0, content, 0: what starts what. */
#include "base/cleanup.h"
#include "inspect/inspect.h"
#include "inspect/path_facts.h"
#include "inspect/started.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    enum { FILES_MAX = 64 };
    static const char *const only[] = {"script", "persist", NULL};
    static struct inspector *in; /* one for all inputs, as a worker has one for all files */
    _cleanup_(facts_done) struct facts facts = {};
    struct str rest = str_n(data, size), path, content;
    if (!in && inspector_new(&(struct inspect_options){.only = only}, &in, NULL) < 0)
        return 0;
    struct started *s = started_new();
    facts_init(&facts);
    for (int i = 0; i < FILES_MAX && str_split(&rest, 0, &path) && str_split(&rest, 0, &content); i++) {
        facts_reset(&facts, EVENT_FILE, 0);
        path_facts(&facts, path);
        if (str_starts(content, STR("->"))) { /* a link */
            facts_str(&facts, F_FILE_TYPE, STR("symlink"));
            facts_str(&facts, F_FILE_LINK_TARGET, str_sub(content, 2, content.n));
            facts_str(&facts, F_PERSIST_KIND, STR("cron"));
        } else if (inspector_bytes(in, content, &facts) < 0) {
            abort();
        }
        started_see(s, &facts);
    }
    for (int n = 0; !started_next(s, &facts); n++)
        if (n >= FILES_MAX || !facts_has(&facts, F_PERSIST_BY) || !facts_has(&facts, F_PERSIST_KIND) || !facts_has(&facts, F_SCRIPT_INTERPRETER))
            abort();
    started_free(s);
    return 0;
}
