// SPDX-License-Identifier: Apache-2.0
/*
 * What records of logs add up to (log/state.h), from one run to the next: beside the file that --state names, with .logs behind its
 * name. And what machines cost, from the table of prices.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>

#include "base/file.h"
#include "base/intl.h"
#include "cmd/logs.h"

static double machine_price(void *ctx, struct str type)
{
    const struct prices *p = ctx;
    char id[64];
    (void)snprintf(id, sizeof(id), "%.*s", STR_ARG(str_sub(type, 0, sizeof(id) - 1)));
    const struct price *row = prices_find(p, PRICE_MACHINE, id);
    return row ? row->high : 0;
}

static void load_prices(struct logs_reading *r)
{
    struct strbuf path = {};
    struct error err = ERROR_NULL;
    strbuf_printf(&path, "%s/rules/intel/prices.toml", cmd_data_dir());
    if (prices_load(&r->table, path.p, &err) < 0)
        cmd_error(r->options->watch.program, "%s", err.text);
    const struct price *vcpu = prices_find(&r->table, PRICE_VCPU_HOUR, NULL);
    r->prices = (struct log_prices){.machine = machine_price, .ctx = &r->table, .vcpu = vcpu ? vcpu->high : 0};
    strbuf_done(&path);
}

static bool is_asked_for(const struct ruleset *rs)
{
    for (size_t i = 0; i < ruleset_count(rs); i++) {
        const struct rule *rule = ruleset_get(rs, i);
        for (size_t k = 0; rule->enabled && k < rule->n_fields; k++)
            if (rule->fields[k] >= F_LOGIN_ACTION && rule->fields[k] <= F_GAP_RECORDS) /* field_log_state.def, first to last */
                return true;
    }
    return false;
}

void logs_state_open(struct logs_reading *r, const struct ruleset *rs)
{
    struct strbuf path = {}, bytes = {};
    struct error err = ERROR_NULL;
    r->folder = -1;
    if (!r->options->watch.state && !r->options->follow && !is_asked_for(rs))
        return;
    r->state = log_state_new();
    load_prices(r);
    if (!r->options->watch.state)
        return;
    strbuf_printf(&path, "%s.logs", r->options->watch.state);
    const struct str dir = str_dirname(strbuf_str(&path));
    struct strbuf folder = {};
    strbuf_add(&folder, dir.n ? dir : STR("."));
    r->folder = open(folder.p, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    r->name = str_basename(strbuf_str(&path));
    r->name = str_from(xstrndup(r->name.p, r->name.n));
    if (access(path.p, F_OK) == 0 && (file_read(path.p, LOG_STATE_BYTES, &bytes, &err) < 0 || log_state_restore(r->state, strbuf_str(&bytes), &err) < 0))
        cmd_error(r->options->watch.program, "%s: %s; habits begin anew", path.p, err.text);
    strbuf_done(&folder);
    strbuf_done(&path);
    strbuf_done(&bytes);
}

static int write_all(int fd, struct str bytes)
{
    while (bytes.n) {
        const ssize_t n = write(fd, bytes.p, bytes.n);
        if (n < 0 && errno != EINTR)
            return -errno;
        bytes = str_sub(bytes, n < 0 ? 0 : (size_t)n, bytes.n);
    }
    return 0;
}

/* Beside the old one, and then in its place. */
static int keep(struct logs_reading *r)
{
    struct strbuf bytes = {}, beside = {};
    strbuf_printf(&beside, ".%.*s.new", STR_ARG(r->name));
    log_state_save(r->state, &bytes);
    const int fd = openat(r->folder, beside.p, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
    int e = fd < 0 ? -errno : write_all(fd, strbuf_str(&bytes));
    if (fd >= 0)
        (void)close(fd);
    if (!e && renameat(r->folder, beside.p, r->folder, r->name.p) < 0)
        e = -errno;
    strbuf_done(&bytes);
    strbuf_done(&beside);
    return e;
}

void logs_state_close(struct logs_reading *r)
{
    if (r->folder >= 0 && r->state) {
        const int e = keep(r);
        if (e)
            cmd_error(r->options->watch.program, "cannot write what logs add up to beside the state %s: %s", r->options->watch.state, error_words(e));
        (void)close(r->folder);
        r->folder = -1;
    }
    free((char *)r->name.p);
    r->name = STR_NULL;
    r->state = log_state_free(r->state);
    prices_done(&r->table);
}
