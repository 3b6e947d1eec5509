// SPDX-License-Identifier: Apache-2.0
#include "base/alloc.h"
#include "base/intl.h"
#include "base/strbuf.h"
#include "base/text.h"
#include "event/record_kind.h"
#include "rule/compiled.h"
#include "rule/index.h"
#include "rule/prefilter.h"
#include "rule/prefilter_leaf.h"

/* What is asked of a fact, and of its contrary; in the order in which people would say it. */
static const struct {
    enum filter_fact fact;
    const char *yes, *no;
} WORDS[] = {
    {FILTER_OK, N_("succeeded"), N_("did not succeed")},
    {FILTER_FAILED, N_("failed"), N_("did not fail")},
    {FILTER_RES_STDIO, N_("returned 0, 1 or 2"), N_("returned none of 0, 1, 2")},
    {FILTER_READ, N_("opened for reading"), N_("not opened for reading")},
    {FILTER_WRITE, N_("opened for writing"), N_("not opened for writing")},
    {FILTER_CREATED, N_("file created"), N_("no file created")},
    {FILTER_EXECUTABLE, N_("created as a program"), N_("not created as a program")},
    {FILTER_TRUNC, N_("asked to empty the file"), N_("not asked to empty the file")},
    {FILTER_FILE, N_("a file"), N_("no file")},
    {FILTER_DIRECTORY, N_("a folder"), N_("no folder")},
    {FILTER_IPV4, N_("an IPv4 socket"), N_("no IPv4 socket")},
    {FILTER_IPV6, N_("an IPv6 socket"), N_("no IPv6 socket")},
    {FILTER_UNIX, N_("a unix socket"), N_("no unix socket")},
    {FILTER_OTHER_FD, N_("another kind of descriptor"), N_("no other kind of descriptor")},
    {FILTER_TCP, N_("TCP"), N_("not TCP")},
    {FILTER_UDP, N_("UDP"), N_("not UDP")},
    {FILTER_OTHER_L4, N_("neither TCP nor UDP"), N_("no protocol but TCP and UDP")},
    {FILTER_CONNECTED, N_("connected"), N_("not connected")},
    {FILTER_NAME_CHANGED, N_("a new peer"), N_("no new peer")},
    {FILTER_DOTDOT, N_("\"..\" in the path"), N_("no \"..\" in the path")},
    {FILTER_HOST, N_("outside containers"), N_("in a container")},
    {FILTER_PACKET, N_("a packet socket"), N_("no packet socket")},
    {FILTER_LOOPBACK, N_("to or from this machine (127.0.0.0/8)"), N_("not to or from this machine (127.0.0.0/8)")},
    {FILTER_PRIVATE, N_("to a private network"), N_("not to a private network")},
};
_Static_assert(sizeof(WORDS) / sizeof(*WORDS) == FILTER_FACTS__N, "every fact has words");

/* Leaves out what goes without saying: another way of the same facts is not open without it either. */
static struct term shortest(const struct filter_clause *c)
{
    struct term t = {c->yes, c->no, SPOTS_ANY};
    size_t n;
    const struct fact_group *groups = fact_groups(&n);
    for (size_t i = 0; i < n; i++)
        for (unsigned round = 0; round < 2; round++) /* what is not asked is longer to say */
            for (uint64_t rest = groups[i].facts; rest; rest &= rest - 1) {
                const uint64_t fact = rest & -rest;
                const struct term less = {t.yes & ~(round ? fact : 0), t.no & ~(round ? 0 : fact), SPOTS_ANY};
                if (fact_group_open(&groups[i], &less) == fact_group_open(&groups[i], &t))
                    t = less;
            }
    return t;
}

static void add_entry(struct strbuf *b, const struct filter_path *p)
{
    const struct str bytes = str_n(p->bytes, p->n);
    if (p->fit == FILTER_PORT) {
        strbuf_printf(b, "%u", (unsigned)((uint8_t)p->bytes[0] << 8 | (uint8_t)p->bytes[1]));
    } else if (p->fit == FILTER_NET4 || p->fit == FILTER_NET6) {
        struct net net = {.v6 = p->fit == FILTER_NET6, .prefix = (uint8_t)p->n};
        memcpy(net.bytes, p->bytes, sizeof(net.bytes));
        value_add_text(b, &(struct value){.type = VALUE_NET, .net = &net});
    } else {
        strbuf_adds(b, p->fit == FILTER_ENDS ? "*" : p->fit == FILTER_NAMED ? "*/" : "");
        text_add_safe(b, bytes);
        strbuf_adds(b, p->fit == FILTER_BEGINS ? "*" : "");
    }
}

