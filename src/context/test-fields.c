// SPDX-License-Identifier: Apache-2.0
/* Every field that a live event may have is given by one of the samples, and what it gives is of the type that was promised. */
#include "context/test-samples.h"
#include "harness/test.h"

/* Fields that nothing on Linux gives, or that Falco itself stopped to give; see field_live.def and container_field.h. */
static const char *const ABSENT[] = {
    "evt.pluginname", "evt.plugininfo", "evt.infra.", "proc.fdopencount", "proc.fdusage", "fdlist.", "k8s.rc.", "k8s.svc.", "k8s.rs.", "k8s.deployment.",
    "k8s.ns.id", "k8s.ns.label",
};

static bool is_absent(const char *name)
{
    for (size_t i = 0; i < sizeof(ABSENT) / sizeof(ABSENT[0]); i++)
        if (!strncmp(name, ABSENT[i], strlen(ABSENT[i])))
            return true;
    return false;
}

/* Arguments that suit some sample. */
static const struct {
    enum field_id id;
    const char *arg;
} ARGUMENTS[] = {
    {F_EVT_TYPE_IS, "openat"}, {F_EVT_ARG, "flags"}, {F_EVT_RAWARG, "flags"}, {F_EVT_ABSPATH, "src"}, {F_THREAD_CGROUP, "cpu"},
    {F_CONTAINER_MOUNT, "/etc"}, {F_CONTAINER_MOUNT_SOURCE, "/etc"}, {F_CONTAINER_MOUNT_DEST, "/etc"}, {F_CONTAINER_MOUNT_MODE, "/etc"},
    {F_CONTAINER_MOUNT_RDWR, "/etc"}, {F_CONTAINER_MOUNT_PROPAGATION, "/etc"}, {F_CONTAINER_LABEL, "app"}, {F_K8S_POD_LABEL, "tier"},
};

static struct field_ref sample_ref(enum field_id id)
{
    for (size_t i = 0; i < sizeof(ARGUMENTS) / sizeof(ARGUMENTS[0]); i++)
        if (ARGUMENTS[i].id == id)
            return (struct field_ref){.id = id, .has_arg = true, .arg = str_from(ARGUMENTS[i].arg)};
    return (struct field_ref){.id = id};
}

static bool is_number(enum value_type t)
{
    return t == VALUE_UINT || t == VALUE_PORT || t == VALUE_TIME || t == VALUE_DURATION;
}

static void check_type(enum field_id id, const struct value *v)
{
    const struct field *f = &FIELDS[id];
    if (v->type == VALUE_LIST) {
        if (!(f->flags & (FIELD_LIST | FIELD_ANY)))
            test_fail(__FILE__, __LINE__, "%s gives a list", f->name);
        for (size_t i = 0; i < v->list.n; i++)
            if (v->list.v[i].type != f->type)
                test_fail(__FILE__, __LINE__, "%s gives a list of %s", f->name, value_type_name(v->list.v[i].type));
        return;
    }
    if (v->type != f->type && f->type != VALUE_DYNAMIC && !(is_number(v->type) && is_number(f->type)))
        test_fail(__FILE__, __LINE__, "%s gives %s, not %s", f->name, value_type_name(v->type), value_type_name(f->type));
}

TEST(every_field_is_given_by_some_event)
{
    static bool is_given[FIELD__N];
    struct stream s;
    stream_init(&s, (struct context_options){.keep_env = true});
    for (size_t i = 0; i < N_SAMPLES; i++) {
        SAMPLES[i](&s);
        int r = stream_take(&s);
        CHECK(r >= 0);
        for (int id = 0; r && id < FIELD__N; id++) {
            struct value v = {};
            struct field_ref ref = sample_ref((enum field_id)id);
            if (!event_get(live_event(s.e), &ref, &v))
                continue;
            check_type((enum field_id)id, &v);
            is_given[id] = true;
        }
    }
    size_t n = 0;
    for (int id = 0; id < FIELD__N; id++) {
        if (!(FIELDS[id].sources & S_SYSCALL) || is_absent(FIELDS[id].name))
            continue;
        if (str_starts(str_from(FIELDS[id].name), STR("correlation."))) /* of what correlations find: rule/correlator.h */
            continue;
        if (!is_given[id])
            printf("# nothing gives %s\n", FIELDS[id].name);
        n += !is_given[id];
    }
    CHECK_INT(n, 0);
    stream_done(&s);
}

