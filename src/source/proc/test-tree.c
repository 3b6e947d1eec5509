// SPDX-License-Identifier: Apache-2.0
/* A recorded tree: every field that a machine could give, from files the test writes. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "harness/test.h"
#include "source/proc/proc.h"

static char root[64];

static void put(const char *path, struct str content)
{
    char full[512];
    snprintf(full, sizeof(full), "%s%s", root, path);
    for (char *p = full + strlen(root) + 1; (p = strchr(p, '/')); p++) {
        *p = 0;
        (void)mkdir(full, 0755);
        *p = '/';
    }
    FILE *f = fopen(full, "w");
    CHECK(f);
    fwrite(content.p, 1, content.n, f);
    fclose(f);
}

static void put_link(const char *path, const char *target)
{
    char full[512];
    snprintf(full, sizeof(full), "%s%s", root, path);
    CHECK(symlink(target, full) == 0);
}

static void begin(void)
{
    strcpy(root, "/tmp/davy-test-tree-XXXXXX");
    CHECK(mkdtemp(root));
    put("/proc/uptime", STR("1000.00 1.00\n"));
}

static void end(void)
{
    char command[128];
    snprintf(command, sizeof(command), "rm -rf '%s'", root);
    CHECK(system(command) == 0);
}

static bool list_has(const struct facts *f, enum field_id id, const char *text)
{
    const struct value *v = facts_get(f, id);
    for (size_t i = 0; v->type == VALUE_LIST && i < v->list.n; i++)
        if (str_is(v->list.v[i].s, text))
            return true;
    return false;
}
static bool list_has_uint(const struct facts *f, enum field_id id, uint64_t u)
{
    const struct value *v = facts_get(f, id);
    for (size_t i = 0; v->type == VALUE_LIST && i < v->list.n; i++)
        if (v->list.v[i].u == u)
            return true;
    return false;
}

static struct proc_source *open_tree(int64_t pid)
{
    struct proc_source *ps = NULL;
    struct error err = {};
    if (proc_source_new(&(struct proc_options){.root = root, .pid = pid}, &ps, &err) < 0)
        test_fail(__FILE__, __LINE__, "%s", err.text);
    return ps;
}

static void put_processes(void)
{
    put("/etc/passwd", STR("root:x:0:0::/root:/bin/bash\nweb:x:33:33:w:/var/www:/usr/sbin/nologin\n"));
    put("/etc/group", STR("root:x:0:\nweb:x:33:\n"));
    put("/proc/1/stat", STR("1 (init) S 0 1 1 0 -1 4194560 0 0 0 0 10 20 0 0 20 0 1 0 5 100 1\n"));
    put("/proc/1/cmdline", STR("/sbin/init\0splash\0"));
    put("/proc/1/status", STR("Name:\tinit\nTgid:\t1\nUid:\t0\t0\t0\t0\nGid:\t0\t0\t0\t0\nVmSize:\t10 kB\n"));
    put("/proc/1/environ", STR(""));
    put("/proc/2/stat", STR("2 (kthreadd) S 0 0 0 0 -1 2129984 0 0 0 0 0 0 0 0 20 0 1 0 5 0 0\n"));
    put("/proc/2/cmdline", STR(""));
    put("/proc/40/stat",
        STR("40 (kdevtmpfsi) R 1 40 1 0 -1 4194560 0 0 0 0 90000 1000 0 0 20 0 2 0 10000 100 1\n"));
    put("/proc/40/cmdline", STR("/tmp/kdevtmpfsi\0-o\0pool.example:3333\0"));
    put("/proc/40/status",
        STR("Name:\tkdevtmpfsi\nTgid:\t40\nUid:\t33\t33\t33\t33\nGid:\t33\t33\t33\t33\n"
            "VmSize:\t  2400000 kB\nVmRSS:\t 2300000 kB\nVmSwap:\t 5 kB\nRssAnon:\t2200000 kB\n"
            "HugetlbPages:\t 2048 "
            "kB\nCapPrm:\t0000000000003000\nCapInh:\t0000000000000000\nCapEff:\t0000000000000001\n"));
    put("/proc/40/smaps_rollup", STR("0-1 ---p 0 0:0 0 [rollup]\nAnonHugePages:\t 4096 kB\n"));
    put("/proc/40/loginuid", STR("4294967295"));
    put("/proc/40/cgroup", STR("0::/user.slice\n"));
    put("/proc/40/maps", STR("10000-90000 rw-p 0 00:00 0 \n"
                             "a0000-a1000 rwxp 0 00:00 0 \n"
                             "b0000-b1000 r-xp 0 fe:00 9 /tmp/kdevtmpfsi (deleted)\n"
                             "c0000-c1000 r-xp 0 fe:00 8 /tmp/lib.so (deleted)\n"));
    put("/proc/40/environ", STR("PATH=/bin\0TOKEN=s3cret\0LD_PRELOAD=/tmp/a.so:/tmp/b.so\0nonsense\0"));
    put("/proc/40/task/40/stat", STR("40 (x) R 1 40 1 0 -1 0 0 0 0 0 80000 0 0 0 20 0 2 0 10 1 1\n"));
    put("/proc/40/task/40/status", STR("Cpus_allowed_list:\t0\n"));
    put("/proc/40/task/41/stat", STR("41 (x) S 1 40 1 0 -1 0 0 0 0 0 11000 0 0 0 20 0 2 0 10 1 1\n"));
    put("/proc/40/task/41/status", STR("Cpus_allowed_list:\t0-1\n"));
    put("/proc/40/fd/.keep", STR(""));
    put_link("/proc/40/fd/3", "socket:[100]");
    put_link("/proc/40/fd/4", "socket:[101]");
    put_link("/proc/40/fd/5", "/dev/cpu/0/msr");
    put_link("/proc/40/fd/6", "socket:[102]");
    put("/proc/40/net/tcp", STR("h\n 0: 00000000:18EB 00000000:0000 0A 0:0 0:0 0 33 0 100 1\n"
                                " 1: 0200000A:9000 08080808:0D05 01 0:0 0:0 0 33 0 101 1\n"
                                " 2: 0100007F:0050 00000000:0000 0A 0:0 0:0 0 33 0 102 1\n"
                                " 3: 0100007F:0051 00000000:0000 0A 0:0 0:0 0 33 0 999 1\n"));
    put_link("/proc/40/exe", "/tmp/kdevtmpfsi (deleted)");
    put_link("/proc/40/cwd", "/tmp");
    put("/tmp/kdevtmpfsi", STR("other bytes, DAVY TEST IMITATION"));
}

TEST(every_field_of_a_process)
{
    struct facts f;
    begin();
    put_processes();
    struct proc_source *ps = open_tree(40);
    facts_init(&f);
    CHECK_INT(proc_source_next(ps, &f), 0);
    CHECK(f.event.type == EVENT_PROCESS);
    CHECK_STR(facts_get_str(&f, F_PROC_NAME), "kdevtmpfsi");
    CHECK_STR(facts_get_str(&f, F_PROC_CMDLINE), "kdevtmpfsi -o pool.example:3333");
    CHECK_STR(facts_get_str(&f, F_PROC_EXE), "/tmp/kdevtmpfsi");
    CHECK_STR(facts_get_str(&f, F_PROC_EXEPATH), "/tmp/kdevtmpfsi");
    CHECK_STR(facts_get_str(&f, F_PROC_CWD), "/tmp");
    CHECK_STR(facts_get_str(&f, F_PROC_PNAME), "init");
    CHECK_STR(facts_get_str(&f, F_PROC_PCMDLINE), "init splash");
    CHECK_STR(facts_get_str(&f, F_PROC_SNAME), "init");
    CHECK_INT(facts_get(&f, F_PROC_ANAME)->list.n, 1);
    CHECK_STR(facts_get(&f, F_PROC_ANAME)->list.v[0].s, "init");
    CHECK_STR(facts_get_str(&f, F_USER_NAME), "web");
    CHECK_STR(facts_get_str(&f, F_USER_SHELL), "/usr/sbin/nologin");
    CHECK_STR(facts_get_str(&f, F_GROUP_NAME), "web");
    CHECK_INT(facts_get(&f, F_USER_LOGINUID)->i, -1);
    CHECK_STR(facts_get_str(&f, F_CONTAINER_ID), "host");
    CHECK_STR(facts_get_str(&f, F_THREAD_CAP_PERMITTED), "CAP_NET_ADMIN CAP_NET_RAW");
    CHECK_STR(facts_get_str(&f, F_THREAD_CAP_EFFECTIVE), "CAP_CHOWN");
    CHECK_INT(facts_get(&f, F_PROC_VMSIZE)->u, 2400000);
    CHECK_INT(facts_get(&f, F_PROC_VMRSS)->u, 2300000);
    CHECK_INT(facts_get(&f, F_PROC_VMSWAP)->u, 5);
    CHECK_INT(facts_get(&f, F_PROC_HUGEPAGES)->u, 6144 << 10);
    CHECK_INT(facts_get(&f, F_PROC_MEM_LARGEST)->u, 0x80000);
    CHECK_INT(facts_get(&f, F_PROC_MAPS_RWX)->u, 1);
    CHECK_INT(facts_get(&f, F_PROC_MAPS_DELETED)->list.n, 1);
    CHECK(list_has(&f, F_PROC_MAPS_DELETED, "/tmp/lib.so"));
    CHECK(facts_get(&f, F_PROC_CPU_SECONDS)->d == 910);
    CHECK(facts_get(&f, F_PROC_CPU_PERCENT)->d > 101 && facts_get(&f, F_PROC_CPU_PERCENT)->d < 102);
    CHECK_INT(facts_get(&f, F_PROC_DURATION)->u, 900000000000);
    CHECK_INT(facts_get(&f, F_PROC_THREADS_BUSY)->u, 1);
    if (sysconf(_SC_NPROCESSORS_ONLN) > 1)
        CHECK_INT(facts_get(&f, F_PROC_THREADS_PINNED)->u, 1);
    CHECK(facts_get(&f, F_PROC_EXE_DELETED)->b && facts_get(&f, F_PROC_EXE_REPLACED)->b);
    CHECK(!facts_get(&f, F_PROC_IS_EXE_FROM_MEMFD)->b && !facts_get(&f, F_PROC_IS_KTHREAD)->b);
    CHECK(facts_get(&f, F_PROC_LOOKS_KTHREAD)->b && facts_get(&f, F_PROC_MSR_OPEN)->b);
    CHECK(list_has(&f, F_PROC_LISTEN, "0.0.0.0:6379/tcp") && list_has(&f, F_PROC_LISTEN, "127.0.0.1:80/tcp"));
    CHECK_INT(facts_get(&f, F_PROC_LISTEN_PORTS)->list.n, 2);
    CHECK_INT(facts_get(&f, F_PROC_LISTEN_OPEN_PORTS)->list.n, 1);
    CHECK(list_has_uint(&f, F_PROC_LISTEN_OPEN_PORTS, 6379));
    CHECK(list_has(&f, F_PROC_PEERS, "8.8.8.8:3333/tcp") && list_has_uint(&f, F_PROC_PEERS_PORTS, 3333));
    CHECK(list_has(&f, F_PROC_PRELOAD, "/tmp/a.so") && list_has(&f, F_PROC_PRELOAD, "/tmp/b.so"));
    CHECK_STR(facts_get_str(&f, F_PROC_ENV), "PATH TOKEN LD_PRELOAD=/tmp/a.so:/tmp/b.so");
    CHECK_INT(proc_source_next(ps, &f), 1);
    facts_done(&f);
    proc_source_free(ps);
    end();
}

TEST(all_processes_and_kernel_threads)
{
    struct facts f;
    int n = 0, kernel = 0;
    begin();
    put_processes();
    put("/proc/77/cmdline", STR("gone")); /* a process that ended between listing and reading */
    struct proc_source *ps = open_tree(0);
    facts_init(&f);
    while (proc_source_next(ps, &f) == 0) {
        n++;
        kernel += facts_get(&f, F_PROC_IS_KTHREAD)->b;
        CHECK(facts_get(&f, F_PROC_PID)->i != 77);
        if (facts_get(&f, F_PROC_PID)->i == 1)
            CHECK_INT(facts_get(&f, F_PROC_NCHILDS)->u, 1);
    }
    CHECK_INT(n, 3);
    CHECK_INT(kernel, 1);
    facts_done(&f);
    proc_source_free(ps);
    end();
}

