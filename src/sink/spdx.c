// SPDX-License-Identifier: Apache-2.0
/*
 * What was scanned as an SPDX 2.3 list of software (ISO/IEC 5962) in JSON: targets, their layers and the packages that
 * their own databases name. Files are left to CycloneDX: SPDX wants a SHA-1 of each, which nobody should need.
 */
#include "base/intl.h"
#include "sink/json_object.h"
#include "sink/sbom.h"
#include "sink/writer.h"

/* What is known of any package: whether somebody claims a licence for it is not this scan's business. */
static json_t *package(struct str id, struct str name, struct str version, const char *purpose)
{
    json_t *j = json_object();
    json_put_new(j, "SPDXID", json_text(id));
    json_put_new(j, "name", json_text(name.n ? name : STR("?")));
    if (version.n)
        json_put_new(j, "versionInfo", json_text(version));
    json_put_new(j, "downloadLocation", json_string("NOASSERTION"));
    json_put_bool(j, "filesAnalyzed", false);
    json_put_new(j, "licenseConcluded", json_string("NOASSERTION"));
    json_put_new(j, "licenseDeclared", json_string("NOASSERTION"));
    json_put_new(j, "copyrightText", json_string("NOASSERTION"));
    if (purpose)
        json_put_new(j, "primaryPackagePurpose", json_string(purpose));
    return j;
}

static void put_checksum(json_t *j, struct str hex)
{
    if (!hex.n)
        return;
    json_t *list = json_array(), *sum = json_object();
    json_put_new(sum, "algorithm", json_string("SHA256"));
    json_put_new(sum, "checksumValue", json_text(hex));
    json_add_new(list, sum);
    json_put_new(j, "checksums", list);
}

static void put_purl(json_t *j, struct str purl)
{
    json_t *list = json_array(), *ref = json_object();
    json_put_new(ref, "referenceCategory", json_string("PACKAGE-MANAGER"));
    json_put_new(ref, "referenceType", json_string("purl"));
    json_put_new(ref, "referenceLocator", json_text(purl));
    json_add_new(list, ref);
    json_put_new(j, "externalRefs", list);
}

static const char *purpose_of(const struct report_target *t)
{
    return str_is(t->kind, "image")  ? "CONTAINER"
           : str_is(t->kind, "host") ? "OPERATING-SYSTEM"
           : str_is(t->kind, "file") ? "FILE"
                                     : "OTHER";
}

static void put_packages(struct writer *w, const struct report_target *t, size_t i)
{
    _cleanup_(arena_done) struct arena a = {};
    json_t *j = package(arena_printf(&a, "SPDXRef-target-%zu", i + 1), t->reference.n ? t->reference : t->name, t->digest, purpose_of(t));
    put_checksum(j, sbom_sha256(t->digest));
    writer_puts(w, i ? ",\n" : "\n");
    writer_json(w, j);
    for (size_t k = 0; k < t->n_layers; k++) {
        const struct report_layer *l = &t->layers[k];
        arena_reset(&a);
        j = package(arena_printf(&a, "SPDXRef-target-%zu-layer-%u", i + 1, l->index), arena_printf(&a, "layer %u", l->index), l->digest, "ARCHIVE");
        put_checksum(j, sbom_sha256(l->digest));
        if (l->created_by.n)
            json_put_new(j, "comment", json_text(l->created_by));
        writer_puts(w, ",\n");
        writer_json(w, j);
    }
    for (size_t k = 0; k < t->inventory.packages.n; k++) {
        const struct inventory_package *p = &t->inventory.packages.v[k];
        arena_reset(&a);
        j = package(arena_printf(&a, "SPDXRef-target-%zu-package-%zu", i + 1, k + 1), p->name, p->version, "LIBRARY");
        json_put_new(j, "sourceInfo", json_text(p->path));
        put_purl(j, sbom_purl(&a, &t->inventory, p));
        writer_puts(w, ",\n");
        writer_json(w, j);
    }
}