/* The fields that the stable, incubating and sandbox rules of falcosecurity/rules use, with the arguments that they use. */
static const char *const USED[] = {
    "evt.type", "proc.cmdline", "proc.name", "proc.pname", "proc.tty", "user.loginuid", "user.uid", "user.name", "proc.exepath", "evt.num", "fd.name",
    "container.id", "evt.arg.flags", "fd.typechar", "fd.num", "proc.aname[1]", "proc.aname[2]", "container.image.repository",
    "evt.is_open_write", "evt.res", "fd.l4proto", "fd.lport", "fd.rport", "fd.type", "proc.pcmdline", "evt.rawres", "fd.directory", "fd.net",
    "evt.is_open_read", "fd.ip", "proc.args", "proc.exe", "fd.connected", "fd.name_changed", "fd.snet", "fd.sport", "k8s.ns.name", "proc.vpid",
    "evt.arg.name", "evt.arg.newpath", "evt.arg.path", "fd.filename", "fd.sip", "proc.cwd", "container.privileged", "evt.arg.filename",
    "evt.arg.mode", "evt.arg.oldpath", "fd.sip.name", "container.start_ts", "evt.arg.request", "evt.args", "fd.cip.name", "group.gid", "group.name",
    "proc.env", "proc.pexepath", "proc.sname", "thread.cap_effective", "thread.cap_permitted", "user.loginname", "container.mount.dest[/etc]",
    "container.mounts", "evt.arg.cmd", "evt.arg.domain", "evt.arg.fd", "evt.arg.linkpath", "evt.arg.target", "evt.arg.uid", "evt.buffer",
    "evt.is_open_exec", "fd.cip", "fd.cnet", "fd.lip.name", "fd.nameraw", "fd.port", "fd.rip", "fd.rip.name", "fd.rnet", "fd.sockfamily",
    "k8s.pod.name", "proc.aexe[2]", "proc.aexepath[2]", "proc.duration", "proc.exe_ino.ctime", "proc.exe_ino.ctime_duration_proc_start",
    "proc.exe_ino.mtime", "proc.is_exe_from_memfd", "proc.is_exe_upper_layer", "proc.is_vpgid_leader", "proc.pexe",
};
enum { N_USED = sizeof(USED) / sizeof(USED[0]) };

TEST(every_field_of_falcos_rules_is_given)
{
    static bool is_given[N_USED];
    struct stream s;
    stream_init(&s, (struct context_options){.keep_env = true});
    for (size_t i = 0; i < N_SAMPLES; i++) {
        SAMPLES[i](&s);
        if (stream_take(&s) != 1)
            continue;
        for (size_t k = 0; k < N_USED; k++)
            is_given[k] |= !str_is(stream_ask(&s, USED[k]), "<NA>");
    }
    for (size_t k = 0; k < N_USED; k++)
        if (!is_given[k])
            test_fail(__FILE__, __LINE__, "nothing gives %s", USED[k]);
    stream_done(&s);
}

