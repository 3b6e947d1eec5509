// SPDX-License-Identifier: Apache-2.0
#include <errno.h>

#include "base/json.h"
#include "fleet/description.h"
#include "fleet/fleet.h"

int fleet_description_read(struct str text, struct arena *a, struct fleet_description *ret, struct error *err)
{
    _cleanup_(json_decrefp) json_t *root = NULL;
    size_t wrong = 0;
    int r = json_parse(text, &root, err);
    if (r < 0)
        return error_wrap(err, -EBADMSG, "its description");
    if (json_is_true(json_object_get(root, "deleted")))
        return 1;
    const json_int_t size = json_integer_value(json_object_get(root, "size")), chunks = json_integer_value(json_object_get(root, "chunks"));
    *ret = (struct fleet_description){.id = json_get_str(root, "nuid", a, &wrong), .digest = json_get_str(root, "digest", a, &wrong),
                                      .size = (uint64_t)size, .chunks = (uint64_t)chunks};
    for (size_t i = 0; i < ret->id.n; i++) /* it becomes part of a subject */
        wrong += (unsigned char)ret->id.p[i] <= ' ' || strchr(".*>\x7f", ret->id.p[i]) != NULL;
    if (wrong || !ret->id.n || ret->id.n > FLEET_NAME_MAX || size < 0 || size > FLEET_OBJECT_MAX || chunks < 0 || chunks > size + 1)
        return error_set(err, -EBADMSG, "its description is damaged");
    return 0;
}
