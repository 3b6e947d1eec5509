// SPDX-License-Identifier: Apache-2.0
/* user.*, group.*. A name that nobody told prints as Falco prints it: <NA>. */
#include "context/field_live.h"

static int give_name(struct value *ret, const struct name *name, struct str text)
{
    return give_str(ret, name && text.n ? text : STR("<NA>"));
}

int live_user_id(struct live_event *e, const struct field_ref *ref, struct value *ret)
{
    const struct record *r = e->record;
    if (!e->process)
        return 0;
    switch (ref->id) {
    case F_USER_UID:
        return give_uint(ret, r->uid);
    case F_USER_LOGINUID:
        return give_int(ret, (int32_t)r->loginuid == -1 ? -1 : (int64_t)r->loginuid);
    default:
        return give_uint(ret, r->gid);
    }
}

int live_user_name(struct live_event *e, const struct field_ref *ref, struct value *ret)
{
    const struct record *r = e->record;
    if (e->event.type == EVENT_AUTH && ref->id == F_USER_NAME) /* as the reader of logs has it */
        return live_login(e, &(struct field_ref){.id = F_LOGIN_USER}, ret);
    if (!e->process)
        return 0;
    if (ref->id == F_GROUP_NAME) {
        const struct name *group = live_group_name(e, r->gid);
        return give_name(ret, group, group ? group->name : STR_NULL);
    }
    const bool is_login = ref->id == F_USER_LOGINNAME;
    const struct name *user = is_login && r->loginuid == UINT32_MAX ? NULL : live_user(e, is_login ? r->loginuid : r->uid);
    return give_name(ret, user,
                     !user                           ? STR_NULL
                     : ref->id == F_USER_HOMEDIR ? user->home
                     : ref->id == F_USER_SHELL   ? user->shell
                                                     : user->name);
}
