// SPDX-License-Identifier: Apache-2.0
/* What an event was given, and what the sensor tells beyond calls. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>

#include "context/test-records.h"
#include "harness/test.h"

TEST(parameters_as_falco_prints_them)
{
    struct stream s;
    stream_init(&s, (struct context_options){});
    make_shell(&s);
    stream_call(&s, EVENT_PTRACE, 30, 20, "gdb");
    stream_number(&s, 1, 0x7ffe0000);
    stream_number(&s, 3, 16);
    stream_number(&s, 4, 20);
    stream_take(&s);
    CHECK_FIELD(&s, "evt.arg.request", "PTRACE_ATTACH");
    CHECK_FIELD(&s, "evt.args", "res=0 addr=7FFE0000 data=NULL request=11(PTRACE_ATTACH) pid=20(bash)");
    stream_call(&s, EVENT_BPF, 30, 20, "x")->res = -EPERM;
    stream_number(&s, 1, 5);
    stream_take(&s);
    CHECK_FIELD(&s, "evt.args", "fd=-1(EPERM) cmd=5(BPF_PROG_LOAD)");
    CHECK_FIELD(&s, "fd.typechar", "o");
    stream_call(&s, EVENT_UNSHARE, 30, 20, "x");
    stream_number(&s, 1, 0x10020000);
    stream_take(&s);
    CHECK_FIELD(&s, "evt.arg.flags", "CLONE_NEWNS|CLONE_NEWUSER");
    stream_call(&s, EVENT_FCHMODAT, 30, 20, "x");
    stream_number(&s, 1, (uint32_t)-100);
    stream_param(&s, 2, "/tmp/x");
    stream_number(&s, 3, 04755);
    stream_take(&s);
    CHECK_FIELD(&s, "evt.args", "res=0 dirfd=-100(AT_FDCWD) filename=/tmp/x mode=04755(S_IXOTH|S_IROTH|S_IXGRP|S_IRGRP|S_IXUSR|S_IWUSR|S_IRUSR|S_ISUID)");
    stream_call(&s, EVENT_SYMLINKAT, 30, 20, "ln");
    stream_param(&s, 1, "/etc/shadow");
    stream_number(&s, 2, (uint32_t)-100);
    stream_param(&s, 3, "x");
    stream_text(&s, RECORD_BASE, "/tmp");
    stream_take(&s);
    CHECK_FIELD(&s, "evt.arg.target", "/etc/shadow");
    CHECK_FIELD(&s, "evt.arg.linkpath", "/tmp/x");
    CHECK_FIELD(&s, "evt.abspath[src]", "/tmp/x");
    CHECK_FIELD(&s, "fs.path.source", "/tmp/x");
    CHECK_FIELD(&s, "fs.path.target", "/etc/shadow");
    stream_call(&s, EVENT_RENAMEAT2, 30, 20, "mv");
    stream_number(&s, 1, 7);
    stream_param(&s, 2, "a");
    stream_text(&s, RECORD_BASE, "/one");
    stream_number(&s, 3, (uint32_t)-100);
    stream_param(&s, 4, "/two//b");
    stream_number(&s, 5, 1);
    stream_take(&s);
    CHECK_FIELD(&s, "evt.args", "res=0 olddirfd=7(<d>/one) oldpath=a(/one/a) newdirfd=-100(AT_FDCWD) newpath=/two//b flags=1(RENAME_NOREPLACE)");
    CHECK_FIELD(&s, "evt.abspath[dst]", "/two/b");
    CHECK_FIELD(&s, "evt.arg.newpath", "/two//b");
    CHECK_FIELD(&s, "fs.path.source", "/one/a");
    CHECK_FIELD(&s, "fs.path.target", "/two/b");
    stream_call(&s, EVENT_KILL, 30, 20, "kill");
    stream_number(&s, 1, 20);
    stream_number(&s, 2, 15);
    stream_take(&s);
    CHECK_FIELD(&s, "evt.args", "res=0 pid=20(bash) sig=15(SIGTERM)");
    stream_call(&s, EVENT_MMAP, 30, 20, "x");
    stream_number(&s, 3, 7);
    stream_number(&s, 4, 0x22);
    stream_take(&s);
    CHECK_FIELD(&s, "evt.arg.prot", "PROT_READ|PROT_WRITE|PROT_EXEC");
    CHECK_FIELD(&s, "evt.arg.flags", "MAP_PRIVATE|MAP_ANONYMOUS");
    stream_call(&s, EVENT_MOUNT, 30, 20, "mount");
    stream_param(&s, 1, "/dev/sda1");
    stream_param(&s, 2, "/mnt");
    stream_param(&s, 3, "ext4");
    stream_number(&s, 4, 0x1000 | 1);
    stream_take(&s);
    CHECK_FIELD(&s, "evt.args", "res=0 dev=/dev/sda1 dir=/mnt type=ext4 flags=4097(RDONLY|BIND)");
    struct record *r = stream_call(&s, EVENT_EXECVE, 30, 20, "sh");
    r->tty = 34816;
    r->cap_permitted = 0x1ff;
    stream_exec_blocks(&s, "/bin/sh", "sh|-c|id|");
    stream_words(&s, RECORD_ENV, "A=1|B=2|");
    stream_param(&s, 30, "/bin/sh");
    stream_take(&s);
    CHECK_FIELD(&s, "evt.arg.exe", "sh");
    CHECK_FIELD(&s, "evt.arg.args", "-c.id.");
    CHECK_FIELD(&s, "evt.arg.env", "A=1.B=2.");
    CHECK_FIELD(&s, "evt.arg.flags", "0");
    CHECK_FIELD(&s, "evt.arg.cap_permitted", "1FF");
    CHECK_FIELD(&s, "evt.arg.trusted_exepath", "/bin/sh");
    CHECK_FIELD(&s, "evt.arg.ptid", "bash");
    CHECK_FIELD(&s, "proc.tty", "34816");
    CHECK_FIELD(&s, "proc.env", "");
    CHECK_FIELD(&s, "thread.cap_permitted", "CAP_CHOWN CAP_DAC_OVERRIDE CAP_DAC_READ_SEARCH CAP_FOWNER CAP_FSETID CAP_KILL CAP_SETGID CAP_SETUID CAP_SETPCAP");
    CHECK_FIELD(&s, "thread.cap_effective", "");
    stream_done(&s);
}

TEST(data_that_was_read_or_written)
{
    struct stream s;
    stream_init(&s, (struct context_options){});
    make_shell(&s);
    struct record_fd fd = ipv4(40000, "192.0.2.1", 53, IPPROTO_UDP, 0);
    stream_call(&s, EVENT_RECVFROM, 30, 20, "x")->res = 4;
    stream_fd(&s, &fd, "");
    record_add_text(&s.w, RECORD_DATA, STR("ab\0\n"));
    stream_take(&s);
    CHECK(str_eq(stream_ask(&s, "evt.buffer"), STR("ab\0\n")));
    CHECK_FIELD(&s, "evt.buflen", "4");
    CHECK_FIELD(&s, "evt.buflen.net.in", "4");
    CHECK_FIELD(&s, "evt.buflen.out", "<NA>");
    CHECK_FIELD(&s, "evt.is_io_read", "true");
    CHECK_FIELD(&s, "evt.io_dir", "read");
    CHECK_FIELD(&s, "evt.category", "net");
    CHECK_FIELD(&s, "evt.arg.data", "ab..");
    CHECK_FIELD(&s, "evt.arg.tuple", "192.0.2.1:53->10.0.0.5:40000");
    CHECK_FIELD(&s, "fd.sip", "192.0.2.1");
    CHECK_FIELD(&s, "fd.l4proto", "udp");
    stream_done(&s);
}

TEST(a_signal_is_sent)
{
    struct stream s;
    stream_init(&s, (struct context_options){});
    make_shell(&s);
    struct record_target target = {.pid = 20, .tid = 20, .start_ns = stream_start(20), .uid = 0, .signal = 9, .comm = "bash"};
    stream_begin(&s, RECORD_SIGNAL, 10, 1, "sshd");
    record_add(&s.w, RECORD_TARGET, 0, &target, sizeof(target), STR_NULL);
    CHECK_INT(stream_take(&s), 1);
    CHECK_FIELD(&s, "evt.type", "signal");
    CHECK_FIELD(&s, "target.pid", "20");
    CHECK_FIELD(&s, "target.name", "bash");
    CHECK_FIELD(&s, "target.exepath", "/usr/bin/bash");
    CHECK_FIELD(&s, "target.is_child", "true");
    CHECK_FIELD(&s, "target.is_self", "false");
    CHECK_FIELD(&s, "signal.num", "9");
    CHECK_FIELD(&s, "signal.name", "SIGKILL");
    CHECK_FIELD(&s, "evt.args", "sig=9(SIGKILL) pid=20(bash) comm=bash uid=0(<NA>)");
    CHECK_FIELD(&s, "evt.rawres", "<NA>");
    CHECK_FIELD(&s, "evt.via", "kernel");
    CHECK_FIELD(&s, "syscall.type", "<NA>");
    target.signal = 0;
    stream_call(&s, EVENT_KILL, 10, 1, "sshd");
    stream_number(&s, 1, 20);
    stream_number(&s, 2, 15);
    record_add(&s.w, RECORD_TARGET, 0, &target, sizeof(target), STR_NULL);
    stream_take(&s);
    CHECK_FIELD(&s, "target.name", "bash");
    CHECK_FIELD(&s, "signal.num", "15");
    CHECK_FIELD(&s, "signal.name", "SIGTERM");
    stream_done(&s);
}

TEST(what_the_sensor_tells_beyond_falco)
{
    struct stream s;
    stream_init(&s, (struct context_options){});
    make_shell(&s);
    struct record_net net = {.family = 2, .l4proto = IPPROTO_TCP, .lport = 41000, .rport = 3333, .laddr = {10, 0, 0, 5}, .raddr = {192, 0, 2, 9},
                             .flags = 1, .sent = 10, .received = 20, .old_state = 2, .state = 1};
    stream_begin(&s, RECORD_FLOW, 30, 20, "x");
    record_add(&s.w, RECORD_NET, 0, &net, sizeof(net), STR_NULL);
    stream_take(&s);
    CHECK_FIELD(&s, "flow.sent", "10");
    CHECK_FIELD(&s, "flow.received", "20");
    CHECK_FIELD(&s, "fd.name", "10.0.0.5:41000->192.0.2.9:3333");
    CHECK_FIELD(&s, "fd.rport", "3333");
    CHECK_FIELD(&s, "fd.typechar", "4");
    CHECK_FIELD(&s, "tcp.state", "<NA>");
    stream_begin(&s, RECORD_TCP_STATE, 30, 20, "x");
    record_add(&s.w, RECORD_NET, 0, &net, sizeof(net), STR_NULL);
    stream_take(&s);
    CHECK_FIELD(&s, "tcp.state", "ESTABLISHED");
    CHECK_FIELD(&s, "tcp.old_state", "SYN_SENT");
    CHECK_FIELD(&s, "evt.args", "old=2(SYN_SENT) new=1(ESTABLISHED) tuple=10.0.0.5:41000->192.0.2.9:3333");
    struct record_usage usage = {.period_ns = 1000, .user_ns = 1500, .system_ns = 500, .threads = 4, .busy_threads = 2, .rss_kib = 9, .huge_kib = 8};
    stream_begin(&s, RECORD_USAGE, 30, 20, "x");
    record_add(&s.w, RECORD_USAGE_DATA, 0, &usage, sizeof(usage), STR_NULL);
    stream_take(&s);
    CHECK_FIELD(&s, "usage.cpu", "200");
    CHECK_FIELD(&s, "usage.busy_threads", "2");
    CHECK_FIELD(&s, "usage.huge", "8");
    CHECK_FIELD(&s, "thread.cpu", "200");
    CHECK_FIELD(&s, "proc.vmrss", "9");
    stream_begin(&s, RECORD_INODE_FLAGS, 30, 20, "chattr");
    stream_number(&s, 2, 0x10 | 0x80000);
    stream_number(&s, 3, 0x80000 | 0x20);
    stream_take(&s);
    CHECK_FIELD(&s, "inode_flags.set", "IMMUTABLE|EXTENT");
    CHECK_FIELD(&s, "inode_flags.added", "IMMUTABLE");
    CHECK_FIELD(&s, "inode_flags.removed", "APPEND");
    struct record_drop drop = {.count = 3, .kind = 257, .reason = RECORD_DROP_FULL};
    stream_begin(&s, RECORD_DROPS, 0, 0, "");
    record_add(&s.w, RECORD_DROP, 0, &drop, sizeof(drop), STR_NULL);
    drop = (struct record_drop){.count = 4, .kind = 257, .reason = RECORD_DROP_SHED};
    record_add(&s.w, RECORD_DROP, 0, &drop, sizeof(drop), STR_NULL);
    stream_take(&s);
    CHECK_FIELD(&s, "drops.count", "7");
    CHECK_FIELD(&s, "drops.reasons", "(full,shed)");
    CHECK_FIELD(&s, "drops.types", "(openat)");
    CHECK_FIELD(&s, "drops.since", "<NA>");
    drop = (struct record_drop){.kind = UINT32_MAX, .reason = RECORD_DROP_KILLED};
    stream_begin(&s, RECORD_DROPS, 0, 0, "");
    record_add(&s.w, RECORD_DROP, 0, &drop, sizeof(drop), STR_NULL);
    stream_number(&s, 0, 5);
    stream_take(&s);
    CHECK_FIELD(&s, "drops.count", "0");
    CHECK_FIELD(&s, "drops.reasons", "(killed)");
    CHECK_FIELD(&s, "drops.types", "<NA>");
    CHECK_FIELD(&s, "drops.since", "1700000000000000005");
    CHECK_FIELD(&s, "proc.name", "<NA>");
    struct record *r = stream_call(&s, EVENT_OPENAT, 30, 20, "x");
    r->flags = RECORD_IS_URING | RECORD_IS_TRUSTED | RECORD_CUT;
    stream_take(&s);
    CHECK_FIELD(&s, "evt.via", "io_uring");
    CHECK_FIELD(&s, "evt.is_trusted_args", "true");
    CHECK_FIELD(&s, "evt.is_cut", "true");
    CHECK_FIELD(&s, "evt.is_unread", "false");
    stream_done(&s);
}
