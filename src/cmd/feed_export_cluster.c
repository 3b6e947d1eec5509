// SPDX-License-Identifier: Apache-2.0
/*
 * Policies for Kubernetes: Kyverno, Gatekeeper, and data for any Open Policy Agent. An image is pinned by the digest of its
 * manifest, so only those are in the first two. They report and refuse nothing unless it was asked for.
 */
#include <archive.h>
#include <archive_entry.h>
#include <errno.h>

#include "base/intl.h"
#include "cmd/feed_export.h"

static size_t count_manifests(struct feed_exported *x)
{
    size_t n = 0;
    vec_each(e, &x->entries)
        n += e->type == FEED_MANIFEST;
    return n;
}

/* The next digests, one a line behind `indent`, from *at on; at least the brackets when there are none. */
static void add_digests(struct feed_exported *x, struct strbuf *b, size_t *at, const char *indent)
{
    _cleanup_(arena_done) struct arena a = {};
    size_t n = 0;
    for (; *at < x->entries.n && n < CLUSTER_DIGESTS_MAX; (*at)++)
        if (x->entries.v[*at].type == FEED_MANIFEST)
            strbuf_printf(b, "%s%s- %s\n", n++ ? "" : "\n", indent, feed_digest_text(&a, x->entries.v[*at].digest).p);
    if (!n)
        strbuf_adds(b, " []\n");
}

void feed_export_kyverno(struct feed_exported *x, struct strbuf *b)
{
    const size_t policies = (count_manifests(x) + CLUSTER_DIGESTS_MAX - 1) / CLUSTER_DIGESTS_MAX;
    size_t at = 0;
    for (size_t i = 0; i < policies || !i; i++) {
        strbuf_printf(b,
                      "%sapiVersion: kyverno.io/v1\n"
                      "kind: ClusterPolicy\n"
                      "metadata:\n"
                      "  name: davy-feed-%zu\n"
                      "  annotations:\n"
                      "    policies.kyverno.io/title: Images that the Davy feed lists\n"
                      "    policies.kyverno.io/subject: Pod\n"
                      "spec:\n"
                      "  validationFailureAction: %s\n"
                      "  background: true\n"
                      "  rules:\n"
                      "  - name: listed-digest\n"
                      "    match:\n"
                      "      any:\n"
                      "      - resources:\n"
                      "          kinds:\n"
                      "          - Pod\n"
                      "    preconditions:\n"
                      "      all:\n"
                      "      - key: \"{{ request.operation || 'BACKGROUND' }}\"\n"
                      "        operator: NotEquals\n"
                      "        value: DELETE\n"
                      "    validate:\n"
                      "      message: \"The Davy feed lists this image; `davy feed check DIGEST` says why.\"\n"
                      "      foreach:\n"
                      "      - list: \"request.object.spec.[ephemeralContainers, initContainers, containers][]\"\n"
                      "        deny:\n"
                      "          conditions:\n"
                      "            any:\n"
                      "            - key: \"{{ split(element.image, '@')[1] || '' }}\"\n"
                      "              operator: AnyIn\n"
                      "              value:",
                      i ? "---\n" : "", i + 1, x->o->enforce ? "Enforce" : "Audit");
        add_digests(x, b, &at, "              ");
    }
}

static const char TEMPLATE[] = "apiVersion: templates.gatekeeper.sh/v1\n"
                               "kind: ConstraintTemplate\n"
                               "metadata:\n"
                               "  name: davyfeeddigests\n"
                               "spec:\n"
                               "  crd:\n"
                               "    spec:\n"
                               "      names:\n"
                               "        kind: DavyFeedDigests\n"
                               "      validation:\n"
                               "        openAPIV3Schema:\n"
                               "          type: object\n"
                               "          properties:\n"
                               "            digests:\n"
                               "              type: array\n"
                               "              items:\n"
                               "                type: string\n"
                               "  targets:\n"
                               "  - target: admission.k8s.gatekeeper.sh\n"
                               "    rego: |\n"
                               "      package davyfeeddigests\n"
                               "\n"
                               "      violation[{\"msg\": msg}] {\n"
                               "        container := containers[_]\n"
                               "        parts := split(container.image, \"@\")\n"
                               "        count(parts) == 2\n"
                               "        parts[1] == input.parameters.digests[_]\n"
                               "        msg := sprintf(\"container %v: the Davy feed lists its image %v\", [container.name, container.image])\n"
                               "      }\n"
                               "\n"
                               "      containers[container] { container := input.review.object.spec.containers[_] }\n"
                               "      containers[container] { container := input.review.object.spec.initContainers[_] }\n"
                               "      containers[container] { container := input.review.object.spec.ephemeralContainers[_] }\n";

