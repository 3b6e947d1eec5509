// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <jansson.h>
#include <linux/futex.h>
#include <sched.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "base/strbuf.h"
#include "sandbox/bundle.h"

enum { IDS = 65536, CPU_PERIOD_US = 100'000, OPEN_FILES = 4096 };

static const char *const ALLOWED_CALLS[] = {
#define ALLOWED(name) #name,
#define DENIED(name)
#include "sandbox/call.def"
#undef ALLOWED
#undef DENIED
};
static const char *const DENIED_CALLS[] = {
#define ALLOWED(name)
#define DENIED(name) #name,
#include "sandbox/call.def"
#undef ALLOWED
#undef DENIED
};
/* These go to the pace of the jail's clocks where it has one. */
static const char *const PACED_CALLS[] = {
#define PACED(name) #name,
#include "sandbox/pace.def"
#undef PACED
};
/*
 * What root of an image needs to become a service's user and to open its port. They hold for the jail's own user namespace only.
 */
static const char *const CAPABILITIES[] = {"CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER", "CAP_FSETID", "CAP_KILL", "CAP_SETGID", "CAP_SETUID",
                                           "CAP_NET_BIND_SERVICE"};
static const char *const MASKED[] = {"/proc/acpi", "/proc/asound", "/proc/kcore", "/proc/keys", "/proc/key-users", "/proc/latency_stats", "/proc/timer_list",
                                     "/proc/sched_debug", "/proc/scsi", "/proc/interrupts", "/proc/kallsyms", "/proc/modules", "/proc/config.gz"};
static const char *const READONLY[] = {"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"};

static json_t *list(const char *const *v, size_t n)
{
    json_t *a = json_array();
    for (size_t i = 0; i < n; i++)
        (void)json_array_append_new(a, json_string(v[i]));
    return a;
}

/* Words of the image may hold anything; what is no UTF-8 cannot stand in JSON and is left out byte by byte. */
static json_t *word(struct str s)
{
    json_t *j = json_stringn(s.p ? s.p : "", s.n);
    struct strbuf b = {};
    for (size_t i = 0; !j && i < s.n; i++)
        if ((unsigned char)s.p[i] < 0x80)
            strbuf_addc(&b, s.p[i]);
    if (!j)
        j = json_stringn(b.p ? b.p : "", b.n);
    strbuf_done(&b);
    return j;
}

static json_t *words(const struct str *v, size_t n)
{
    json_t *a = json_array();
    for (size_t i = 0; i < n; i++)
        (void)json_array_append_new(a, word(v[i]));
    return a;
}

static json_t *process(const struct bundle *b)
{
    json_t *groups = json_array(), *capabilities = json_object();
    static const char *const SETS[] = {"bounding", "effective", "permitted"};
    for (size_t i = 0; i < b->account.n_groups; i++)
        (void)json_array_append_new(groups, json_integer(b->account.groups[i]));
    for (size_t i = 0; i < ARRAY_SIZE(SETS); i++)
        (void)json_object_set_new(capabilities, SETS[i], list(CAPABILITIES, ARRAY_SIZE(CAPABILITIES)));
    return json_pack("{s:b, s:{s:i, s:i, s:o}, s:o, s:o, s:o, s:o, s:b, s:[{s:s, s:i, s:i}, {s:s, s:i, s:i}]}", "terminal", 0, "user", "uid",
                     (int)b->account.uid, "gid", (int)b->account.gid, "additionalGids", groups, "args", words(b->args, b->n_args), "env",
                     words(b->env, b->n_env), "cwd", word(b->workdir.n ? b->workdir : STR("/")), "capabilities", capabilities, "noNewPrivileges",
                     1, "rlimits", "type", "RLIMIT_CORE", "soft", 0, "hard", 0, "type", "RLIMIT_NOFILE", "soft", OPEN_FILES, "hard", OPEN_FILES);
}

static json_t *mount_of(const char *to, const char *type, const char *from, const char *const *options, size_t n)
{
    return json_pack("{s:s, s:s, s:s, s:o}", "destination", to, "type", type, "source", from, "options", list(options, n));
}
#define MOUNT(to, type, from, ...)                                                                     \
    mount_of(to, type, from, (const char *const[]){__VA_ARGS__},                                       \
             sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *))

