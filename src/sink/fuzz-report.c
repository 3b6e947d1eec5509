// SPDX-License-Identifier: Apache-2.0
/*
 * A report made from bytes, in every format: each must stay well formed whatever a target puts into it. The input is read
 * as pieces of a length byte and that many bytes; what stands where is counted off in turn.
 */
#include <jansson.h>
#include <stdlib.h>

#include "base/strbuf.h"
#include "base/text.h"
#include "finding/sample.h"
#include "sink/sink.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct input {
    struct str left;
};

static struct str piece(struct input *in)
{
    size_t n = in->left.n ? (uint8_t)in->left.p[0] : 0;
    struct str s = str_sub(in->left, 1, 1 + n);
    in->left = str_sub(in->left, 1 + n, in->left.n);
    return s;
}

static uint32_t number(struct input *in)
{
    struct str s = piece(in);
    return s.n > 1 ? (uint32_t)(uint8_t)s.p[0] | (uint32_t)(uint8_t)s.p[1] << 8 : (uint32_t)s.n;
}

static void add_file(struct input *in, struct report_target *t, struct arena *a, uint32_t i)
{
    struct facts f;
    facts_init(&f);
    uint32_t bits = number(in);
    facts_reset(&f, EVENT_FILE, 0);
    facts_str(&f, F_FILE_PATH, piece(in));
    facts_str(&f, F_FILE_KIND, piece(in));
    facts_str(&f, F_FILE_SHA256, bits & 1 ? str_from(SAMPLE_SHA256) : piece(in));
    facts_uint(&f, F_FILE_SIZE, number(in));
    facts_bool(&f, F_FILE_IS_EXEC, bits & 2);
    facts_uint(&f, F_LAYER_INDEX, number(in) % 5);
    facts_uint(&f, F_LAYER_COUNT, number(in) % 50);
    facts_uint(&f, F_LAYER_HIDDEN_BY, number(in) % 5);
    facts_str(&f, F_LAYER_STATE, bits & 4 ? STR("deleted") : bits & 8 ? STR("effective") : piece(in));
    facts_str(&f, F_LAYER_CREATED_BY, piece(in));
    facts_str(&f, F_PACKAGE_ECOSYSTEM, piece(in));
    facts_add(&f, F_PACKAGE_LIST, piece(in));
    facts_str(&f, F_OS_RELEASE_ID, piece(in));
    facts_str(&f, F_OS_RELEASE_VERSION, piece(in));
    facts_note(&f, &(struct note){.field = F_FILE_PATH, .value = piece(in), .excerpt = piece(in), .via = piece(in),
                                  .line = number(in), .column = number(in), .offset = number(in)});
    inventory_add(&t->inventory, &f, true);
    struct rule *rule = sample_rule(a, i, arena_str(a, piece(in)).p, (enum priority)(number(in) % PRIORITY__N),
                                    arena_str(a, piece(in)).p);
    rule->desc = arena_str(a, piece(in));
    rule->next = arena_str(a, piece(in));
    (void)findings_keep(t->findings, rule, &f, piece(in));
    facts_done(&f);
}

static void fill(struct input *in, struct report *r, struct arena *a)
{
    r->version = piece(in);
    r->fail_on = PRIORITY_WARNING;
    for (uint32_t k = 0; k < 3 && in->left.n; k++) {
        struct report_target *t = report_add_target(r, piece(in), piece(in));
        t->reference = piece(in);
        t->platform = piece(in);
        t->digest = piece(in);
        t->n_layers = number(in) % 4;
        t->layers = arena_array(a, struct report_layer, 4);
        for (uint32_t i = 0; i < t->n_layers; i++)
            t->layers[i] = (struct report_layer){.index = i + 1, .digest = piece(in), .created_by = piece(in), .size = number(in)};
        t->counts.bytes = number(in);
        t->wall_ns = number(in) * 1'000'000ULL;
        t->findings = findings_new(&(struct findings_options){});
        for (uint32_t i = 0; i < 8 && in->left.n; i++)
            add_file(in, t, a, k * 8 + i);
        report_unread(t, piece(in), piece(in));
        if (number(in) % 4 == 1)
            report_failure(t, piece(in));
    }
    report_judge(r);
}

static void check_json(struct str text)
{
    json_t *j = json_loadb(text.p, text.n, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, NULL);
    if (!j)
        abort();
    json_decref(j);
}

/* Every start of a tag has its end before the next one, every quote its partner inside the tag, every tag its own end. */
static void check_html(struct str text)
{
    static const char *const empty[] = {"meta", "rect", "input", "!doctype"};
    struct str open[64];
    size_t depth = 0;
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] != '<')
            continue;
        size_t from = ++i;
        for (bool quoted = false; i < text.n && (quoted || text.p[i] != '>'); i++) {
            quoted ^= text.p[i] == '"';
            if (text.p[i] == '<')
                abort();
        }
        struct str tag = str_sub(text, from, i), name = tag;
        bool is_end = str_starts(tag, STR("/")), is_empty = str_ends(tag, STR("/"));
        (void)str_split(&tag, ' ', &name);
        for (size_t k = 0; k < ARRAY_SIZE(empty); k++)
            is_empty |= str_is(name, empty[k]);
        if (is_end) {
            if (!depth || !str_eq(open[--depth], str_sub(name, 1, name.n)))
                abort();
        } else if (!is_empty) {
            if (depth == ARRAY_SIZE(open))
                abort();
            open[depth++] = name;
        }
    }
    if (depth)
        abort();
}

/* Lines of `# …` or `name{…} value`, and the end mark. */
static void check_metrics(struct str text)
{
    struct str line = STR_NULL;
    if (!str_ends(text, STR("\n# EOF\n")))
        abort();
    while (str_split(&text, '\n', &line))
        if (line.n && !str_starts(line, STR("# ")) && !str_starts(line, STR("davy_")))
            abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input in = {.left = str_n(data, size)};
    struct arena a = {};
    struct report r = {};
    fill(&in, &r, &a);
    for (size_t i = 0; sink_at(i); i++) {
        const struct sink_ops *ops = sink_at(i);
        struct strbuf got = {};
        struct sink *s = ops->open(&(struct sink_options){.output = sink_output_strbuf(&got), .utf8 = true});
        if (ops->report(s, &r, NULL) < 0 || !text_is_utf8(strbuf_str(&got)))
            abort();
        (void)ops->close(s);
        if (ops == &SINK_HTML)
            check_html(strbuf_str(&got));
        else if (ops == &SINK_OPENMETRICS)
            check_metrics(strbuf_str(&got));
        else if (ops != &SINK_TEXT)
            check_json(strbuf_str(&got));
        strbuf_done(&got);
    }
    report_done(&r);
    arena_done(&a);
    return 0;
}
