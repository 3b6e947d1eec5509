// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * The judgement of one AdmissionReview (admission.k8s.io/v1): which images an object would run, whether the feed lists one, and
 * the answer for the API server. Every list of containers in the object counts, wherever it stands: so pods, the templates of
 * deployments, jobs, cron jobs and of kinds that Kubernetes itself does not know are all seen.
 */
#include "base/strbuf.h"
#include "cmd/admit_feed.h"

enum admit_choice { ADMIT_ALLOW, ADMIT_WARN, ADMIT_DENY };
struct admit_policy {
    enum admit_choice listed;   /* an image that the feed lists, by digest or by name */
    enum admit_choice unpinned; /* an image without a digest: what it is can change */
    enum admit_choice trouble;  /* a review or an image name that cannot be understood */
    bool enforce;               /* false: a dry run, which denies nothing and warns of what it would */
};

enum {
    ADMIT_IMAGES_MAX = 2000,  /* different images of one object: a pod has under 100 containers */
    ADMIT_WARNINGS_MAX = 8,   /* kubectl shows each; the API server cuts what is longer than 4 KiB together */
    ADMIT_WARNING_BYTES = 250,
};

/* What was decided, for the log and the counters. */
struct admit_result {
    bool is_review;             /* false: it was no AdmissionReview, and there is no answer but an HTTP error */
    bool allowed, would_deny;   /* would_deny: it was a dry run */
    unsigned warnings, images, listed;
    struct str subject;         /* "Pod shop/web", in the arena */
    struct str message;         /* why it was, or would be, denied; empty otherwise; in the arena */
};

/*
 * Appends the answer as JSON. When the bytes are no review that can be answered, appends one line that says what is wrong and
 * leaves is_review false.
 */
void admit_review(struct str body, const struct admit_policy *policy, const struct admit_feed *feed, uint64_t now_s, struct arena *a,
                  struct strbuf *answer, struct admit_result *ret);