static json_t *mounts(const struct bundle *b)
{
    json_t *a = json_array();
    (void)json_array_append_new(a, MOUNT("/proc", "proc", "proc", "nosuid", "noexec", "nodev"));
    (void)json_array_append_new(a, MOUNT("/dev", "tmpfs", "tmpfs", "nosuid", "strictatime", "mode=755", "size=65536k"));
    (void)json_array_append_new(a, MOUNT("/dev/pts", "devpts", "devpts", "nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"));
    (void)json_array_append_new(a, MOUNT("/dev/shm", "tmpfs", "shm", "nosuid", "nodev", "mode=1777", "size=65536k"));
    for (size_t i = 0; i < b->n_mounts; i++)
        (void)json_array_append_new(a, MOUNT(b->mounts[i].to, "bind", b->mounts[i].from, "rbind", "ro", "nosuid", "nodev"));
    return a;
}

static json_t *call_rule(const char *name, const char *action, int code, json_t *args)
{
    json_t *rule = json_pack("{s:[s], s:s}", "names", name, "action", action);
    if (code)
        (void)json_object_set_new(rule, "errnoRet", json_integer(code));
    if (args)
        (void)json_object_set_new(rule, "args", args);
    return rule;
}

static json_t *argument(unsigned index, uint64_t value, uint64_t value_two, const char *op)
{
    return json_pack("{s:i, s:I, s:I, s:s}", "index", (int)index, "value", (json_int_t)value, "valueTwo", (json_int_t)value_two, "op", op);
}

static bool is_paced(const char *name)
{
    for (size_t i = 0; i < ARRAY_SIZE(PACED_CALLS); i++)
        if (!strcmp(PACED_CALLS[i], name))
            return true;
    return false;
}

static json_t *op_is(int op)
{
    return argument(1, FUTEX_CMD_MASK & 0xffffffff, (uint64_t)op, "SCMP_CMP_MASKED_EQ");
}

/* Of futex(2) only waits with an end go to the pace; the others are what threads live by, and many. */
static void add_paced(json_t *calls)
{
    for (size_t i = 0; i < ARRAY_SIZE(PACED_CALLS); i++)
        if (strcmp(PACED_CALLS[i], "futex") != 0)
            (void)json_array_append_new(calls, call_rule(PACED_CALLS[i], "SCMP_ACT_NOTIFY", 0, NULL));
    for (int op = 0; op <= FUTEX_LOCK_PI2; op++)
        if (op != FUTEX_WAIT && op != FUTEX_WAIT_BITSET) {
            (void)json_array_append_new(calls, call_rule("futex", "SCMP_ACT_ALLOW", 0, json_pack("[o]", op_is(op))));
        } else {
            (void)json_array_append_new(calls, call_rule("futex", "SCMP_ACT_ALLOW", 0, json_pack("[o, o]", op_is(op), argument(3, 0, 0, "SCMP_CMP_EQ"))));
            (void)json_array_append_new(calls, call_rule("futex", "SCMP_ACT_NOTIFY", 0, json_pack("[o, o]", op_is(op), argument(3, 0, 0, "SCMP_CMP_NE"))));
        }
}

static json_t *allowed(bool has_pace)
{
    json_t *a = json_array();
    for (size_t i = 0; i < ARRAY_SIZE(ALLOWED_CALLS); i++)
        if (!has_pace || !is_paced(ALLOWED_CALLS[i]))
            (void)json_array_append_new(a, json_string(ALLOWED_CALLS[i]));
    return a;
}

/* Pipes with a name, sockets and files are made by it as well as devices; scripts and supervisors of services live by pipes. */
static void add_mknod(json_t *calls)
{
    static const struct {
        const char *name;
        unsigned mode; /* which argument it is */
    } CALLS[] = {{"mknod", 1}, {"mknodat", 2}};
    static const mode_t HARMLESS[] = {0, S_IFREG, S_IFIFO, S_IFSOCK}, DEVICES[] = {S_IFCHR, S_IFBLK};
    for (size_t i = 0; i < ARRAY_SIZE(CALLS); i++) {
        for (size_t k = 0; k < ARRAY_SIZE(HARMLESS); k++)
            (void)json_array_append_new(calls, call_rule(CALLS[i].name, "SCMP_ACT_ALLOW", 0,
                                                         json_pack("[o]", argument(CALLS[i].mode, S_IFMT, HARMLESS[k], "SCMP_CMP_MASKED_EQ"))));
        for (size_t k = 0; k < ARRAY_SIZE(DEVICES); k++)
            (void)json_array_append_new(calls, call_rule(CALLS[i].name, "SCMP_ACT_ERRNO", EPERM,
                                                         json_pack("[o]", argument(CALLS[i].mode, S_IFMT, DEVICES[k], "SCMP_CMP_MASKED_EQ"))));
    }
}

