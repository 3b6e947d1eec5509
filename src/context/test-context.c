// SPDX-License-Identifier: Apache-2.0
/* Who acts: processes, threads, users, the machine. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>

#include "context/test-records.h"
#include "harness/test.h"

TEST(who_acts)
{
    struct stream s;
    stream_init(&s, (struct context_options){});
    make_shell(&s);
    CHECK_INT(stream_exec(&s, 30, 20, "ls", "/usr/bin/ls", "ls|-l|/tmp|"), 1);
    CHECK_FIELD(&s, "evt.type", "execve");
    CHECK_FIELD(&s, "proc.name", "ls");
    CHECK_FIELD(&s, "proc.exe", "ls");
    CHECK_FIELD(&s, "proc.exepath", "/usr/bin/ls");
    CHECK_FIELD(&s, "proc.args", "-l /tmp");
    CHECK_FIELD(&s, "proc.args[0]", "-l");
    CHECK_FIELD(&s, "proc.args[1]", "/tmp");
    CHECK_FIELD(&s, "proc.args[2]", "<NA>");
    CHECK_FIELD(&s, "proc.cmdline", "ls -l /tmp");
    CHECK_FIELD(&s, "proc.exeline", "ls -l /tmp");
    CHECK_FIELD(&s, "proc.cmdnargs", "2");
    CHECK_FIELD(&s, "proc.cmdlenargs", "6");
    CHECK_FIELD(&s, "proc.cwd", "/root/");
    CHECK_FIELD(&s, "proc.pname", "bash");
    CHECK_FIELD(&s, "proc.pexe", "-bash");
    CHECK_FIELD(&s, "proc.pexepath", "/usr/bin/bash");
    CHECK_FIELD(&s, "proc.pcmdline", "bash");
    CHECK_FIELD(&s, "proc.aname", "(bash,sshd,systemd)");
    CHECK_FIELD(&s, "proc.aname[0]", "ls");
    CHECK_FIELD(&s, "proc.aname[1]", "bash");
    CHECK_FIELD(&s, "proc.aname[3]", "systemd");
    CHECK_FIELD(&s, "proc.aname[4]", "<NA>");
    CHECK_FIELD(&s, "proc.aexe[2]", "sshd: root");
    CHECK_FIELD(&s, "proc.aexepath[3]", "/usr/lib/systemd/systemd");
    CHECK_FIELD(&s, "proc.acmdline[2]", "sshd");
    CHECK_FIELD(&s, "proc.apid", "(20,10,1)");
    CHECK_FIELD(&s, "proc.asid", "(20,10,1)");
    CHECK_FIELD(&s, "proc.asid[2]", "10");
    CHECK_FIELD(&s, "proc.astart[4]", "<NA>");
    CHECK_FIELD(&s, "proc.loginshellid", "20");
    CHECK_FIELD(&s, "proc.pid", "30");
    CHECK_FIELD(&s, "proc.ppid", "20");
    CHECK_FIELD(&s, "proc.vpid", "30");
    CHECK_FIELD(&s, "proc.pvpid", "20");
    CHECK_FIELD(&s, "thread.tid", "30");
    CHECK_FIELD(&s, "thread.ismain", "true");
    CHECK_FIELD(&s, "proc.is_vpgid_leader", "true");
    CHECK_FIELD(&s, "proc.nthreads", "1");
    CHECK_FIELD(&s, "proc.nchilds", "0");
    CHECK_FIELD(&s, "proc.fdlimit", "1024");
    CHECK_FIELD(&s, "proc.vmsize", "2000");
    CHECK_FIELD(&s, "thread.vmrss.b", "307200");
    CHECK_FIELD(&s, "thread.pfminor", "40");
    CHECK_FIELD(&s, "thread.cgroups", "cpuset=/user.slice cpu=/user.slice cpuacct=/user.slice io=/user.slice memory=/user.slice");
    CHECK_FIELD(&s, "thread.cgroup.cpu", "/user.slice");
    CHECK_FIELD(&s, "container.id", "host");
    CHECK_FIELD(&s, "proc.pid.ts", "1700000000030000000");
    CHECK_FIELD(&s, "proc.exe_ino", "77");
    CHECK_FIELD(&s, "proc.exe_ino.ctime", "1700000000000000000");
    CHECK_FIELD(&s, "proc.exe_ino.ctime_duration_proc_start", "30000000");
    CHECK_FIELD(&s, "proc.exe_ino.ctime_duration_pidns_start", "0");
    CHECK_FIELD(&s, "proc.pidns_init_start_ts", "1700000000001000000");
    stream_done(&s);
}

TEST(a_process_without_a_record_of_its_birth)
{
    struct stream s;
    stream_init(&s, (struct context_options){});
    stream_call(&s, EVENT_SETUID, 99, 98, "odd")->uid = 1000;
    CHECK_INT(stream_take(&s), 1);
    CHECK_FIELD(&s, "proc.name", "odd");
    CHECK_FIELD(&s, "proc.cmdline", "odd");
    CHECK_FIELD(&s, "proc.exepath", "<NA>");
    CHECK_FIELD(&s, "proc.pname", "<NA>");
    CHECK_FIELD(&s, "proc.aname", "<NA>");
    CHECK_FIELD(&s, "proc.sname", "odd");
    CHECK_FIELD(&s, "user.uid", "1000");
    CHECK_FIELD(&s, "user.name", "<NA>");
    CHECK_INT(context_stats(s.c).unknown, 1);
    stream_done(&s);
}

TEST(a_thread_has_a_name_of_its_own)
{
    struct stream s;
    stream_init(&s, (struct context_options){});
    make_shell(&s);
    stream_exec(&s, 30, 20, "node", "/usr/bin/node", "node|app.js|");
    struct record *r = stream_begin(&s, RECORD_FORK, 30, 20, "node");
    r->tid = 31;
    r->flags = RECORD_IS_THREAD;
    CHECK_INT(stream_take(&s), 0);
    r = stream_call(&s, EVENT_SETUID, 30, 20, "libuv-worker");
    r->tid = r->vtid = 31;
    stream_take(&s);
    CHECK_FIELD(&s, "proc.name", "libuv-worker");
    CHECK_FIELD(&s, "proc.cmdline", "libuv-worker app.js");
    CHECK_FIELD(&s, "thread.ismain", "false");
    CHECK_FIELD(&s, "thread.nametid", "libuv-worker31");
    CHECK_FIELD(&s, "thread.vmsize", "0");
    CHECK_FIELD(&s, "proc.nthreads", "2");
    CHECK_FIELD(&s, "proc.nchilds", "1");
    stream_fork(&s, 40, 30, "libuv-worker");
    stream_call(&s, EVENT_SETUID, 40, 30, "libuv-worker");
    stream_take(&s);
    CHECK_FIELD(&s, "proc.pname", "node");
    CHECK_FIELD(&s, "proc.exepath", "/usr/bin/node");
    stream_done(&s);
}

TEST(users_and_groups)
{
    struct stream s;
    stream_init(&s, (struct context_options){});
    make_shell(&s);
    struct record *r = stream_begin(&s, RECORD_USER, 0, 0, "");
    r->mntns = 0;
    stream_text(&s, RECORD_TEXT, "root");
    stream_text(&s, RECORD_HOME, "/root");
    stream_text(&s, RECORD_SHELL, "/bin/bash");
    CHECK_INT(stream_take(&s), 0);
    r = stream_begin(&s, RECORD_USER, 0, 0, "");
    r->uid = 33;
    r->mntns = 7;
    stream_text(&s, RECORD_TEXT, "www-data");
    stream_take(&s);
    r = stream_begin(&s, RECORD_GROUP, 0, 0, "");
    r->mntns = 0;
    stream_text(&s, RECORD_TEXT, "wheel");
    stream_take(&s);

    stream_call(&s, EVENT_SETUID, 30, 20, "su")->loginuid = 0;
    stream_number(&s, 1, 33);
    stream_take(&s);
    CHECK_FIELD(&s, "user.name", "root");
    CHECK_FIELD(&s, "user.homedir", "/root");
    CHECK_FIELD(&s, "user.shell", "/bin/bash");
    CHECK_FIELD(&s, "user.loginuid", "0");
    CHECK_FIELD(&s, "user.loginname", "root");
    CHECK_FIELD(&s, "group.gid", "0");
    CHECK_FIELD(&s, "group.name", "wheel");
    CHECK_FIELD(&s, "evt.args", "res=0 uid=33(<NA>)");
    stream_call(&s, EVENT_SETUID, 30, 20, "su")->mntns = 7;
    stream_number(&s, 1, 33);
    stream_take(&s);
    CHECK_FIELD(&s, "evt.arg.uid", "www-data");
    CHECK_FIELD(&s, "user.loginuid", "-1");
    CHECK_FIELD(&s, "user.loginname", "<NA>");
    stream_done(&s);
}

TEST(environments_are_kept_when_a_rule_reads_them)
{
    struct stream s;
    stream_init(&s, (struct context_options){.keep_env = true});
    make_shell(&s);
    stream_call(&s, EVENT_EXECVE, 30, 20, "sh");
    stream_exec_blocks(&s, "/bin/sh", "sh|");
    stream_words(&s, RECORD_ENV, "A=1|PATHX=/y|LD_PRELOAD=/tmp/x.so|");
    stream_take(&s);
    CHECK_FIELD(&s, "proc.env", "A=1 PATHX=/y LD_PRELOAD=/tmp/x.so");
    CHECK_FIELD(&s, "proc.env[LD_PRELOAD]", "/tmp/x.so");
    CHECK_FIELD(&s, "proc.env[PATH]", "<NA>");
    stream_fork(&s, 40, 30, "sh");
    stream_exec(&s, 40, 30, "id", "/bin/id", "id|");
    CHECK_FIELD(&s, "proc.env", "");
    CHECK_FIELD(&s, "proc.aenv[LD_PRELOAD]", "/tmp/x.so");
    CHECK_FIELD(&s, "proc.aenv[1]", "A=1 PATHX=/y LD_PRELOAD=/tmp/x.so");
    CHECK_FIELD(&s, "proc.aenv", "(A=1 PATHX=/y LD_PRELOAD=/tmp/x.so,,,)");
    stream_done(&s);
}

TEST(standard_descriptors)
{
    struct stream s;
    stream_init(&s, (struct context_options){});
    make_shell(&s);
    struct record_fd fd = ipv4(41000, "192.0.2.9", 4444, IPPROTO_TCP, RECORD_FD_CONNECTED), null = {.num = 2, .type = RECORD_FD_CHAR};
    stream_call(&s, EVENT_EXECVE, 30, 20, "sh");
    stream_exec_blocks(&s, "/bin/sh", "sh|-i|");
    record_add(&s.w, RECORD_STDIO, 0, &fd, sizeof(fd), STR_NULL);
    record_add(&s.w, RECORD_STDIO, 2, &null, sizeof(null), STR("/dev/null"));
    stream_take(&s);
    stream_fork(&s, 40, 30, "sh");
    stream_call(&s, EVENT_SETUID, 40, 30, "sh");
    stream_take(&s);
    CHECK_FIELD(&s, "proc.stdin.type", "ipv4");
    CHECK_FIELD(&s, "proc.stdin.name", "10.0.0.5:41000->192.0.2.9:4444");
    CHECK_FIELD(&s, "proc.stdout.type", "<NA>");
    CHECK_FIELD(&s, "proc.stderr.type", "file");
    CHECK_FIELD(&s, "proc.stderr.name", "/dev/null");
    CHECK_FIELD(&s, "fd.types[0]", "(ipv4)");
    CHECK_FIELD(&s, "fd.types", "(ipv4,file)");
    stream_done(&s);
}

TEST(a_clock_that_is_set_is_told_and_moves_no_event)
{
    struct stream s;
    stream_init(&s, (struct context_options){});
    stream_begin(&s, RECORD_MACHINE, 0, 0, "");
    stream_number(&s, 0, 1'600'000'000'000'000'000);
    CHECK_INT(stream_take(&s), 0);
    stream_call(&s, EVENT_SETUID, 30, 20, "x");
    stream_take(&s);
    CHECK_FIELD(&s, "evt.rawtime", "1600000100002000000");
    CHECK_FIELD(&s, "proc.pid.ts", "1600000000030000000");
    stream_begin(&s, RECORD_MACHINE, 0, 0, "");
    stream_number(&s, 0, 1'600'000'000'000'000'000);
    stream_number(&s, 1, (uint64_t)-600'000'000'000'000'000);
    CHECK_INT(stream_take(&s), 0);
    stream_call(&s, EVENT_SETUID, 30, 20, "x");
    stream_take(&s);
    CHECK_FIELD(&s, "evt.rawtime.s", "1000000100");
    CHECK_FIELD(&s, "evt.time.iso8601", "2001-09-09T01:48:20.004000000Z");
    CHECK_FIELD(&s, "proc.pid.ts", "1600000000030000000"); /* a process is known by it */
    CHECK_FIELD(&s, "evt.reltime", "3000000"); /* by the clock that nobody sets */
    /* another beginning, of a capture that stands behind this one */
    stream_begin(&s, RECORD_MACHINE, 0, 0, "");
    stream_number(&s, 0, 1'700'000'000'000'000'000);
    CHECK_INT(stream_take(&s), 0);
    stream_call(&s, EVENT_SETUID, 30, 20, "x");
    stream_take(&s);
    CHECK_FIELD(&s, "evt.rawtime.s", "1700000100");
    stream_done(&s);
}

TEST(time_comes_from_the_machine)
{
    struct stream s;
    stream_init(&s, (struct context_options){});
    stream_begin(&s, RECORD_MACHINE, 0, 0, "");
    stream_number(&s, 0, 1'600'000'000'000'000'000);
    stream_text(&s, RECORD_TEXT, "colliery");
    CHECK_INT(stream_take(&s), 0);
    stream_call(&s, EVENT_SETUID, 30, 20, "x")->cpu = 3;
    stream_take(&s);
    CHECK_FIELD(&s, "evt.rawtime", "1600000100002000000");
    CHECK_FIELD(&s, "evt.hostname", "colliery");
    CHECK_FIELD(&s, "evt.cpu", "3");
    CHECK_FIELD(&s, "evt.num", "1");
    CHECK_FIELD(&s, "evt.deltatime", "0");
    stream_call(&s, EVENT_SETUID, 30, 20, "x");
    stream_take(&s);
    CHECK_FIELD(&s, "evt.deltatime", "1000000");
    CHECK_FIELD(&s, "evt.num", "2");
    CHECK_FIELD(&s, "proc.duration", "99973000000");
    stream_done(&s);
}
