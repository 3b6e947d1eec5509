// SPDX-License-Identifier: Apache-2.0
/*
 * What happened to containers, images and networks, as a person at a terminal saves it: https://docs.docker.com/reference/cli/docker/system/events/ ·
 * https://docs.podman.io/en/latest/markdown/podman-events.1.html
 * 2026-03-02T10:15:30.123456789Z container exec_create: sh -c id 3ad7… (image=web, name=web)
 * 2026-03-02 10:15:30.123456789 +0000 UTC container create 3ad7… (image=docker.io/library/web:latest, name=web)
 */
#include "log/text_server_form.h"

#include "base/cleanup.h"

enum { ID = 12 }; /* digits of an id that podman shows, docker all 64 */

static bool is_id(struct str s)
{
    size_t n = 0;
    while (n < s.n && ((s.p[n] >= '0' && s.p[n] <= '9') || (s.p[n] >= 'a' && s.p[n] <= 'f')))
        n++;
    return n == s.n && n >= ID;
}

/* Pairs in the last parentheses: name=web, image=web. What stands before is left. */
static struct str take_pairs(struct text_server *r, struct str s)
{
    const ptrdiff_t open = s.n && s.p[s.n - 1] == ')' ? str_find(s, STR(" ("), 0) : -1;
    struct str rest, pair, name;
    if (open < 0)
        return s;
    rest = str_sub(s, (size_t)open + 2, s.n - 1);
    while (str_split(&rest, ',', &pair)) {
        pair = str_trim(pair);
        if (str_split(&pair, '=', &name) && name.n < 64)
            text_server_pair(r, name, pair);
    }
    return str_trim(str_sub(s, 0, (size_t)open));
}

bool text_server_events(struct str s, const struct text_clock *clock, struct text_server *r)
{
    static const char *const TYPES[] = {"container", "image", "volume", "network", "plugin", "daemon", "builder", "service", "node", "secret", "config", "pod", "machine", "system", NULL};
    struct str type, action, zone;
    const bool is_podman = s.n > 10 && s.p[10] == ' ';
    if (s.n < 40 || !text_server_iso(&s, clock, &r->t.time_ns) || !str_starts(s, STR(" ")))
        return false;
    s = str_trim(s);
    if (is_podman && !str_split(&s, ' ', &zone)) /* its name, such as UTC */
        return false;
    if (!str_split(&s, ' ', &type) || !str_is_any(type, TYPES) || !s.n)
        return false;
    const struct str whole = s;
    s = take_pairs(r, s);
    /* exec_create: sh -c id 3ad7…: what was run has blanks */
    const ptrdiff_t colon = str_find(s, STR(": "), 0);
    struct str before, id = STR_NULL, text = s;
    if (colon > 0 && str_starts(s, STR("exec_"))) {
        action = str_sub(s, 0, (size_t)colon);
        text = str_trim(str_sub(s, (size_t)colon + 2, s.n));
        for (size_t i = text.n; i; i--)
            if (text.p[i - 1] == ' ') {
                id = str_sub(text, i, text.n);
                break;
            }
        if (!is_id(id))
            return false;
        text_server_pair(r, STR("cmdline"), str_trim(str_sub(text, 0, text.n - id.n)));
    } else {
        if (!str_split(&text, ' ', &action) || !action.n)
            return false;
        for (before = text; str_split(&before, ' ', &id);)
            ;
        if (!is_id(id) && !str_is(type, "image") && !str_is(type, "volume") && !str_is(type, "daemon") && !str_is(type, "builder"))
            return false;
    }
    text_server_say(r, is_podman ? STR("podman") : STR("docker"), whole);
    text_server_pair(r, STR("type"), type);
    text_server_pair(r, STR("action"), action);
    text_server_pair(r, is_id(id) ? STR("id") : STR("image"), id);
    return true;
}
