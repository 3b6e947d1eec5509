// SPDX-License-Identifier: Apache-2.0
#include "event/field.h"
#include "harness/test.h"

TEST(names_lead_to_fields)
{
    CHECK_INT(field_from(STR("file.path")), F_FILE_PATH);
    CHECK_INT(field_from(STR("proc.aname")), F_PROC_ANAME);
    CHECK_INT(field_from(STR("file.pth")), FIELD__INVALID);
    CHECK_CSTR(field_nearest(STR("proc.nmae")), "proc.name");
    CHECK(!field_nearest(STR("entirely.different.thing")));
}

TEST(every_field_has_a_sentence_and_one_name)
{
    for (int i = 0; i < FIELD__N; i++) {
        CHECK_INT(field_from(str_from(FIELDS[i].name)), i);
        CHECK(FIELDS[i].sources);
        if (!FIELDS[i].help[0])
            test_fail(__FILE__, __LINE__, "%s has no sentence", FIELDS[i].name);
    }
}

TEST(event_types)
{
    CHECK_INT(event_type_from(STR("openat2")), EVENT_OPENAT2);
    CHECK_INT(event_type_source(EVENT_OPENAT2), SOURCE_SYSCALL);
    CHECK_INT(event_type_source(EVENT_ACCOUNT), SOURCE_SCAN);
    CHECK_INT(event_type_from(STR("nothing")), EVENT__INVALID);
    CHECK_INT(event_source_from(STR("scan")), SOURCE_SCAN);
    CHECK_INT(event_source_from(STR("aws_cloudtrail")), SOURCE_CLOUDTRAIL);
    CHECK(event_source_gives(SOURCE_CLOUDTRAIL, EVENT_CLOUDTRAIL) && event_source_gives(SOURCE_LOG, EVENT_CLOUDTRAIL));
    CHECK(!event_source_gives(SOURCE_CLOUDTRAIL, EVENT_LOG) && !event_source_gives(SOURCE_LOG, EVENT_FILE));
    CHECK(!event_source_gives(SOURCE_SYSCALL, EVENT_AUTH) && event_source_is_log(SOURCE_AUTH) && !event_source_is_log(SOURCE_SCAN));
    for (unsigned k = 0; k < SOURCE__N; k++) {
        uint64_t types[EVENT_WORDS];
        event_source_types((enum event_source)k, types);
        for (unsigned t = 0; t < EVENT__N; t++)
            CHECK((types[t / 64] >> t % 64 & 1) == event_source_gives((enum event_source)k, (enum event_type)t));
    }
    CHECK_INT(event_source_from(STR("okta")), SOURCE_OKTA);
    CHECK(event_source_from(STR("nobody")) < 0);
}