static json_t *seccomp(const char *pace)
{
    const uint64_t spaces = CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET;
    static const int FAMILIES[] = {AF_UNIX, AF_INET, AF_INET6};
    json_t *calls = json_array();
    (void)json_array_append_new(calls, json_pack("{s:o, s:s}", "names", allowed(pace != NULL), "action", "SCMP_ACT_ALLOW"));
    (void)json_array_append_new(calls, json_pack("{s:o, s:s, s:i}", "names", list(DENIED_CALLS, ARRAY_SIZE(DENIED_CALLS)), "action", "SCMP_ACT_ERRNO",
                                                 "errnoRet", EPERM));
    (void)json_array_append_new(calls, call_rule("clone", "SCMP_ACT_ALLOW", 0, json_pack("[o]", argument(0, spaces, 0, "SCMP_CMP_MASKED_EQ"))));
    for (size_t i = 0; i < ARRAY_SIZE(FAMILIES); i++)
        (void)json_array_append_new(calls, call_rule("socket", "SCMP_ACT_ALLOW", 0, json_pack("[o]", argument(0, (uint64_t)FAMILIES[i], 0, "SCMP_CMP_EQ"))));
    /* which addresses and routes there are: the C library asks for it */
    (void)json_array_append_new(calls, call_rule("socket", "SCMP_ACT_ALLOW", 0,
                                                 json_pack("[o, o]", argument(0, AF_NETLINK, 0, "SCMP_CMP_EQ"), argument(2, 0, 0, "SCMP_CMP_EQ"))));
    add_mknod(calls);
    if (pace)
        add_paced(calls);
    return json_pack("{s:s, s:i, s:[s, s], s:o, s:s*}", "defaultAction", "SCMP_ACT_ERRNO", "defaultErrnoRet", ENOSYS, "architectures",
#ifdef __x86_64__
                     "SCMP_ARCH_X86_64", "SCMP_ARCH_X86",
#else
                     "SCMP_ARCH_AARCH64", "SCMP_ARCH_ARM",
#endif
                     "syscalls", calls, "listenerPath", pace);
}

static json_t *linux_part(const struct bundle *b)
{
    static const char *const SPACES[] = {"pid", "ipc", "uts", "mount", "user", "cgroup"};
    json_t *spaces = json_array();
    for (size_t i = 0; i < ARRAY_SIZE(SPACES); i++)
        (void)json_array_append_new(spaces, json_pack("{s:s}", "type", SPACES[i]));
    (void)json_array_append_new(spaces, json_pack("{s:s, s:s}", "type", "network", "path", b->network));
    json_t *ids = json_pack("[{s:i, s:I, s:i}]", "containerID", 0, "hostID", (json_int_t)b->owner, "size", IDS);
    json_t *resources = json_pack("{s:[{s:b, s:s}], s:{s:I}, s:{s:i}, s:{s:I, s:i}}", "devices", "allow", 0, "access", "rwm", "memory", "limit",
                                  (json_int_t)b->memory, "pids", "limit", (int)b->pids, "cpu", "quota",
                                  (json_int_t)b->cpu_percent * CPU_PERIOD_US / 100, "period", CPU_PERIOD_US);
    return json_pack("{s:o, s:O, s:o, s:s#, s:o, s:o, s:o, s:o}", "namespaces", spaces, "uidMappings", ids, "gidMappings", ids, "cgroupsPath", b->cgroup.p,
                     (int)b->cgroup.n, "resources", resources, "seccomp", seccomp(b->pace), "maskedPaths", list(MASKED, ARRAY_SIZE(MASKED)), "readonlyPaths",
                     list(READONLY, ARRAY_SIZE(READONLY)));
}

int bundle_write(const struct bundle *b, const char *folder, struct error *err)
{
    struct strbuf path = {};
    strbuf_printf(&path, "%s/config.json", folder);
    json_t *j = json_pack("{s:s, s:{s:s, s:b}, s:s, s:o, s:o, s:o}", "ociVersion", "1.0.2", "root", "path", b->root, "readonly", 0, "hostname", b->hostname,
                          "process", process(b), "mounts", mounts(b), "linux", linux_part(b));
    errno = 0;
    const int r = j && !json_dump_file(j, path.p, 0) ? 0 : error_errno(err, errno ? -errno : -EINVAL, "%s cannot be written", path.p);
    strbuf_done(&path);
    json_decref(j);
    return r;
}
