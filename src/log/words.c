// SPDX-License-Identifier: Apache-2.0
#include "base/cleanup.h"
#include "log/words.h"

struct str words_pair(const struct word_pair *pairs, struct str word)
{
    for (; pairs->from; pairs++)
        if (str_is(word, pairs->from))
            return str_from(pairs->to);
    return STR_NULL;
}

bool words_is_read(struct str name)
{
    static const char *const CHANGES[] = {
        "Start", "Stop", "Create", "Destroy", "Delete", "Add", "Remove", "Terminate", "Put", "Associate", "Disassociate", "Attach", "Detach",
        "Open", "Close", "Wipe", "Update", "Upgrade", "Unlink", "Assign", "Unassign", "Suspend", "Set", "Run", "Register", "Deregister",
        "Reboot", "Purchase", "Modify", "Initialize", "Enable", "Disable", "Cancel", "Admin", "Activate", "Authorize", "Revoke", "Allocate",
        "Release", "Import", "Copy", "Send", "Schedule", "Invoke", "Publish", "Tag", "Untag", "Restore", "Reset", "Replace", "Request", "Bind"};
    for (size_t i = 0; i < ARRAY_SIZE(CHANGES); i++)
        if (str_starts(name, str_from(CHANGES[i])))
            return false;
    return true;
}

bool words_is_denied(struct str code)
{
    static const char *const WORDS[] = {"AccessDenied", "Unauthorized", "NotAuthorized", "Forbidden", "AuthorizationFailed", "PERMISSION_DENIED",
                                        "NoPermission", "InvalidAccessKeyId", "SignatureDoesNotMatch", "AuthFailure", "OptInRequired",
                                        "ExplicitDeny", "LinkedAuthorizationFailed", "AuthorizationError"};
    for (size_t i = 0; i < ARRAY_SIZE(WORDS); i++)
        if (str_find_nocase(code, str_from(WORDS[i]), 0) >= 0)
            return true;
    return false;
}

bool words_is_instance(struct str s)
{
    enum { SHORT = 10, LONG = 19 };
    if ((s.n != SHORT && s.n != LONG) || !str_starts(s, STR("i-")))
        return false;
    for (size_t i = 2; i < s.n; i++)
        if (!(s.p[i] >= '0' && s.p[i] <= '9') && !(s.p[i] >= 'a' && s.p[i] <= 'f'))
            return false;
    return true;
}

static void add_instance(struct log_list *l, struct str s)
{
    if (!words_is_instance(s))
        return;
    for (size_t i = 0; i < l->n; i++)
        if (str_eq(l->v[i].s, s))
            return;
    log_list_add(l, s);
}

static void add_instances(struct log_list *l, struct node n, unsigned depth)
{
    enum { DEEP = 8 };
    struct node_each e = node_each(n);
    add_instance(l, node_str(n));
    while (depth < DEEP && node_next(&e))
        add_instances(l, e.value, depth + 1);
}

void words_add_instances(struct log_list *l, struct node n)
{
    add_instances(l, n, 0);
}

void words_add_names(struct log_list *l, struct node object)
{
    static const char *const TAILS[] = {"Name", "Id", "Arn", "ARN", "ID"};
    struct node_each e = node_each(object);
    while (node_next(&e))
        for (size_t i = 0; i < ARRAY_SIZE(TAILS); i++)
            if (str_ends(e.name, str_from(TAILS[i])) && node_kind(e.value) == NODE_STRING) {
                log_list_add(l, node_str(e.value));
                break;
            }
}

struct str words_lower(const struct log_record *r, struct str s)
{
    char *low = arena_alloc(log_arena(r), s.n + 1);
    for (size_t i = 0; i < s.n; i++)
        low[i] = s.p[i] >= 'A' && s.p[i] <= 'Z' ? (char)(s.p[i] | 0x20) : s.p[i];
    return str_n(low, s.n);
}
