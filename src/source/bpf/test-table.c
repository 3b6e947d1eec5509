// SPDX-License-Identifier: Apache-2.0
/* Every call that rules may name has a row, or is one that rules are warned of. */
#include <sys/syscall.h>

#include "event/record_kind.h"
#include "harness/test.h"
#include "source/bpf/late.h"
#include "source/bpf/more.h"

static const unsigned rows[] = {
#define CALL(kind, program, shed) kind,
#define POINT(kind, program, shed, needed)
#define PLAIN(call, shed, ...) SYS_##call,
#include "source/bpf/plain.def"
#include "source/bpf/programs.def"
#undef CALL
#undef POINT
#undef PLAIN
};

static bool has_row(unsigned kind)
{
    bool any = false;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
        any |= rows[i] == kind;
    return any;
}

TEST(each_call_is_told_or_said_to_be_untold)
{
    size_t told = 0, untold = 0;
    for (unsigned t = 0; t < EVENT__N; t++) {
        const int kind = record_kind_of((enum event_type)t);
        if (kind < 0 || kind >= CALLS_MAX)
            continue;
        const bool is_untold = record_kind_traits((enum event_type)t) & RECORD_IS_UNTOLD;
        if (has_row((unsigned)kind) == is_untold)
            test_fail(__FILE__, __LINE__, "%s has %s", event_type_name((enum event_type)t), is_untold ? "a row and is said to be untold" : "no row");
        told += !is_untold;
        untold += is_untold;
    }
    CHECK(told > 200 && untold > 50);
}