/* Rules are decided before an event comes (rule/prefilter.h): what a kind is said not to tell, no event of it may tell. */
TEST(no_event_tells_more_than_its_kind_promises)
{
    struct stream s;
    struct record_fd fd = sample_socket(RECORD_FD_CONNECTED);
    stream_init(&s, (struct context_options){});
    for (int t = 0; t < EVENT__N; t++) {
        int kind = record_kind_of((enum event_type)t);
        if (kind < 0)
            continue;
        const unsigned traits = record_kind_traits((enum event_type)t);
        if (t == EVENT_CONFIG_CHANGE) { /* an event is what differs */
            stream_begin(&s, kind, 20, 10, "x");
            stream_param(&s, 0, "/x");
            stream_text(&s, RECORD_TEXT, "was there");
            CHECK_INT(stream_take(&s), 0);
        }
        stream_begin(&s, kind, 20, 10, "x");
        stream_fd(&s, &fd, "");
        for (unsigned i = 0; i < RECORD_PARAMS_MAX; i++)
            stream_param(&s, i, "/x");
        CHECK_INT(stream_take(&s), 1);
        if (!(traits & RECORD_HAS_FD)) {
            CHECK_FIELD(&s, "fd.num", "<NA>");
            CHECK_FIELD(&s, "fd.name", "<NA>");
            CHECK_FIELD(&s, "fd.typechar", "<NA>");
            CHECK_FIELD(&s, "fd.sip", "<NA>");
            CHECK_FIELD(&s, "fd.connected", "<NA>");
        }
        if (!(traits & (RECORD_HAS_FD | RECORD_HAS_PATH)))
            CHECK_FIELD(&s, "fs.path.name", "<NA>");
        if (!(traits & RECORD_IS_OPEN)) {
            CHECK_FIELD(&s, "evt.is_open_read", "false");
            CHECK_FIELD(&s, "evt.is_open_write", "false");
            CHECK_FIELD(&s, "evt.is_open_create", "false");
        }
    }
    stream_done(&s);
}

TEST(a_message_of_the_domain_name_system)
{
    struct stream s;
    stream_init(&s, (struct context_options){});
    sample_dns(&s);
    CHECK_INT(stream_take(&s), 1);
    CHECK_FIELD(&s, "dns.question", "pool.example.org");
    CHECK_FIELD(&s, "dns.zones", "(pool.example.org,example.org,org)");
    CHECK_FIELD(&s, "dns.type", "A");
    CHECK_FIELD(&s, "dns.is_answer", "true");
    CHECK_FIELD(&s, "dns.rcode", "NOERROR");
    CHECK_FIELD(&s, "dns.answers", "(a.example.org,192.0.2.7,2001:db8::1,a b\\001\\127)");
    CHECK_FIELD(&s, "dns.ips", "(192.0.2.7,2001:db8::1)");
    stream_done(&s);
}

TEST(a_container_and_its_pod)
{
    struct stream s;
    stream_init(&s, (struct context_options){});
    sample_machine(&s);
    stream_take(&s);
    sample_container(&s);
    CHECK_INT(stream_take(&s), 1);
    CHECK_FIELD(&s, "evt.type", "container");
    CHECK_FIELD(&s, "evt.is_async", "true");
    CHECK_FIELD(&s, "container.name", "web");
    sample_program(&s);
    stream_take(&s);
    CHECK_FIELD(&s, "container.id", "6d5a178d9851");
    CHECK_FIELD(&s, "container.name", "web");
    CHECK_FIELD(&s, "container.image.repository", "quay.io/a/b");
    CHECK_FIELD(&s, "k8s.ns.name", "prod");
    CHECK_FIELD(&s, "fd.containername", "<NA>");
    sample_openat(&s);
    stream_take(&s);
    CHECK_FIELD(&s, "fd.containername", "6d5a178d9851:/tmp/x/y");
    CHECK_FIELD(&s, "proc.is_container_healthcheck", "false");
    sample_exec(&s, 30, 10, "curl", "/usr/bin/curl", "curl|-f|");
    stream_take(&s);
    CHECK_FIELD(&s, "proc.is_container_healthcheck", "true");
    CHECK_FIELD(&s, "proc.is_container_liveness_probe", "false");
    /* Moved out of its container by a record that has the other group's id alone. */
    stream_call(&s, EVENT_SETUID, 40, 10, "x")->cgroup = 9;
    stream_text(&s, RECORD_CGROUP, "/user.slice");
    stream_take(&s);
    stream_call(&s, EVENT_SETUID, 30, 10, "x")->cgroup = 9;
    stream_take(&s);
    CHECK_FIELD(&s, "container.id", "host");
    stream_done(&s);
}
