// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <sys/resource.h>
#include <sys/utsname.h>

#include "base/intl.h"
#include "cmd/watch_live.h"
#include "rule/prefilter.h"
#include "source/bpf/bpf.h"

enum { LOCKDOWN_MAX = 128 };

/* "integrity" or "confidentiality" when the kernel is locked down so, else "". */
static const char *lockdown(char buffer[LOCKDOWN_MAX])
{
    _cleanup_fclose_ FILE *f = fopen("/sys/kernel/security/lockdown", "re");
    char *begin = f && fgets(buffer, LOCKDOWN_MAX, f) ? strchr(buffer, '[') : NULL, *end = begin ? strchr(begin, ']') : NULL;
    if (!end)
        return "";
    *end = 0;
    return begin + 1;
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
    char buffer[LOCKDOWN_MAX];
    struct utsname u = {};
    struct rlimit memlock = {};
    (void)uname(&u);
    (void)getrlimit(RLIMIT_MEMLOCK, &memlock);
    cmd_error(o->program, "%s", err->text);
    if (geteuid() != 0)
        cmd_error(o->program, "watching needs root, or the capabilities BPF, PERFMON, SYS_PTRACE and DAC_READ_SEARCH; try: sudo davy watch");
    else if (is_older(&u, 5, 8))
        cmd_error(o->program, "this kernel is %s; watching needs 5.8 or later, which brought the ring buffer", u.release);
    else if (access("/sys/kernel/btf/vmlinux", R_OK) < 0)
        cmd_error(o->program, "this kernel tells nothing of its types: /sys/kernel/btf/vmlinux is not there; use one built with CONFIG_DEBUG_INFO_BTF, "
                              "as distributions build theirs");
    else if (!strcmp(lockdown(buffer), "confidentiality"))
        cmd_error(o->program, "the kernel is locked down to confidentiality, which forbids programs that read its memory; integrity would do "
                              "(lockdown=integrity on its command line)");
    else if (code == -EPERM && is_older(&u, 5, 11) && memlock.rlim_cur < o->buffer * 2 + (16U << 20))
        cmd_error(o->program, "the limit on locked memory is %llu bytes; raise it: ulimit -l unlimited, or LimitMEMLOCK=infinity in the unit",
                  (unsigned long long)memlock.rlim_cur);
    else if (code == -EPERM || code == -EACCES)
        cmd_error(o->program, "the process may not load programs into the kernel: it lacks the capabilities BPF, PERFMON and SYS_PTRACE, or a "
                              "filter of its container (seccomp) forbids bpf(2)");
}

int sensor_open(const struct watch_options *o, const struct ruleset *rs, struct source **ret)
{
    struct error err = ERROR_NULL;
    _cleanup_(filter_freep) struct filter *filter = prefilter_new(rs, NULL);
    int r = source_bpf_open(&(struct source_bpf_options){.filter = filter, .ring_bytes = o->buffer}, ret, &err);
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
