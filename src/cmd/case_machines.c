// SPDX-License-Identifier: Apache-2.0
/*
 * The machines of open cases, for davy logs (davy case ingest --machines): who ends a machine that a case is about ends evidence (row 90).
 * Keys of cases are let go after a day; findings stay, and they name the machines.
 */
#include "base/map.h"
#include "cmd/case.h"
#include "finding/case.h"

enum {
    CASES_MOST = 5000,        /* the newest; who has more open ones looks at none of them */
    MACHINES_MOST = 50'000,
};

struct open_case {
    int64_t id;
    uint64_t first_ns;
};
struct machines {
    VEC(struct open_case) cases;
    const struct open_case *at;
    struct map told; /* each once: of the newest case */
    struct arena names, arena;
    struct strbuf *out;
};

static int take_case(void *ctx, const struct case_row *row)
{
    struct machines *m = ctx;
    if (row->status == CASE_OPEN && m->cases.n < CASES_MOST)
        vec_add(&m->cases, {row->id, row->first_ns});
    return 0;
}

/* The machine that a tie names, when it can stand on a line; else empty. */
static struct str machine_of(struct str shared)
{
    static const struct str kind = STR("instance:");
    const bool is = str_starts(shared, kind) && !memchr(shared.p, ' ', shared.n) && !memchr(shared.p, '\n', shared.n);
    return is ? str_sub(shared, kind.n, shared.n) : STR_NULL;
}

static void add_line(struct strbuf *b, int64_t id, uint64_t first_ns, struct str machine)
{
    strbuf_printf(b, "machine %lld %llu %.*s\n", (long long)id, (unsigned long long)first_ns, STR_ARG(machine));
}

void case_machines_tell(struct strbuf *b, const struct case_finding *f, int64_t id, uint64_t first_ns)
{
    for (size_t i = 0; i < f->ties.n_shared; i++)
        if (machine_of(f->ties.shared[i]).n)
            add_line(b, id, first_ns, machine_of(f->ties.shared[i]));
}

static int take_finding(void *ctx, const struct case_kept *kept)
{
    struct machines *m = ctx;
    struct case_finding f;
    struct error why = ERROR_NULL;
    arena_reset(&m->arena);
    if (!str_has(kept->line, STR("instance:")) || m->told.n >= MACHINES_MOST || case_finding_read(kept->line, &m->arena, &f, &why) < 0)
        return 0;
    for (size_t i = 0; i < f.ties.n_shared; i++) {
        const struct str machine = machine_of(f.ties.shared[i]);
        if (!machine.n || map_has(&m->told, machine))
            continue;
        (void)map_put(&m->told, arena_str(&m->names, machine), NULL);
        add_line(m->out, m->at->id, m->at->first_ns, machine);
    }
    return 0;
}

int case_machines(struct case_store *store, struct strbuf *out, struct error *err)
{
    struct machines m = {.out = out};
    int r = case_store_cases(store, 0, CASE_CASES_MAX, take_case, &m, err);
    for (size_t i = 0; !r && i < m.cases.n; i++) {
        m.at = &m.cases.v[i];
        r = case_store_findings(store, m.at->id, take_finding, &m, err);
    }
    vec_done(&m.cases);
    map_done(&m.told);
    arena_done(&m.names);
    arena_done(&m.arena);
    return r;
}