static void put_relationships(struct writer *w, const struct report *r)
{
    writer_puts(w, "],\n\"relationships\":[");
    for (size_t i = 0; i < r->targets.n; i++) {
        const struct report_target *t = r->targets.v[i];
        writer_printf(w, "%s{\"spdxElementId\":\"SPDXRef-DOCUMENT\",\"relationshipType\":\"DESCRIBES\",\"relatedSpdxElement\":\"SPDXRef-target-%zu\"}",
                      i ? ",\n" : "\n", i + 1);
        for (size_t k = 0; k < t->n_layers; k++)
            writer_printf(w, ",\n{\"spdxElementId\":\"SPDXRef-target-%zu\",\"relationshipType\":\"CONTAINS\",\"relatedSpdxElement\":\"SPDXRef-target-%zu-layer-%u\"}",
                          i + 1, i + 1, t->layers[k].index);
        for (size_t k = 0; k < t->inventory.packages.n; k++)
            writer_printf(w, ",\n{\"spdxElementId\":\"SPDXRef-target-%zu\",\"relationshipType\":\"CONTAINS\",\"relatedSpdxElement\":\"SPDXRef-target-%zu-package-%zu\"}",
                          i + 1, i + 1, k + 1);
    }
    writer_puts(w, "]");
}

static json_t *creation(struct arena *a, const struct report *r)
{
    json_t *j = json_object(), *creators = json_array();
    json_put_new(j, "created", json_text(sbom_time(a, r->ended_ns ? r->ended_ns : r->started_ns)));
    json_add_new(creators, json_text(arena_printf(a, "Tool: davy-%.*s", STR_ARG(r->version))));
    json_put_new(j, "creators", creators);
    return j;
}

/* What the list does not say, so that nobody takes it for whole. */
static json_t *comment(const struct report *r)
{
    struct strbuf b = {};
    strbuf_adds(&b, _("What the package databases of the target itself say; files are not listed."));
    for (size_t i = 0; i < r->targets.n; i++) {
        const struct inventory *inv = &r->targets.v[i]->inventory;
        if (inv->unread_database.n)
            strbuf_printf(&b, _(" The package database %.*s cannot be read."), STR_ARG(inv->unread_database));
        if (inv->packages_left_out)
            strbuf_printf(&b, _(" %llu packages were left out."), (unsigned long long)inv->packages_left_out);
    }
    json_t *j = json_text(strbuf_str(&b));
    strbuf_done(&b);
    return j;
}

static int spdx_report(struct sink *sink, const struct report *r, struct error *err)
{
    struct writer *w = writer_of(sink);
    _cleanup_(arena_done) struct arena a = {};
    struct str name = r->targets.n == 1 ? r->targets.v[0]->name : str_from(_("several targets"));
    writer_puts(w, "{");
    writer_member(w, "spdxVersion", json_string("SPDX-2.3"), true);
    writer_member(w, "dataLicense", json_string("CC0-1.0"), false);
    writer_member(w, "SPDXID", json_string("SPDXRef-DOCUMENT"), false);
    writer_member(w, "name", json_text(name), false);
    writer_member(w, "documentNamespace", json_text(arena_printf(&a, "urn:uuid:%.*s", STR_ARG(sbom_uuid(&a, r, "spdx")))), false);
    writer_member(w, "creationInfo", creation(&a, r), false);
    writer_member(w, "comment", comment(r), false);
    writer_puts(w, ",\n\"packages\":[");
    for (size_t i = 0; i < r->targets.n; i++)
        put_packages(w, r->targets.v[i], i);
    put_relationships(w, r);
    writer_puts(w, "}\n");
    return writer_end(w, err);
}

const struct sink_ops SINK_SPDX = {
    .name = "spdx",
    .help = N_("the same without files, SPDX 2.3"),
    .wants_list = true,
    .open = writer_open,
    .report = spdx_report,
    .close = writer_close,
};
