// SPDX-License-Identifier: Apache-2.0
/*
 * What was scanned as a CycloneDX 1.6 list of software (ECMA-424): the target as the component that the list is about,
 * its layers with their digests, the packages that its own databases name, and every file that can run, with its SHA-256.
 * Several targets are components of one `data` component. Components are written one a line.
 */
#include "base/intl.h"
#include "base/text.h"
#include "sink/json_object.h"
#include "sink/sbom.h"
#include "sink/writer.h"

struct list {
    struct writer *w;
    struct arena arena; /* of one component at a time */
    bool any;           /* a component was written */
};

static json_t *property(const char *name, struct str value)
{
    json_t *j = json_object();
    json_put_new(j, "name", json_string(name));
    json_put_new(j, "value", json_text(value));
    return j;
}

static void add_property(json_t *list, const char *name, struct str value)
{
    if (value.n)
        json_add_new(list, property(name, value));
}

static void add_count(json_t *list, const char *name, uint64_t n)
{
    char text[24];
    int length = snprintf(text, sizeof(text), "%llu", (unsigned long long)n);
    json_add_new(list, property(name, str_n(text, (size_t)length)));
}

static json_t *component(const char *type, struct str name, struct str ref)
{
    json_t *j = json_object();
    json_put_new(j, "type", json_string(type));
    json_put_new(j, "bom-ref", json_text(ref));
    json_put_new(j, "name", json_text(name.n ? name : STR("?")));
    return j;
}

static void put_hash(json_t *component, struct str hex)
{
    if (!hex.n)
        return;
    json_t *list = json_array(), *j = json_object();
    json_put_new(j, "alg", json_string("SHA-256"));
    json_put_new(j, "content", json_text(hex));
    json_add_new(list, j);
    json_put_new(component, "hashes", list);
}

static void put_component(struct list *l, json_t *j)
{
    writer_puts(l->w, l->any ? ",\n" : "\n");
    writer_json(l->w, j);
    l->any = true;
    arena_reset(&l->arena);
}

static json_t *target_component(struct arena *a, const struct report_target *t, size_t i)
{
    bool is_image = str_is(t->kind, "image");
    bool is_file = str_is(t->kind, "file") || str_is(t->kind, "artifact") || str_is(t->kind, "process");
    const char *type = is_image                                                ? "container"
                       : is_file                                             ? "file"
                       : str_is(t->kind, "host")                               ? "operating-system"
                                                                               : "application";
    const struct inventory *inv = &t->inventory;
    json_t *j = component(type, t->reference.n ? t->reference : t->name, arena_printf(a, "target-%zu", i + 1)),
           *properties = json_array();
    if (t->digest.n)
        json_put_new(j, "version", json_text(t->digest));
    put_hash(j, sbom_sha256(t->digest));
    add_property(properties, "davy:target.name", t->name);
    add_property(properties, "davy:target.kind", t->kind);
    add_property(properties, "davy:artifact.type", t->artifact);
    add_property(properties, "davy:image.platform", t->platform);
    add_property(properties, "davy:image.config_digest", t->config_digest);
    add_property(properties, "davy:os", inv->os_id.n ? arena_printf(a, "%.*s %.*s", STR_ARG(inv->os_id), STR_ARG(inv->os_version)) : STR_NULL);
    if (!t->failure.n)
        add_property(properties, "davy:verdict", str_from(verdict_name(t->verdict.word)));
    add_property(properties, "davy:failure", t->failure);
    add_count(properties, "davy:files", t->counts.files);
    add_count(properties, "davy:bytes", t->counts.bytes);
    add_count(properties, "davy:unread", t->unread.total);
    add_count(properties, "davy:files.left_out", inv->files_left_out);
    add_count(properties, "davy:packages.left_out", inv->packages_left_out);
    add_property(properties, "davy:packages.database_not_read", inv->unread_database);
    json_put_new(j, "properties", properties);
    return j;
}

static void put_layers(struct list *l, const struct report_target *t, size_t target)
{
    for (size_t i = 0; i < t->n_layers; i++) {
        const struct report_layer *x = &t->layers[i];
        json_t *j = component("data", arena_printf(&l->arena, "layer %u", x->index), arena_printf(&l->arena, "target-%zu/layer-%u", target + 1, x->index)),
               *properties = json_array();
        put_hash(j, sbom_sha256(x->digest));
        add_property(properties, "davy:layer.digest", x->digest);
        add_count(properties, "davy:layer.index", x->index);
        add_count(properties, "davy:layer.size", x->size);
        add_count(properties, "davy:layer.entries", x->entries);
        add_property(properties, "davy:layer.created_by", x->created_by);
        json_put_new(j, "properties", properties);
        put_component(l, j);
    }
}

