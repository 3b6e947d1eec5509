// SPDX-License-Identifier: Apache-2.0
/*
 * Any bytes as an AdmissionReview, by the strictest and by the mildest policy: the answer is one line of words, or a review that
 * says what the result says; a dry run denies nothing.
 */
#include <jansson.h>

#include "cmd/admit_review.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(struct str body, const struct admit_policy *policy, const struct admit_feed *feed)
{
    _cleanup_(arena_done) struct arena a = {};
    _cleanup_(strbuf_done) struct strbuf answer = {};
    struct admit_result r;
    admit_review(body, policy, feed, 1, &a, &answer, &r);
    if (!answer.n)
        abort();
    if (!r.is_review)
        return;
    json_t *root = json_loadb(answer.p, answer.n, 0, NULL);
    const json_t *response = json_object_get(root, "response");
    if (!json_is_string(json_object_get(response, "uid")) || json_is_true(json_object_get(response, "allowed")) != r.allowed ||
        (!policy->enforce && !r.allowed) || (!r.allowed && !json_is_object(json_object_get(response, "status"))))
        abort();
    if (r.listed && !r.message.n && !r.warnings)
        abort(); /* what is listed is never passed over in silence */
    json_decref(root);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct admit_policy STRICT = {ADMIT_DENY, ADMIT_DENY, ADMIT_DENY, true}, MILD = {ADMIT_DENY, ADMIT_WARN, ADMIT_WARN, false};
    struct admit_feed feed = {};
    struct feed_entry e = {.type = FEED_MANIFEST, .verdict = FEED_MALICIOUS, .reason = STR("r"), .source = STR("s"), .image = STR("bad/image:1")};
    memset(e.digest, 0xaa, sizeof(e.digest));
    admit_feed_add(&feed, &e);
    check(str_n(data, size), &STRICT, &feed);
    check(str_n(data, size), &MILD, &feed);
    admit_feed_done(&feed);
    return 0;
}