void feed_export_gatekeeper(struct feed_exported *x, struct strbuf *b)
{
    const size_t constraints = (count_manifests(x) + CLUSTER_DIGESTS_MAX - 1) / CLUSTER_DIGESTS_MAX;
    size_t at = 0;
    strbuf_adds(b, TEMPLATE);
    for (size_t i = 0; i < constraints || !i; i++) {
        strbuf_printf(b,
                      "---\n"
                      "apiVersion: constraints.gatekeeper.sh/v1beta1\n"
                      "kind: DavyFeedDigests\n"
                      "metadata:\n"
                      "  name: davy-feed-%zu\n"
                      "spec:\n"
                      "  enforcementAction: %s\n"
                      "  match:\n"
                      "    kinds:\n"
                      "    - apiGroups: [\"\"]\n"
                      "      kinds: [\"Pod\"]\n"
                      "  parameters:\n"
                      "    digests:",
                      i + 1, x->o->enforce ? "deny" : "dryrun");
        add_digests(x, b, &at, "    ");
    }
}

/* ---- Open Policy Agent ---- */

static void add_data(struct feed_exported *x, struct strbuf *b)
{
    _cleanup_(arena_done) struct arena a = {};
    strbuf_adds(b, "{\"davy\":{\"feed\":{\"digests\":{");
    vec_each(e, &x->entries)
    {
        strbuf_printf(b, "%s\"%s\":", e == x->entries.v ? "\n" : ",\n", feed_digest_text(&a, e->digest).p);
        json_t *j = feed_entry_json(e, x->o->now_s);
        (void)json_object_del(j, "digest");
        feed_add_json(b, j);
    }
    strbuf_adds(b, "}}}}\n");
}

static la_ssize_t write_piece(struct archive *, void *ctx, const void *p, size_t n)
{
    strbuf_add(ctx, str_n(p, n));
    return (la_ssize_t)n;
}

static bool add_member(struct archive *w, const char *name, struct str content, uint64_t time_s)
{
    struct archive_entry *e = archive_entry_new();
    if (!e)
        return false;
    archive_entry_set_pathname(e, name);
    archive_entry_set_filetype(e, AE_IFREG);
    archive_entry_set_perm(e, 0644);
    archive_entry_set_size(e, (la_int64_t)content.n);
    archive_entry_set_mtime(e, (time_t)time_s, 0);
    bool good = archive_write_header(w, e) == ARCHIVE_OK && archive_write_data(w, content.p, content.n) == (la_ssize_t)content.n;
    archive_entry_free(e);
    return good;
}

int feed_export_opa(struct feed_exported *x, struct strbuf *b, struct error *err)
{
    _cleanup_(arena_done) struct arena a = {};
    _cleanup_(strbuf_done) struct strbuf data = {}, manifest = {};
    uint8_t digest[SHA256_BYTES];
    struct archive *w = archive_write_new();
    add_data(x, &data);
    sha256_once(data.p, data.n, digest);
    strbuf_printf(&manifest, "{\"revision\":\"%s\",\"roots\":[\"davy/feed\"]}\n", hex_encode(&a, digest, sizeof(digest)).p);
    bool good = w && archive_write_set_format_ustar(w) == ARCHIVE_OK && archive_write_add_filter_gzip(w) == ARCHIVE_OK &&
                archive_write_set_filter_option(w, "gzip", "timestamp", NULL) == ARCHIVE_OK &&
                archive_write_open(w, b, NULL, write_piece, NULL) == ARCHIVE_OK && add_member(w, ".manifest", strbuf_str(&manifest), x->newest_s) &&
                add_member(w, "data.json", strbuf_str(&data), x->newest_s) && archive_write_close(w) == ARCHIVE_OK;
    int r = good ? 0 : error_set(err, -EIO, "cannot pack the bundle: %s", w && archive_error_string(w) ? archive_error_string(w) : "");
    (void)archive_write_free(w);
    return r;
}
