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
    CHECK(event_source_from(STR("k8s_audit")) < 0);
}