static void put_packages(struct list *l, const struct report_target *t, size_t target)
{
    for (size_t i = 0; i < t->inventory.packages.n; i++) {
        const struct inventory_package *p = &t->inventory.packages.v[i];
        json_t *j = component("library", p->name, arena_printf(&l->arena, "target-%zu/package-%zu", target + 1, i + 1)),
               *properties = json_array();
        if (p->version.n)
            json_put_new(j, "version", json_text(p->version));
        json_put_new(j, "purl", json_text(sbom_purl(&l->arena, &t->inventory, p)));
        add_property(properties, "davy:source", p->path);
        if (p->layer)
            add_count(properties, "davy:layer.index", p->layer);
        json_put_new(j, "properties", properties);
        put_component(l, j);
    }
}

static void put_files(struct list *l, const struct report_target *t, size_t target)
{
    for (size_t i = 0; i < t->inventory.files.n; i++) {
        const struct inventory_file *f = &t->inventory.files.v[i];
        json_t *j = component("file", f->path, arena_printf(&l->arena, "target-%zu/file-%zu", target + 1, i + 1)),
               *properties = json_array();
        put_hash(j, hex_encode(&l->arena, f->sha256, sizeof(f->sha256)));
        add_property(properties, "davy:file.kind", f->kind);
        add_count(properties, "davy:file.size", f->size);
        if (f->layer)
            add_count(properties, "davy:layer.index", f->layer);
        add_property(properties, "davy:layer.state", f->layer_state);
        json_put_new(j, "properties", properties);
        put_component(l, j);
    }
}

static json_t *tools(const struct report *r)
{
    json_t *tools = json_object(), *list = json_array(), *j = json_object();
    json_put_new(j, "type", json_string("application"));
    json_put_new(j, "name", json_string("davy"));
    json_put_new(j, "version", json_text(r->version));
    json_add_new(list, j);
    json_put_new(tools, "components", list);
    return tools;
}

static json_t *metadata(struct arena *a, const struct report *r)
{
    json_t *j = json_object(), *properties = json_array();
    json_put_new(j, "timestamp", json_text(sbom_time(a, r->ended_ns ? r->ended_ns : r->started_ns)));
    json_put_new(j, "tools", tools(r));
    if (r->targets.n == 1)
        json_put_new(j, "component", target_component(a, r->targets.v[0], 0));
    else
        json_put_new(j, "component", component("data", str_from(_("several targets")), STR("targets")));
    add_property(properties, "davy:rules.digest", r->rules.digest);
    json_put_new(j, "properties", properties);
    return j;
}

/* What depends on what: the targets on their layers and packages. */
static void put_dependencies(struct list *l, const struct report *r)
{
    writer_puts(l->w, "],\n\"dependencies\":[");
    for (size_t i = 0; i < r->targets.n; i++) {
        const struct report_target *t = r->targets.v[i];
        writer_printf(l->w, "%s{\"ref\":\"target-%zu\",\"dependsOn\":[", i ? ",\n" : "\n", i + 1);
        for (size_t k = 0; k < t->n_layers; k++)
            writer_printf(l->w, "%s\"target-%zu/layer-%u\"", k ? "," : "", i + 1, t->layers[k].index);
        for (size_t k = 0; k < t->inventory.packages.n; k++)
            writer_printf(l->w, "%s\"target-%zu/package-%zu\"", k || t->n_layers ? "," : "", i + 1, k + 1);
        writer_puts(l->w, "]}");
    }
    writer_puts(l->w, "]");
}

static int cyclonedx_report(struct sink *sink, const struct report *r, struct error *err)
{
    struct list l = {.w = writer_of(sink)};
    struct str uuid = sbom_uuid(&l.arena, r, "cyclonedx");
    writer_puts(l.w, "{");
    writer_member(l.w, "$schema", json_string("http://cyclonedx.org/schema/bom-1.6.schema.json"), true);
    writer_member(l.w, "bomFormat", json_string("CycloneDX"), false);
    writer_member(l.w, "specVersion", json_string("1.6"), false);
    writer_member(l.w, "serialNumber", json_text(arena_printf(&l.arena, "urn:uuid:%.*s", STR_ARG(uuid))), false);
    writer_member(l.w, "version", json_integer(1), false);
    writer_member(l.w, "metadata", metadata(&l.arena, r), false);
    writer_puts(l.w, ",\n\"components\":[");
    for (size_t i = 0; i < r->targets.n; i++) {
        const struct report_target *t = r->targets.v[i];
        if (r->targets.n > 1)
            put_component(&l, target_component(&l.arena, t, i));
        put_layers(&l, t, i);
        put_packages(&l, t, i);
        put_files(&l, t, i);
    }
    put_dependencies(&l, r);
    writer_puts(l.w, "}\n");
    arena_done(&l.arena);
    return writer_end(l.w, err);
}

const struct sink_ops SINK_CYCLONEDX = {
    .name = "cyclonedx",
    .help = N_("what was scanned as a list of software (SBOM), CycloneDX 1.6"),
    .wants_list = true,
    .open = writer_open,
    .report = cyclonedx_report,
    .close = writer_close,
};
