// SPDX-License-Identifier: Apache-2.0
/* What a job of the queue says: whoever reaches the queue can put one there. */
#include <errno.h>

#include "base/json.h"
#include "cmd/hunt_fleet.h"

enum { PLATFORM_MAX = 100 }; /* linux/arm/v7; names of the OCI have no limit, and none is a third as long */

void hunt_job_write(struct strbuf *b, const struct hunt_job *job, struct str rules)
{
    json_t *j = json_pack("{s:s%, s:s%, s:s%, s:s%}", "digest", job->digest.p, job->digest.n, "rules", rules.p, rules.n, "pull", job->pull.p, job->pull.n,
                          "platform", job->platform.n ? job->platform.p : "", job->platform.n);
    char *text = j ? json_dumps(j, JSON_COMPACT) : NULL;
    json_decref(j);
    strbuf_adds(b, text ? text : "");
    free(text);
}

int hunt_job_read(struct str text, struct arena *a, struct hunt_job *ret, struct str *ret_rules, struct error *err)
{
    _cleanup_(json_decrefp) json_t *root = NULL;
    size_t wrong = 0;
    int r = json_parse(text, &root, err);
    if (r < 0)
        return error_wrap(err, r, "a job of the queue");
    *ret = (struct hunt_job){.digest = json_get_str(root, "digest", a, &wrong), .pull = json_get_str(root, "pull", a, &wrong),
                             .platform = json_get_str(root, "platform", a, &wrong)};
    *ret_rules = json_get_str(root, "rules", a, &wrong);
    /* it becomes a line of davy scan's input, and the image that it says */
    struct reference named;
    bool is_bad = wrong || !digest_is_known(ret->digest) || !ret_rules->n || ret->platform.n > PLATFORM_MAX;
    for (size_t i = 0; i < ret->platform.n; i++)
        is_bad |= (unsigned char)ret->platform.p[i] <= ' ' || ret->platform.p[i] == 0x7f;
    if (is_bad || reference_parse(ret->pull, a, &named, NULL) < 0 || !str_eq(named.digest, ret->digest))
        return error_set(err, -EINVAL, "a job of the queue names no image");
    return 0;
}
