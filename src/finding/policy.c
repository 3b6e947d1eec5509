// SPDX-License-Identifier: Apache-2.0
/* What a policy does to findings; policy_load.c reads the file. */
#include "finding/policy_private.h"
#include "base/glob.h"

struct policy *policy_free(struct policy *p)
{
    if (!p)
        return NULL;
    vec_done(&p->entries);
    arena_done(&p->arena);
    free(p);
    return NULL;
}

const char *policy_name(const struct policy *p)
{
    return p->name;
}

size_t policy_count(const struct policy *p)
{
    return p->entries.n;
}

const struct policy_entry *policy_get(const struct policy *p, size_t i)
{
    return &p->entries.v[i];
}

/* Every purpose of the finding must be the one that was approved: mining approved is not theft approved. */
static bool purpose_fits(struct str purpose, const struct finding *f)
{
    for (size_t i = 0; i < f->n_purposes; i++)
        if (!str_eq(f->purposes[i], purpose))
            return false;
    return f->n_purposes > 0;
}

static bool fits(const struct policy_entry *e, const struct finding *f, struct str image,
                 struct str image_digest)
{
    const struct subject *s = &f->subject;
    if (e->rule.n && !glob_match(e->rule, f->rule->name, false))
        return false;
    if (e->path.n && !(s->path.n && glob_match(e->path, s->path, false)))
        return false;
    if (e->image.n && !(image.n && glob_match(e->image, image, false)) &&
        !(image_digest.n && glob_match(e->image, image_digest, false)))
        return false;
    if (e->sha256.n && !str_eq(e->sha256, s->sha256))
        return false;
    if (e->account.n && !(s->type == EVENT_ACCOUNT && glob_match(e->account, s->name, false)))
        return false;
    return !e->purpose.n || purpose_fits(e->purpose, f);
}

void policy_apply(struct policy *p, struct finding *f, struct str image, struct str image_digest,
                  uint64_t now_ns)
{
    for (size_t i = 0; i < p->entries.n; i++) {
        struct policy_entry *e = &p->entries.v[i];
        if (!fits(e, f, image, image_digest))
            continue;
        if (policy_entry_expired(e, now_ns)) {
            e->would_have++;
            continue;
        }
        e->used++;
        f->authorised = true;
        f->policy_entry = e->number;
        f->authorised_by = e->approved_by;
        f->authorised_why = e->reason;
        f->authorised_until = e->until;
        return;
    }
}
