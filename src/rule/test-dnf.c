// SPDX-License-Identifier: Apache-2.0
/* Whatever is joined or widened, what held before holds after; and what one term can say is said by one, exactly. */
#include "harness/test.h"
#include "rule/dnf.h"

#define BIT(fact) (1ULL << (fact))
enum { ROUNDS = 4000, ENTRIES = 12 };

static uint64_t seed = 20261129;
static unsigned rnd(unsigned n)
{
    seed = seed * 6364136223846793005U + 1442695040888963407U;
    return (unsigned)((seed >> 33) % n);
}

/* One way of each group, every other fact at will. */
static uint64_t random_facts(void)
{
    size_t n;
    const struct fact_group *groups = fact_groups(&n);
    uint64_t facts = 0;
    for (unsigned f = 0; f < FILTER_FACTS__N; f++)
        facts |= (uint64_t)rnd(2) << f;
    for (size_t i = 0; i < n; i++)
        facts = (facts & ~groups[i].facts) | groups[i].ways[rnd(groups[i].n)];
    return facts;
}

static uint32_t random_spots(struct spots *p)
{
    struct spot v[3];
    static const char *const names[] = {"a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"};
    const size_t n = rnd(4);
    if (rnd(3) == 0)
        return SPOTS_ANY;
    for (size_t i = 0; i < n; i++)
        v[i] = (struct spot){FILTER_NAMED, str_from(names[rnd(ENTRIES)]), 1};
    return spots_set(p, v, n);
}

static struct term random_term(struct spots *p, unsigned n_facts)
{
    struct term t = {.spots = random_spots(p)};
    for (unsigned i = 1 + rnd(5); i > 0; i--)
        *(rnd(2) ? &t.yes : &t.no) |= BIT(rnd(n_facts));
    return t;
}

static bool holds(const struct spots *p, const struct term *t, uint64_t facts, uint32_t entry)
{
    size_t n;
    if (t->yes & ~facts || t->no & facts)
        return false;
    if (!t->spots)
        return true;
    const uint32_t *v = spots_entries(p, t->spots, &n);
    for (size_t i = 0; i < n; i++)
        if (v[i] == entry)
            return true;
    return false;
}

static bool any_holds(const struct spots *p, const struct term *v, size_t n, uint64_t facts, uint32_t entry)
{
    for (size_t i = 0; i < n; i++)
        if (holds(p, &v[i], facts, entry))
            return true;
    return false;
}

TEST(what_held_holds)
{
    size_t held = 0, wider = 0;
    for (int round = 0; round < ROUNDS; round++) {
        _cleanup_(spots_freep) struct spots *p = spots_new();
        struct term terms[40];
        struct dnf d = {};
        const size_t n = 1 + rnd(40), max = 1 + rnd(16);
        for (size_t i = 0; i < n; i++) {
            terms[i] = random_term(p, FILTER_FACTS__N);
            dnf_add(&d, p, terms[i]);
            CHECK(d.n <= DNF_MAX);
        }
        dnf_widen(&d, p, (uint32_t)max);
        CHECK(d.n <= max);
        for (int e = 0; e < 40; e++) {
            const uint64_t facts = random_facts();
            const uint32_t entry = rnd(ENTRIES);
            const bool before = any_holds(p, terms, n, facts, entry), after = any_holds(p, d.v, d.n, facts, entry);
            CHECK(!before || after);
            held += before;
            wider += after && !before;
        }
    }
    CHECK(held > ROUNDS && wider > ROUNDS);
}

TEST(a_few_terms_are_kept_exactly)
{
    size_t joined = 0;
    for (int round = 0; round < ROUNDS; round++) {
        _cleanup_(spots_freep) struct spots *p = spots_new();
        struct term terms[8];
        struct dnf d = {};
        for (size_t i = 0; i < 8; i++) {
            terms[i] = random_term(p, 4);
            dnf_add(&d, p, terms[i]);
        }
        joined += d.n < 8;
        for (int e = 0; e < 40; e++) {
            const uint64_t facts = random_facts();
            const uint32_t entry = rnd(ENTRIES);
            CHECK_INT(any_holds(p, d.v, d.n, facts, entry), any_holds(p, terms, 8, facts, entry));
        }
    }
    CHECK(joined > ROUNDS / 2);
}

TEST(what_can_never_hold_is_left_out)
{
    _cleanup_(spots_freep) struct spots *p = spots_new();
    struct dnf d = {};
    dnf_add(&d, p, (struct term){BIT(FILTER_TCP), BIT(FILTER_TCP), 0});
    CHECK_INT(d.n, 0);
    dnf_add(&d, p, (struct term){BIT(FILTER_TCP), BIT(FILTER_UDP), 0});
    dnf_add(&d, p, (struct term){BIT(FILTER_TCP), 0, 0});
    CHECK_INT(d.n, 1);
    CHECK(!dnf_is_always(&d));
    dnf_add(&d, p, (struct term){0, BIT(FILTER_TCP), 0});
    CHECK(dnf_is_always(&d));
}

TEST(results_and_descriptors_join)
{
    _cleanup_(spots_freep) struct spots *p = spots_new();
    const uint64_t ok = BIT(FILTER_OK), failed = BIT(FILTER_FAILED), stdio = BIT(FILTER_RES_STDIO);
    struct dnf d = {};
    dnf_add(&d, p, (struct term){failed | BIT(FILTER_READ), ok | stdio, 0});
    dnf_add(&d, p, (struct term){ok | BIT(FILTER_READ), failed, 0});
    CHECK_INT(d.n, 1);
    CHECK_INT(d.v[0].yes, BIT(FILTER_READ));
    CHECK_INT(d.v[0].no, 0);
    /* Failed or one of 0 to 2: no one term says that. */
    d.n = 0;
    dnf_add(&d, p, (struct term){failed, ok | stdio, 0});
    dnf_add(&d, p, (struct term){ok | stdio, failed, 0});
    CHECK_INT(d.n, 2);
    /* TCP or UDP neither: files are none of them. */
    d.n = 0;
    dnf_add(&d, p, (struct term){BIT(FILTER_TCP), BIT(FILTER_UDP) | BIT(FILTER_OTHER_L4), 0});
    dnf_add(&d, p, (struct term){BIT(FILTER_UDP), BIT(FILTER_TCP) | BIT(FILTER_OTHER_L4), 0});
    CHECK_INT(d.n, 2);
}

TEST(spots)
{
    _cleanup_(spots_freep) struct spots *p = spots_new();
    const struct spot ab[] = {{FILTER_IS, STR("/b"), 2}, {FILTER_IS, STR("/a"), 2}, {FILTER_IS, STR("/b"), 2}};
    const uint32_t a = spots_set(p, ab + 1, 1), b = spots_set(p, ab, 1), both = spots_set(p, ab, 3), none = spots_set(p, ab, 0);
    size_t n;
    CHECK(a != b && none != SPOTS_ANY);
    CHECK_INT(spots_join(p, a, b), both);
    CHECK_INT(spots_join(p, b, a), both);
    CHECK_INT(spots_join(p, none, a), a);
    CHECK_INT(spots_join(p, a, SPOTS_ANY), SPOTS_ANY);
    CHECK(spots_within(p, a, both) && !spots_within(p, both, a) && spots_within(p, both, SPOTS_ANY));
    CHECK(spots_within(p, none, a) && !spots_within(p, SPOTS_ANY, both));
    (void)spots_entries(p, both, &n);
    CHECK_INT(n, 2);
    CHECK_INT(spots_breadth(p, both), 2);
    CHECK(spots_breadth(p, SPOTS_ANY) > spots_breadth(p, both));
}
