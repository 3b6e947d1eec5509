// SPDX-License-Identifier: Apache-2.0
#include <pthread.h>

#include "base/map.h"
#include "event/field.h"

const struct field FIELDS[FIELD__N] = {
#define FIELD(id, name, type, flags, sources, help) [F_##id] = {name, VALUE_##type, flags, sources, help},
#include "event/field.def"
#undef FIELD
};

static struct map by_name;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void index_names(void)
{
    for (int i = 0; i < FIELD__N; i++)
        map_put(&by_name, str_from(FIELDS[i].name), NULL)->u64 = (uint64_t)i;
}

enum field_family field_family(enum field_id id)
{
    static const struct {
        enum field_id first, last;
        enum field_family family;
    } RANGES[] = {{F_LOGIN_USER, F_LOGIN_IS_INVALID_USER, FAMILY_LOGIN}, {F_LOGIN_ACTION, F_LOGIN_TTY, FAMILY_LOGIN}, {F_SPEND_RATE, F_SPEND_COUNT, FAMILY_SPEND},
                  {F_VOLUME_PEER, F_VOLUME_GB, FAMILY_VOLUME},           {F_ZONE_NAME, F_ZONE_KNOWN_DAYS, FAMILY_ZONE}, {F_DNS_KNOWN_DAYS, F_DNS_IS_CONFLICT, FAMILY_NAMES},
                  {F_GAP_LENGTH, F_GAP_RECORDS, FAMILY_GAP},             {F_LOG_VALUE, F_LOG_VALUE, FAMILY_NAMED}};
    for (size_t i = 0; i < sizeof(RANGES) / sizeof(*RANGES); i++)
        if (id >= RANGES[i].first && id <= RANGES[i].last)
            return RANGES[i].family;
    return FAMILY_NONE;
}

enum field_brief field_brief(enum field_id id)
{
    static const enum field_id IDS[BRIEF__N] = {[BRIEF_NEW] = F_HABIT_NEW, [BRIEF_AT_ONCE] = F_HABIT_AT_ONCE, [BRIEF_BESIDE_PERSON] = F_HABIT_BESIDE_PERSON, [BRIEF_GAP] = F_GAP_MINUTES};
    int brief = BRIEF__N - 1;
    while (brief > BRIEF_NONE && IDS[brief] != id)
        brief--;
    return (enum field_brief)brief;
}

bool field_is_of_kind(enum field_id id)
{
    static const enum field_id IDS[] = {F_CT_NAME, F_CT_SRC, F_CT_SHORTSRC, F_CT_ERROR, F_CT_USER_IDENTITYTYPE, F_CLOUD_PROVIDER, F_CLOUD_SERVICE, F_CLOUD_ACTION,
                                        F_CLOUD_OUTCOME, F_CLOUD_ERROR, F_CLOUD_PRINCIPAL_TYPE, F_LOGIN_OUTCOME, F_LOGIN_METHOD, F_LOG_FORMAT};
    for (size_t i = 0; i < sizeof(IDS) / sizeof(*IDS); i++)
        if (IDS[i] == id)
            return true;
    return false;
}

enum field_id field_from(struct str name)
{
    (void)pthread_once(&once, index_names);
    struct map_entry *e = map_get(&by_name, name);
    return e ? (enum field_id)e->u64 : FIELD__INVALID;
}

const char *field_nearest(struct str name)
{
    size_t best = name.n < 6 ? 2 : 4;
    const char *nearest = NULL;
    for (int i = 0; i < FIELD__N; i++) {
        size_t d = str_distance(name, str_from(FIELDS[i].name), best);
        if (d < best) {
            best = d;
            nearest = FIELDS[i].name;
        }
    }
    return nearest;
}
