// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <sys/resource.h>
#include <sys/utsname.h>

#include "base/file.h"
#include "base/intl.h"
#include "base/strbuf.h"
#include "cmd/watch_live.h"
#include "rule/prefilter.h"
#include "source/bpf/bpf.h"

enum { LOCKDOWN_MAX = 4096 };

/* The file names all modes, and the one that holds in brackets. */
static bool is_confidential(void)
{
    struct strbuf text = {};
    (void)file_read("/sys/kernel/security/lockdown", LOCKDOWN_MAX, &text, NULL);
    const bool is_so = str_has(strbuf_str(&text), STR("[confidentiality]"));
    strbuf_done(&text);
    return is_so;
}

static bool is_older(const struct utsname *u, unsigned major, unsigned minor)
{
    unsigned have_major, have_minor;
    return sscanf(u->release, "%u.%u", &have_major, &have_minor) == 2 &&
           (have_major < major || (have_major == major && have_minor < minor));
}

/* What stands in the way, and the way out of it, the likeliest first. */
static void say_why(const struct watch_options *o, int code, const struct error *err)
{
    struct utsname u = {};
    struct rlimit memlock = {};
    (void)uname(&u);
    (void)getrlimit(RLIMIT_MEMLOCK, &memlock);
    if (geteuid() != 0)
        cmd_error(o->program, "watching needs root, or the capabilities BPF, PERFMON, SYS_PTRACE and DAC_READ_SEARCH; try: sudo davy watch");
    cmd_error(o->program, "%s", err->text);
    if (geteuid() != 0)
        return;
    if (is_older(&u, 5, 8))
        cmd_error(o->program, "this kernel is %s; watching needs 5.8 or later, which brought the ring buffer", u.release);
    else if (access("/sys/kernel/btf/vmlinux", R_OK) < 0)
        cmd_error(o->program, "this kernel tells nothing of its types: /sys/kernel/btf/vmlinux is not there; use one built with CONFIG_DEBUG_INFO_BTF, "
                              "as distributions build theirs");
    else if (is_confidential())
        cmd_error(o->program, "the kernel is locked down to confidentiality, which forbids programs that read its memory; integrity would do "
                              "(lockdown=integrity on its command line)");
    else if (code == -EPERM && is_older(&u, 5, 11) && memlock.rlim_cur < o->buffer * 2 + (16U << 20))
        cmd_error(o->program, "the limit on locked memory is %llu bytes; raise it: ulimit -l unlimited, or LimitMEMLOCK=infinity in the unit",
                  (unsigned long long)memlock.rlim_cur);
    else if (code == -EPERM || code == -EACCES)
        cmd_error(o->program, "the process may not load programs into the kernel: it lacks the capabilities BPF, PERFMON and SYS_PTRACE, or a "
                              "filter of its container (seccomp) forbids bpf(2)");
}

/* The fields that show environments, as their names stand in conditions and outputs; macros show in `fields`. */
static bool reads_env(const struct rule *rule)
{
    static const char *const NAMES[] = {"proc.env", "proc.aenv", "evt.args", "evt.info", "evt.arg.env", "evt.arg[env]", "evt.arg[15]"};
    for (size_t i = 0; i < rule->n_fields; i++)
        if (rule->fields[i] == F_PROC_ENV || rule->fields[i] == F_PROC_AENV)
            return true;
    for (size_t i = 0; i < ARRAY_SIZE(NAMES); i++)
        if (str_has(rule->output, str_from(NAMES[i])) || str_has(rule->condition, str_from(NAMES[i])))
            return true;
    return false;
}

bool sensor_reads_env(const struct ruleset *rs)
{
    for (size_t i = 0; i < ruleset_count(rs); i++)
        if (ruleset_get(rs, i)->enabled && reads_env(ruleset_get(rs, i)))
            return true;
    return false;
}

bool sensor_reads_logins(const struct ruleset *rs)
{
    return ruleset_reads(rs, F_LOGIN_USER, F_LOGIN_IS_INVALID_USER);
}

bool sensor_reads_hidden(const struct ruleset *rs)
{
    return ruleset_reads(rs, F_HIDDEN_HOW, F_HIDDEN_HOW);
}

int sensor_open(const struct watch_options *o, const struct ruleset *rs, struct source **ret)
{
    struct error err = ERROR_NULL;
    _cleanup_(filter_freep) struct filter *filter = prefilter_new(rs, NULL);
    /* a capture holds them: other rules may be asked later */
    const struct source_bpf_options options = {
        .filter = filter, .ring_bytes = o->buffer, .no_env = !o->capture && !sensor_reads_env(rs)};
    int r = source_bpf_open(&options, ret, &err);
    if (r >= 0)
        return 0;
    say_why(o, r, &err);
    return EXIT_CANNOT;
}

int sensor_filter(struct source *s, const struct ruleset *rs, struct error *err)
{
    _cleanup_(filter_freep) struct filter *filter = prefilter_new(rs, NULL);
    return source_bpf_filter(s, filter, err);
}
