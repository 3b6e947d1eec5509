// SPDX-License-Identifier: Apache-2.0
#include <errno.h>

#include "base/intl.h"
#include "base/json.h"
#include "base/text.h"
#include "cmd/admit_review.h"
#include "image/reference.h"

enum { MESSAGE_BYTES = 1000, NAME_BYTES = 253, FORBIDDEN = 403 };

struct review {
    const struct admit_policy *policy;
    const struct admit_feed *feed;
    uint64_t now_s;
    struct arena *a;
    struct map images; /* names, each once, in the order they came */
    struct map old;    /* those that the object had before an update */
    json_t *warnings;
    struct strbuf denial;
    struct admit_result *result;
};

/* ---- which images ---- */

static struct str text_of(const json_t *j)
{
    return json_is_string(j) ? str_n(json_string_value(j), json_string_length(j)) : STR_NULL;
}

static void add_image(struct review *r, struct map *images, struct str image)
{
    if (image.n && (images->n < ADMIT_IMAGES_MAX || map_has(images, image)))
        (void)map_put(images, arena_str(r->a, image), NULL);
    else if (image.n)
        r->result->images = ADMIT_IMAGES_MAX + 1; /* too many: told as trouble */
}

/* Lists whose members run: what stands under `image` is a name, or in volumes an object with one. */
static void add_list(struct review *r, struct map *images, const json_t *list)
{
    const json_t *item;
    size_t i;
    json_array_foreach((json_t *)list, i, item)
    {
        const json_t *image = json_object_get(item, "image");
        add_image(r, images, text_of(image));
        add_image(r, images, text_of(json_object_get(image, "reference")));
    }
}

static bool holds_images(const char *key)
{
    static const char *const KEYS[] = {"containers", "initContainers", "ephemeralContainers", "volumes"};
    for (size_t i = 0; i < ARRAY_SIZE(KEYS); i++)
        if (!strcmp(key, KEYS[i]))
            return true;
    return false;
}

/* No deeper than JSON_DEPTH: json_parse() took no more. */
static void find_images(struct review *r, struct map *images, const json_t *j)
{
    const char *key;
    const json_t *value;
    size_t i;
    if (json_is_array(j)) {
        json_array_foreach((json_t *)j, i, value)
            find_images(r, images, value);
        return;
    }
    json_object_foreach((json_t *)j, key, value)
    {
        if (json_is_array(value) && holds_images(key))
            add_list(r, images, value);
        find_images(r, images, value);
    }
}

/* ---- what of them ---- */

static void warn(struct review *r, struct str text)
{
    _cleanup_(strbuf_done) struct strbuf b = {};
    r->result->warnings++;
    if (json_array_size(r->warnings) >= ADMIT_WARNINGS_MAX)
        return;
    text_add_safe(&b, text);
    struct str cut = text_cut(strbuf_str(&b), ADMIT_WARNING_BYTES);
    (void)json_array_append_new(r->warnings, json_stringn(cut.p, cut.n));
}

static void decide(struct review *r, enum admit_choice choice, struct str text)
{
    if (choice == ADMIT_ALLOW)
        return;
    if (choice == ADMIT_WARN) {
        warn(r, arena_printf(r->a, "davy: %.*s", STR_ARG(text)));
        return;
    }
    if (r->denial.n < MESSAGE_BYTES) {
        strbuf_adds(&r->denial, r->denial.n ? "; " : "");
        text_add_safe(&r->denial, text);
    }
    if (!r->policy->enforce)
        warn(r, arena_printf(r->a, "davy would deny: %.*s", STR_ARG(text)));
}

static struct str say_listed(struct review *r, struct str image, const struct feed_entry *e, bool by_name)
{
    const char *verdict = feed_verdict_name(e->verdict);
    struct str reason = text_cut(e->reason, 200), from = e->feed.n ? e->feed : e->source;
    return by_name ? arena_printf(r->a, _("image %.*s is known by that name as %s: %.*s (from %.*s)"), STR_ARG(image), verdict, STR_ARG(reason),
                                  STR_ARG(from))
                   : arena_printf(r->a, _("image %.*s is listed as %s: %.*s (from %.*s)"), STR_ARG(image), verdict, STR_ARG(reason),
                                  STR_ARG(from));
}

static enum admit_choice no_more(enum admit_choice choice, enum admit_choice most)
{
    return choice < most ? choice : most;
}

static void judge_image(struct review *r, struct str image)
{
    struct error err = ERROR_NULL;
    struct reference ref;
    uint8_t digest[SHA256_BYTES];
    struct str shown = text_cut(image, NAME_BYTES);
    if (image.n > REFERENCE_MAX || reference_parse(image, r->a, &ref, &err) < 0) {
        decide(r, r->policy->trouble, arena_printf(r->a, _("image %.*s is no name of an image: %s"), STR_ARG(shown), err.text));
        return;
    }
    const bool pinned = ref.digest.n > 0;
    const struct feed_entry *e = pinned && feed_digest_parse(ref.digest, digest) ? admit_feed_digest(r->feed, digest, r->now_s) : NULL;
    bool by_name = false;
    if (!e && !pinned) {
        e = admit_feed_image(r->feed, reference_name(&ref, r->a), r->now_s);
        by_name = e != NULL;
    }
    r->result->listed += e != NULL;
    /* what runs already must still be scaled down, labelled and cleaned up */
    const enum admit_choice most = map_has(&r->old, image) ? ADMIT_WARN : ADMIT_DENY;
    if (e)
        decide(r, no_more(r->policy->listed, most), say_listed(r, shown, e, by_name));
    else if (!pinned)
        decide(r, no_more(r->policy->unpinned, most), arena_printf(r->a, _("image %.*s is not pinned to a digest: what it is can change"), STR_ARG(shown)));
}

