// SPDX-License-Identifier: Apache-2.0
#include "log/said.h"

#include "base/cleanup.h"

struct str log_said_type(bool is_person)
{
    return is_person ? STR("user") : STR("service");
}

struct str log_without_port(struct str s)
{
    if (s.n && s.p[0] == '[') {
        const ptrdiff_t close = str_find(s, STR("]"), 0);
        return close > 0 ? str_sub(s, 1, (size_t)close) : s;
    }
    const ptrdiff_t colon = str_find(s, STR(":"), 0);
    return colon > 0 && str_find(s, STR(":"), (size_t)colon + 1) < 0 ? str_sub(s, 0, (size_t)colon) : s;
}

void log_said_set(struct log_record *r, const struct log_said *s)
{
    struct log_values *v = &r->values;
    const struct {
        enum field_id id;
        struct str text;
    } texts[] = {
        {F_CLOUD_PROVIDER, s->provider}, {F_CLOUD_ACCOUNT, s->account},  {F_CLOUD_REGION, s->region}, {F_CLOUD_SERVICE, s->service}, {F_CLOUD_ACTION, s->action}, {F_CLOUD_PRINCIPAL, s->principal},
        {F_CLOUD_PRINCIPAL_NAME, s->name}, {F_CLOUD_PRINCIPAL_TYPE, s->type}, {F_CLOUD_CALLER, s->ip}, {F_CLOUD_AGENT, s->agent}, {F_CLOUD_ID, s->id},
        {F_CLOUD_RESOURCE, s->resource}, {F_CLOUD_ERROR, s->error}, {F_CLOUD_ERROR_MESSAGE, s->error_message}, {F_CLOUD_KEY, s->key},
    };
    const struct str outcome = str_from(s->is_denied ? "denied" : s->is_failure ? "failure" : "success");
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
        log_set_str(v, texts[i].id, texts[i].text);
    log_set_ip(v, F_CLOUD_IP, s->ip);
    /* whoever comes without a token sits before a browser or an application */
    log_set_bool(v, F_CLOUD_IS_CONSOLE, s->is_person && !s->key.n);
    if (!s->is_open)
        log_set_str(v, F_CLOUD_OUTCOME, outcome);
    log_set_str(v, F_CLOUD_CATEGORY, str_from(s->is_login ? "login" : "management"));
    if (s->is_readonly)
        log_set_bool(v, F_CLOUD_IS_READONLY, true);
    if (!s->is_login || s->is_open)
        return;
    log_set_str(v, F_LOGIN_USER, s->principal);
    log_set_ip(v, F_LOGIN_IP, s->ip);
    log_set_str(v, F_LOGIN_OUTCOME, str_from(s->is_failure || s->is_denied ? "failure" : "success"));
    log_set_str(v, F_LOGIN_REASON, s->error);
}