static unsigned part_of(const struct filter_path *p)
{
    return p->fit == FILTER_PORT ? 1 : p->fit > FILTER_PORT ? 2 : 0;
}

static void add_entries(struct strbuf *b, const struct filter *f, uint64_t classes)
{
    static const char *const heads[] = {N_("path"), N_("port of either end"), N_("address of either end")};
    if (classes & f->everything) {
        strbuf_printf(b, "    %s\n", _("one of too many names to be told apart"));
        return;
    }
    bool is_empty = true;
    for (unsigned part = 0; part < 3; part++) {
        bool first = true;
        for (size_t i = 0; i < f->n_paths; i++) {
            const struct filter_path *p = &f->paths[i];
            if (!(p->classes & classes) || part != part_of(p))
                continue;
            if (first)
                strbuf_printf(b, "    %s:", _(heads[part]));
            strbuf_addc(b, ' ');
            add_entry(b, p);
            first = is_empty = false;
        }
        if (!first)
            strbuf_addc(b, '\n');
    }
    if (is_empty)
        strbuf_printf(b, "    %s\n", _("a path that cannot be told"));
}

static void add_word(struct strbuf *b, bool *first, const char *before, const char *word)
{
    strbuf_adds(b, *first ? "" : before);
    strbuf_adds(b, _(word));
    *first = false;
}

/* Where most of a group is not asked for, the rest is what can be: "an IPv4 socket / an IPv6 socket". */
static void add_rest(struct strbuf *b, struct term *t, bool *first)
{
    enum { FEW = 3 };
    size_t n;
    const struct fact_group *groups = fact_groups(&n);
    for (size_t i = 0; i < n; i++) {
        const unsigned open = fact_group_open(&groups[i], t);
        bool is_plain = __builtin_popcount(open) <= FEW && !(t->yes & groups[i].facts) && t->no & groups[i].facts;
        for (unsigned k = 0; k < groups[i].n; k++)
            is_plain &= __builtin_popcountll(groups[i].ways[k]) == 1;
        if (!is_plain)
            continue;
        t->no &= ~groups[i].facts;
        const char *between = ", ";
        for (size_t w = 0; w < sizeof(WORDS) / sizeof(*WORDS); w++)
            for (unsigned k = 0; k < groups[i].n; k++)
                if (open >> k & 1 && groups[i].ways[k] >> WORDS[w].fact & 1) {
                    add_word(b, first, between, WORDS[w].yes);
                    between = " / ";
                }
    }
}

static void add_clause(struct strbuf *b, const struct filter *f, const struct filter_clause *c)
{
    struct term t = shortest(c);
    bool first = true;
    strbuf_adds(b, "  - ");
    add_rest(b, &t, &first);
    for (size_t i = 0; i < sizeof(WORDS) / sizeof(*WORDS); i++) {
        const bool yes = t.yes >> WORDS[i].fact & 1;
        if (!yes && !(t.no >> WORDS[i].fact & 1))
            continue;
        add_word(b, &first, ", ", yes ? WORDS[i].yes : WORDS[i].no);
    }
    strbuf_adds(b, first ? _("whatever it does") : "");
    strbuf_addc(b, '\n');
    if (c->paths)
        add_entries(b, f, c->paths);
}

static bool is_same(const struct filter_kind *a, const struct filter_kind *b)
{
    return a->wanted == b->wanted && a->n == b->n && !memcmp(a->clauses, b->clauses, a->n * sizeof(*a->clauses));
}

static const struct filter_kind *kind_of(const struct filter *f, unsigned t)
{
    const int kind = record_kind_of((enum event_type)t);
    return kind >= 0 && kind < FILTER_KINDS && f->kinds[kind].wanted ? &f->kinds[kind] : NULL;
}

/* The types that are filtered alike, the first of which is t; `seen` grows by them. */
static unsigned add_types(struct strbuf *b, const struct filter *f, unsigned t, bool *seen)
{
    const struct filter_kind *k = kind_of(f, t);
    unsigned n = 0;
    for (unsigned i = t; i < EVENT__N; i++) {
        const struct filter_kind *other = kind_of(f, i);
        if (!other || seen[i] || !is_same(k, other))
            continue;
        seen[i] = true;
        strbuf_adds(b, n++ ? ", " : "");
        strbuf_adds(b, event_type_name((enum event_type)i));
    }
    return n;
}

