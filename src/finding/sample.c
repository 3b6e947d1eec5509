// SPDX-License-Identifier: Apache-2.0
#include "finding/sample.h"

const char SAMPLE_SHA256[65] = "0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0";

enum { SECOND = 1'000'000'000 };
static const uint64_t START_NS = 1'764'000'000ULL * SECOND; /* 2025-11-24T16:00:00Z */

struct rule *sample_rule(struct arena *a, uint32_t index, const char *name, enum priority priority,
                         const char *tags)
{
    static const enum field_id fields[] = {F_EVT_TYPE, F_FILE_PATH, F_MINER_POOLS, F_SECRET_KINDS};
    struct rule *r = arena_new(a, struct rule);
    struct str rest = str_from(tags), tag;
    struct str *list = arena_array(a, struct str, strlen(tags) + 1);
    *r = (struct rule){
        .index = index,
        .name = str_from(name),
        .priority = priority,
        .source = SOURCE_SCAN,
        .enabled = true,
        .tags = list,
        .file = "sample.yaml",
        .line = index * 10 + 1,
        .fields = fields,
        .n_fields = sizeof(fields) / sizeof(fields[0]),
    };
    while (str_split(&rest, ' ', &tag))
        list[r->n_tags++] = tag;
    return r;
}

void sample_file(struct facts *f, const char *path, const char *sha256, uint32_t layer)
{
    facts_reset(f, EVENT_FILE, START_NS);
    facts_str(f, F_FILE_PATH, str_from(path));
    facts_uint(f, F_FILE_SIZE, 100);
    if (sha256)
        facts_str(f, F_FILE_SHA256, str_from(sha256));
    if (layer) {
        facts_uint(f, F_LAYER_INDEX, layer);
        facts_uint(f, F_LAYER_COUNT, 5);
        facts_str(f, F_LAYER_STATE, STR("effective"));
    }
}

static void fill_target(struct report *r, struct report_target *t, struct arena *a)
{
    static const char *const created_by[] = {
        "/bin/sh -c #(nop) ADD file:0a1b in / ", "RUN apt-get install -y golang",
        "RUN rm -f /root/.aws/credentials", "COPY cache /opt", "CMD [\"bash\"]"};
    r->version = STR("0.1.0");
    r->started_ns = START_NS;
    r->ended_ns = START_NS + 3ULL * SECOND;
    r->rules =
        (struct report_rules){.digest = str_from(SAMPLE_SHA256), .behaviour = 61, .yara = 214, .secrets = 96};
    r->fail_on = PRIORITY_WARNING;
    t->reference = STR("docker.io/acme/golang-tools:latest");
    t->platform = STR("linux/amd64");
    t->digest = STR("sha256:41f0aa3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0");
    t->layers = arena_array(a, struct report_layer, 5);
    t->n_layers = 5;
    for (uint32_t i = 0; i < 5; i++)
        t->layers[i] = (struct report_layer){.index = i + 1,
                                             .digest = arena_printf(a, "sha256:%u%s", i, SAMPLE_SHA256 + 1),
                                             .created_by = str_from(created_by[i]),
                                             .size = 42'800'000,
                                             .unpacked = 120'000'000,
                                             .entries = 1700};
    t->counts = (struct report_counts){.files = 8412,
                                       .directories = 950,
                                       .symlinks = 612,
                                       .bytes = 600'000'000,
                                       .bytes_stored = 214'000'000,
                                       .history = 23};
    t->wall_ns = 2'900'000'000;
    t->cpu_ns = 5'100'000'000;
}

static void set_layer(struct facts *f, uint32_t layer, const char *created_by, const char *state,
                      uint32_t hidden_by)
{
    facts_str(f, F_LAYER_CREATED_BY, str_from(created_by));
    facts_str(f, F_LAYER_STATE, str_from(state));
    facts_str(f, F_LAYER_DIGEST, STR("sha256:9c1e"));
    facts_uint(f, F_LAYER_INDEX, layer);
    if (hidden_by)
        facts_uint(f, F_LAYER_HIDDEN_BY, hidden_by);
}

static void add_miner(struct findings *fs, struct facts *f, struct arena *a)
{
    struct rule *r =
        sample_rule(a, 0, "Miner configuration with a payable address", PRIORITY_CRITICAL,
                    "kind:threat axis:intent axis:harm evidence:conclusive by:config purpose:mining row:18 "
                    "row:100 T1496.001");
    r->desc = STR("A pool and a payable address in one file are not chance.");
    r->next = STR("Do not run it; look for the layer in other images.");
    sample_file(f, "/opt/.cache/config.json", SAMPLE_SHA256, 4);
    set_layer(f, 4, "COPY cache /opt", "effective", 0);
    (void)facts_add(f, F_MINER_POOLS, STR("pool.example:10128"));
    facts_note(f, &(struct note){.field = F_MINER_POOLS,
                                 .value = STR("pool.example:10128"),
                                 .excerpt = STR("\"url\": \"pool.example:10128\","),
                                 .line = 7,
                                 .column = 12});
    facts_note(f, &(struct note){.field = F_MINER_POOLS,
                                 .value = STR("pool.example:10128"),
                                 .via = STR("base64>gzip"),
                                 .offset = 8128});
    (void)findings_keep(fs, r, f,
                        STR("pool pool.example:10128 · monero address 4DAVYTEST…IMITATION (checksum valid)"));
}

static void add_name(struct findings *fs, struct facts *f, struct arena *a)
{
    struct rule *r = sample_rule(a, 1, "Name imitates an official image", PRIORITY_ERROR,
                                 "kind:threat axis:intent by:name row:103 T1036.005");
    r->desc = STR("A name near an official one makes people run it.");
    facts_reset(f, EVENT_IMAGE, START_NS);
    facts_str(f, F_IMAGE_REF, STR("docker.io/acme/golang-tools:latest"));
    (void)findings_keep(fs, r, f, STR("\"golang-tools\" beside library/golang, publisher not official"));
}

static void add_secrets(struct findings *fs, struct facts *f, struct arena *a)
{
    struct rule *r = sample_rule(a, 2, "AWS access key in a layer", PRIORITY_ERROR,
                                 "kind:exposure by:key row:102 T1552.001");
    r->desc = STR("Whoever has the image has the key.");
    r->next = STR("Revoke the key; deleting a file in a later layer does not remove it.");
    sample_file(f, "/root/.aws/credentials", NULL, 2);
    set_layer(f, 2, "RUN apt-get install -y golang", "deleted", 3);
    facts_note(f, &(struct note){.field = F_SECRET_KINDS, .value = STR("AKIA…7Q"), .line = 2, .column = 23});
    (void)findings_keep(fs, r, f, STR("aws-access-key AKIA…7Q"));
    for (int i = 0; i < 8; i++) {
        char path[64];
        (void)snprintf(path, sizeof(path), "/srv/app/%d/.env", i);
        sample_file(f, path, NULL, 4);
        set_layer(f, 4, "COPY cache /opt", "effective", 0);
        (void)findings_keep(fs, r, f, STR("aws-access-key AKIA…7Q"));
    }
}

static void add_context(struct findings *fs, struct facts *f, struct arena *a)
{
    struct rule *hidden = sample_rule(a, 3, "Hidden folder holds a program", PRIORITY_NOTICE,
                                      "kind:context axis:intent by:place row:93");
    sample_file(f, "/opt/.cache/run", NULL, 4);
    (void)findings_keep(fs, hidden, f, STR("/opt/.cache/run"));
    sample_file(f, "/opt/.cache/run2", NULL, 4);
    (void)findings_keep(fs, hidden, f, STR("/opt/.cache/run2"));
    struct rule *dynamic = sample_rule(a, 4, "Host name under a dynamic DNS zone", PRIORITY_NOTICE,
                                       "kind:context by:content row:113");
    sample_file(f, "/opt/readme", NULL, 4);
    (void)findings_keep(fs, dynamic, f, STR("host.dyn.example"));
}

void sample_image_report(struct report *r, struct arena *a, struct policy *policy)
{
    struct report_target *t = report_add_target(r, STR("acme/golang-tools:latest"), STR("image"));
    struct facts f;
    fill_target(r, t, a);
    r->policy = policy;
    t->findings =
        findings_new(&(struct findings_options){.policy = policy, .now_ns = START_NS, .image = t->reference});
    facts_init(&f);
    add_context(t->findings, &f, a);
    add_secrets(t->findings, &f, a);
    add_name(t->findings, &f, a);
    add_miner(t->findings, &f, a);
    facts_done(&f);
    report_unread(t, STR("/etc/shadow in layer 1"), STR("permission denied"));
    report_judge(r);
}

void sample_clean_report(struct report *r, struct arena *a)
{
    struct report_target *t = report_add_target(r, STR("acme/golang-tools:latest"), STR("image"));
    fill_target(r, t, a);
    t->findings = findings_new(&(struct findings_options){.image = t->reference});
    report_skipped(t, STR("/proc"), STR("another file system"));
    report_judge(r);
}