TEST(the_host)
{
    struct facts f;
    begin();
    put_processes();
    put("/etc/os-release", STR("NAME=x\nPRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\n"));
    put("/proc/sys/kernel/hostname", STR("ecs-1\n"));
    put("/proc/sys/vm/nr_hugepages", STR("1280\n"));
    put("/proc/sys/kernel/tainted", STR("12288\n"));
    put("/sys/module/msr/parameters/allow_writes", STR("on\n"));
    put("/sys/class/dmi/id/chassis_asset_tag", STR("HUAWEICLOUD\n"));
    put("/proc/net/route", STR("Iface x y z\n*\t0A0200C0\t00000000\t0001\t0\t0\t0\tFFFFFFFF\t0\t0\t0\n"));
    put("/etc/ld.so.preload", STR("# none\n/usr/lib/a.so /usr/lib/b.so:/c.so # d\n"));
    put("/etc/systemd/system/hostguard.service", STR("[Unit]\n"));
    put("/CloudrResetPwdAgent/bin/cloudResetPwdAgent.script", STR("#!/bin/sh\n"));
    put("/usr/local/uniagent/conf", STR(""));
    put("/proc/60/stat", STR("60 (uniagentd) S 1 60 1 0 -1 4194560 0 0 0 0 1 1 0 0 20 0 1 0 10000 100 1\n"));
    struct proc_source *ps = open_tree(0);
    facts_init(&f);
    proc_source_host(ps, &f);
    CHECK(f.event.type == EVENT_HOST);
    CHECK_STR(facts_get_str(&f, F_HOST_NAME), "ecs-1");
    CHECK_STR(facts_get_str(&f, F_HOST_OS), "Debian GNU/Linux 12 (bookworm)");
    CHECK_STR(facts_get_str(&f, F_HOST_PROVIDER), "huawei");
    CHECK_INT(facts_get(&f, F_HOST_HUGEPAGES)->u, 1280);
    CHECK_INT(facts_get(&f, F_HOST_TAINT)->u, 12288);
    CHECK(facts_get(&f, F_HOST_MSR_WRITES)->b);
    CHECK_INT(facts_get(&f, F_HOST_ROUTES_BLACKHOLE)->u, 1);
    CHECK_INT(facts_get(&f, F_HOST_PRELOAD)->list.n, 3);
    CHECK(list_has(&f, F_HOST_PRELOAD, "/c.so"));
    CHECK_INT(facts_get(&f, F_HOST_AGENTS_MISSING)->list.n, 1);
    CHECK(list_has(&f, F_HOST_AGENTS_MISSING, "hostguard"));
    CHECK_INT(facts_get(&f, F_HOST_AGENTS)->list.n, 2);
    CHECK(list_has(&f, F_HOST_AGENTS, "cloudResetPwdAgent") &&
          list_has(&f, F_HOST_AGENTS_RUNNING, "uniagent"));
    CHECK_INT(facts_get(&f, F_HOST_PROCESSES)->u, 4);
    facts_done(&f);
    proc_source_free(ps);
    end();
}

TEST(a_root_without_proc_is_an_error)
{
    struct proc_source *ps = NULL;
    struct error err = {};
    strcpy(root, "/tmp/davy-test-tree-XXXXXX");
    CHECK(mkdtemp(root));
    CHECK(proc_source_new(&(struct proc_options){.root = root}, &ps, &err) < 0);
    CHECK(strstr(err.text, "proc") && !ps);
    begin();
    CHECK_INT(proc_source_new(&(struct proc_options){.root = root, .pid = 5}, &ps, &err), -3); /* ESRCH */
    end();
}