static void add_filter(struct strbuf *b, const struct filter *f)
{
    bool seen[EVENT__N] = {};
    for (unsigned t = 0; t < EVENT__N; t++) {
        const struct filter_kind *k = kind_of(f, t);
        if (!k || seen[t])
            continue;
        (void)add_types(b, f, t, seen);
        if (!k->n) {
            strbuf_printf(b, ": %s\n", _("every event"));
            continue;
        }
        strbuf_adds(b, ":\n");
        for (uint32_t i = 0; i < k->n; i++)
            add_clause(b, f, &k->clauses[i]);
    }
}

/* The types that no filter holds back, such as container. */
static void add_unfiltered(struct strbuf *b, const struct program *p, size_t rule)
{
    uint64_t types[TYPE_WORDS];
    index_types(p, rule, types);
    for (unsigned t = 0; t < EVENT__N; t++)
        if (types[t / 64] >> (t % 64) & 1 && record_kind_of((enum event_type)t) >= FILTER_KINDS)
            strbuf_printf(b, "%s: %s\n", event_type_name((enum event_type)t), _("every event"));
}

/* Checks of which the kernel side knows nothing on one of the types that the rule is tried on. */
static void add_left(struct strbuf *b, const struct program *p, size_t rule)
{
    _cleanup_(viewer_done) struct viewer viewer = {};
    const struct program_range *r = &p->rules[rule];
    uint64_t types[TYPE_WORDS];
    bool any = false;
    viewer_init(&viewer, p);
    index_types(p, rule, types);
    _cleanup_free_ bool *told = xalloc(p->n_leaves);
    for (uint32_t pc = 0; pc < r->n_code; pc++) {
        const enum opcode op = code_opcode(r->code[pc]);
        const uint32_t leaf = code_leaf(r->code[pc]);
        bool is_blank = false;
        if ((op != OPCODE_JT && op != OPCODE_JF) || told[leaf])
            continue;
        for (unsigned t = 0; t < EVENT__N && !is_blank; t++)
            if (types[t / 64] >> (t % 64) & 1) {
                const struct view v = viewer_look(&viewer, leaf, (enum event_type)t);
                is_blank = view_is_blank(&v);
            }
        if (!is_blank)
            continue;
        if (!any)
            strbuf_printf(b, "%s\n", _("left to user space:"));
        any = told[leaf] = true;
        strbuf_adds(b, "  ");
        program_add_leaf(p, leaf, b);
        strbuf_addc(b, '\n');
    }
}

void prefilter_explain_rule(const struct ruleset *rs, const struct rule *r, struct strbuf *ret)
{
    const struct compiled *c = ruleset_compiled(rs);
    const uint32_t place = compiled_place(c, r);
    if (place == PROGRAM_NONE || r->source != SOURCE_SYSCALL) {
        strbuf_printf(ret, "%s\n", place == PROGRAM_NONE ? _("the rule was skipped") : _("the rule is not about live events"));
        return;
    }
    _cleanup_(filter_freep) struct filter *f = prefilter_new(rs, r);
    const size_t before = ret->n;
    add_filter(ret, f);
    add_unfiltered(ret, compiled_program(c), place);
    if (ret->n == before)
        strbuf_printf(ret, "%s\n", _("no event: the rule can never match"));
    add_left(ret, compiled_program(c), place);
}

void prefilter_explain(const struct ruleset *rs, struct strbuf *ret)
{
    _cleanup_(filter_freep) struct filter *f = prefilter_new(rs, NULL);
    bool seen[EVENT__N] = {};
    unsigned n = 0, whole = 0;
    for (unsigned t = 0; t < EVENT__N; t++) {
        const struct filter_kind *k = kind_of(f, t);
        if (!k || seen[t])
            continue;
        const unsigned alike = add_types(ret, f, t, seen);
        n += alike;
        whole += k->n ? 0 : alike;
        if (k->n)
            strbuf_printf(ret, intl_plural(": %u clause\n", ": %u clauses\n", k->n), k->n);
        else
            strbuf_printf(ret, ": %s\n", _("every event"));
    }
    strbuf_printf(ret, _("event types wanted: %u, of these whole: %u; names, ports and networks: %zu\n"), n, whole, f->n_paths);
}