/* ---- the answer ---- */

static void put(json_t *j, const char *key, struct str s)
{
    (void)json_object_set_new(j, key, json_stringn(s.n ? s.p : "", s.n));
}

static void write_answer(struct review *r, struct str uid, struct strbuf *answer)
{
    json_t *root = json_object(), *response = json_object(), *status = json_object(), *notes = json_object();
    struct admit_result *result = r->result;
    result->message = arena_str(r->a, text_cut(strbuf_str(&r->denial), MESSAGE_BYTES * 2));
    result->would_deny = result->message.n && !r->policy->enforce;
    result->allowed = !result->message.n || !r->policy->enforce;
    put(root, "apiVersion", STR("admission.k8s.io/v1"));
    put(root, "kind", STR("AdmissionReview"));
    put(response, "uid", uid);
    (void)json_object_set_new(response, "allowed", json_boolean(result->allowed));
    if (!result->allowed) {
        put(status, "message", arena_printf(r->a, "davy: %.*s", STR_ARG(result->message)));
        put(status, "reason", STR("Forbidden"));
        (void)json_object_set_new(status, "code", json_integer(FORBIDDEN));
        (void)json_object_set(response, "status", status);
    }
    if (json_array_size(r->warnings))
        (void)json_object_set(response, "warnings", r->warnings);
    if (result->message.n) { /* in the cluster's audit log, also of a dry run */
        put(notes, result->allowed ? "would-deny" : "denied", result->message);
        (void)json_object_set(response, "auditAnnotations", notes);
    }
    (void)json_object_set_new(root, "response", response);
    json_add(answer, root, JSON_COMPACT | JSON_ENSURE_ASCII);
    json_decref(root);
    json_decref(status);
    json_decref(notes);
}

static struct str subject_of(struct arena *a, const json_t *request)
{
    _cleanup_(strbuf_done) struct strbuf b = {};
    struct str name = text_of(json_object_get(request, "name")), space = text_of(json_object_get(request, "namespace"));
    const json_t *meta = json_object_get(json_object_get(request, "object"), "metadata");
    if (!name.n)
        name = text_of(json_object_get(meta, "name"));
    if (!name.n)
        name = text_of(json_object_get(meta, "generateName"));
    text_add_safe(&b, text_cut(text_of(json_object_get(json_object_get(request, "kind"), "kind")), NAME_BYTES));
    strbuf_addc(&b, ' ');
    if (space.n)
        text_add_safe(&b, text_cut(space, NAME_BYTES));
    strbuf_adds(&b, space.n ? "/" : "");
    text_add_safe(&b, text_cut(name, NAME_BYTES));
    return arena_str(a, strbuf_str(&b));
}

static void judge(struct review *r, const json_t *request)
{
    find_images(r, &r->images, json_object_get(request, "object"));
    if (str_is(text_of(json_object_get(request, "operation")), "UPDATE"))
        find_images(r, &r->old, json_object_get(request, "oldObject"));
    if (r->result->images > ADMIT_IMAGES_MAX)
        decide(r, r->policy->trouble, arena_printf(r->a, _("over %d different images in one object"), ADMIT_IMAGES_MAX));
    r->result->images = (unsigned)r->images.n;
    for (size_t i = 0; i < r->images.n; i++)
        judge_image(r, r->images.v[i].key);
}

static const char *wrong_with(const json_t *root)
{
    const json_t *request = json_object_get(root, "request");
    if (!str_is(text_of(json_object_get(root, "kind")), "AdmissionReview"))
        return N_("this is no AdmissionReview");
    if (!str_is(text_of(json_object_get(root, "apiVersion")), "admission.k8s.io/v1"))
        return N_("only AdmissionReview of admission.k8s.io/v1 is understood; name it in admissionReviewVersions");
    if (!text_of(json_object_get(request, "uid")).n)
        return N_("the AdmissionReview has no request with a uid");
    return NULL;
}

void admit_review(struct str body, const struct admit_policy *policy, const struct admit_feed *feed, uint64_t now_s, struct arena *a,
                  struct strbuf *answer, struct admit_result *ret)
{
    struct error err = ERROR_NULL;
    json_t *root = NULL;
    *ret = (struct admit_result){};
    if (json_parse(body, &root, &err) < 0) {
        strbuf_printf(answer, _("no JSON: %s\n"), err.text);
        return;
    }
    const char *wrong = wrong_with(root);
    if (wrong) {
        strbuf_printf(answer, "%s\n", _(wrong));
        json_decref(root);
        return;
    }
    struct review r = {.policy = policy, .feed = feed, .now_s = now_s, .a = a, .warnings = json_array(), .result = ret};
    const json_t *request = json_object_get(root, "request");
    ret->is_review = true;
    ret->subject = subject_of(a, request);
    if (!str_is(text_of(json_object_get(request, "operation")), "DELETE"))
        judge(&r, request);
    write_answer(&r, text_of(json_object_get(request, "uid")), answer);
    json_decref(r.warnings);
    json_decref(root);
    map_done(&r.images);
    map_done(&r.old);
    strbuf_done(&r.denial);
}
