// SPDX-License-Identifier: Apache-2.0
#include "log/hint.h"

#include "base/cleanup.h"
#include "base/intl.h"

/* Bytes at the beginning of files that people have beside their logs. */
static const struct {
    struct str magic;
    const char *says;
} KINDS[] = {
    {STR("ORC"), N_("this is ORC, which is not read: have the log written as text or JSON, or query it with Athena and give the table of the answer")},
    {STR("Obj\x01"), N_("this is Avro, which is not read: have the log written as JSON, or convert it, as with avro-tools tojson FILE")},
    {STR("LPKSHHRH"), N_("this is a file of the journal, which is not read itself: journalctl --file FILE -o export | davy logs -")},
    {STR("ElfFile"), N_("this is a log of events of Windows, which is not read here")},
    {STR("SQLite format 3"), N_("this is a database of SQLite and no log")},
    {STR("\xd4\xc3\xb2\xa1"), N_("these are packets of a network, which are not read: davy logs reads records")},
    {STR("\xa1\xb2\xc3\xd4"), N_("these are packets of a network, which are not read: davy logs reads records")},
    {STR("\x0a\x0d\x0d\x0a"), N_("these are packets of a network, which are not read: davy logs reads records")},
    {STR("\xff\x06\0\0sNaPpY"), N_("this is packed with Snappy, which is not unpacked here: unpack it first, as with snzip -d")},
    {STR("bplist00"), N_("this is a property list of macOS and no log")},
    {STR("PK\x03\x04"), N_("this is an archive within an archive, which is not opened: unpack the outer one first")},
    {STR("7z\xbc\xaf\x27\x1c"), N_("this is an archive within an archive, which is not opened: unpack the outer one first")},
    {STR("\xfd" "7zXZ"), N_("this is packed within an archive by xz, which is not opened: unpack the outer one first")},
    {STR("BZh"), N_("this is packed within an archive by bzip2, which is not opened: unpack the outer one first")},
    {STR("Rar!"), N_("this is a RAR archive, which is not unpacked here: unpack it first")},
};

/* Nothing but zeros at the beginning: user 0 of lastlog(8) never came in, or room that was given beforehand. */
static bool is_zeros(struct str head)
{
    enum { LOOK = 64 };
    for (size_t i = 0; i < LOOK; i++)
        if (i >= head.n || head.p[i])
            return false;
    return true;
}

const char *log_hint(struct str head)
{
    for (size_t i = 0; i < ARRAY_SIZE(KINDS); i++)
        if (str_starts(head, KINDS[i].magic))
            return KINDS[i].says;
    if (is_zeros(head))
        return N_("this is lastlog or an empty file of fixed size: btmp and wtmp say who came in");
    return N_("nobody here knows the format of this file");
}
