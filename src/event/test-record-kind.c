// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <sys/syscall.h>

#include "event/record_kind.h"
#include "harness/test.h"

TEST(system_calls_have_their_numbers)
{
#ifdef __x86_64__
    CHECK_INT(record_kind_of(EVENT_READ), SYS_read);
    CHECK_INT(record_kind_of(EVENT_OPENAT), SYS_openat);
    CHECK_INT(record_kind_of(EVENT_FINIT_MODULE), SYS_finit_module);
    CHECK_INT(record_kind_of(EVENT_OPENAT2), SYS_openat2);
    CHECK_INT(record_kind_of(EVENT_FUTEX_WAITV), SYS_futex_waitv);
#else
    CHECK_INT(record_kind_of(EVENT_OPENAT), 257);
#endif
}

TEST(types_and_kinds_name_each_other)
{
    size_t n = 0, others = 0;
    for (unsigned t = 0; t < EVENT__N; t++) {
        const int kind = record_kind_of((enum event_type)t);
        if (kind < 0) {
            CHECK(event_type_source((enum event_type)t) != SOURCE_SYSCALL || t == EVENT_SIGNALDELIVER);
            CHECK_INT(record_kind_traits((enum event_type)t), RECORD_HAS_NOTHING);
            continue;
        }
        CHECK_INT(record_kind_type((unsigned)kind), t);
        n++;
        others += kind >= RECORD_KIND_OTHER;
    }
    CHECK_INT(others, 16);
    CHECK_INT(n, 335 + 27 + 20 + others);
    CHECK_INT(record_kind_of(EVENT_SIGNALDELIVER), -ENOENT);
    CHECK_INT(record_kind_type(RECORD_FORK), EVENT__INVALID);
    CHECK_INT(record_kind_type(RECORD_MACHINE), EVENT__INVALID);
    CHECK_INT(record_kind_type(400), EVENT__INVALID);
    CHECK_INT(record_kind_type(100000), EVENT__INVALID);
}

TEST(traits)
{
    CHECK_INT(record_kind_traits(EVENT_OPENAT), RECORD_IS_OPEN | RECORD_HAS_FD | RECORD_HAS_PATH);
    CHECK_INT(record_kind_traits(EVENT_RENAME), RECORD_HAS_PATH);
    CHECK_INT(record_kind_traits(EVENT_CONNECT), RECORD_HAS_FD | RECORD_HAS_SOCKET);
    CHECK_INT(record_kind_traits(EVENT_GETPID), RECORD_IS_UNTOLD);
    CHECK_INT(record_kind_traits(EVENT_MSEAL), RECORD_HAS_NOTHING);
    for (unsigned t = 0; t < EVENT__N; t++) {
        const unsigned traits = record_kind_traits((enum event_type)t);
        CHECK(!(traits & (RECORD_HAS_SOCKET | RECORD_IS_OPEN)) || traits & RECORD_HAS_FD);
    }
}
