// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>

#include "context/test-records.h"
#include "harness/test.h"

static void make_shell(struct stream *s)
{
    stream_exec(s, 1, 0, "systemd", "/usr/lib/systemd/systemd", "/sbin/init|");
    stream_fork(s, 10, 1, "systemd");
    stream_exec(s, 10, 1, "sshd", "/usr/sbin/sshd", "sshd: root|");
    stream_fork(s, 20, 10, "sshd");
    stream_exec(s, 20, 10, "bash", "/usr/bin/bash", "-bash|");
    stream_fork(s, 30, 20, "bash");
}

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

static const struct record_fd PASSWD = {.num = 3, .type = RECORD_FD_FILE, .ino = 123, .dev = 0xfd00, .mode = 0100644, .links = 1};

static void open_at(struct stream *s, const char *name, uint64_t flags, const struct record_fd *fd, const char *resolved)
{
    struct record *r = stream_call(s, EVENT_OPENAT, 30, 20, "cat");
    r->res = fd ? fd->num : -ENOENT;
    stream_number(s, 1, (uint32_t)-100);
    stream_param(s, 2, name);
    stream_number(s, 3, flags);
    stream_number(s, 4, 0);
    if (name[0] != '/')
        stream_text(s, RECORD_BASE, "/home/eve");
    if (fd)
        stream_fd(s, fd, resolved);
    if (fd && resolved)
        stream_text(s, RECORD_RESOLVED, resolved);
    CHECK_INT(stream_take(s), 1);
}

TEST(a_file_is_opened)
{
    struct stream s;
    stream_init(&s, (struct context_options){});
    make_shell(&s);
    open_at(&s, "/etc/passwd", O_RDONLY | O_CLOEXEC, &PASSWD, "/etc/passwd");
    CHECK_FIELD(&s, "evt.args", "fd=3(<f>/etc/passwd) dirfd=-100(AT_FDCWD) name=/etc/passwd flags=4097(O_RDONLY|O_CLOEXEC) mode=0 dev=FD00 ino=123");
    CHECK_FIELD(&s, "evt.arg.fd", "<f>/etc/passwd");
    CHECK_FIELD(&s, "evt.arg[2]", "/etc/passwd");
    CHECK_FIELD(&s, "evt.arg.flags", "O_RDONLY|O_CLOEXEC");
    CHECK_FIELD(&s, "evt.rawarg.flags", "4097");
    CHECK_FIELD(&s, "evt.arg.dirfd", "AT_FDCWD");
    CHECK_FIELD(&s, "evt.rawarg.dirfd", "-100");
    CHECK_FIELD(&s, "evt.arg.nothing", "<NA>");
    CHECK_FIELD(&s, "evt.res", "SUCCESS");
    CHECK_FIELD(&s, "evt.rawres", "3");
    CHECK_FIELD(&s, "evt.failed", "false");
    CHECK_FIELD(&s, "evt.category", "file");
    CHECK_FIELD(&s, "evt.is_open_read", "true");
    CHECK_FIELD(&s, "evt.is_open_write", "false");
    CHECK_FIELD(&s, "evt.is_open_create", "false");
    CHECK_FIELD(&s, "evt.dir", "<");
    CHECK_FIELD(&s, "syscall.type", "openat");
    CHECK_FIELD(&s, "fd.num", "3");
    CHECK_FIELD(&s, "fd.type", "file");
    CHECK_FIELD(&s, "fd.typechar", "f");
    CHECK_FIELD(&s, "fd.name", "/etc/passwd");
    CHECK_FIELD(&s, "fd.directory", "/etc");
    CHECK_FIELD(&s, "fd.filename", "passwd");
    CHECK_FIELD(&s, "fd.nameraw", "/etc/passwd");
    CHECK_FIELD(&s, "fd.l4proto", "<NA>");
    CHECK_FIELD(&s, "fd.sip", "<NA>");
    CHECK_FIELD(&s, "fd.ip", "<NA>");
    CHECK_FIELD(&s, "fd.dev.major", "253");
    CHECK_FIELD(&s, "fd.ino", "123");
    CHECK_FIELD(&s, "fd.uid", "303");
    CHECK_FIELD(&s, "fd.containername", ":/etc/passwd");
    CHECK_FIELD(&s, "fs.path.name", "/etc/passwd");
    CHECK(!live_event_resolved(s.e));
    stream_done(&s);
}

TEST(a_path_has_two_forms)
{
    struct stream s;
    stream_init(&s, (struct context_options){});
    make_shell(&s);
    open_at(&s, "..//eve/./link", O_WRONLY | O_TRUNC, &PASSWD, "/etc/shadow");
    CHECK_FIELD(&s, "fd.name", "/home/eve/link");
    CHECK_FIELD(&s, "fd.nameraw", "../eve/./link");
    CHECK_FIELD(&s, "fd.directory", "/home/eve");
    CHECK_FIELD(&s, "evt.arg.name", "/home/eve/link");
    CHECK_FIELD(&s, "fs.path.nameraw", "..//eve/./link");
    CHECK_FIELD(&s, "evt.abspath[src]", "/home/eve/link");
    CHECK_FIELD(&s, "fd.resolved", "/etc/shadow");
    CHECK_FIELD(&s, "evt.args", "fd=3(<f>/home/eve/link) dirfd=-100(AT_FDCWD) name=..//eve/./link(/home/eve/link) flags=258(O_TRUNC|O_WRONLY) mode=0 dev=FD00 ino=123");
    CHECK(live_event_resolved(s.e));
    CHECK_FIELD(&s, "fd.name", "/etc/shadow");
    CHECK_FIELD(&s, "fd.directory", "/etc");
    CHECK_FIELD(&s, "fd.filename", "shadow");
    CHECK_FIELD(&s, "evt.arg.name", "/etc/shadow");
    CHECK_FIELD(&s, "fs.path.name", "/etc/shadow");
    CHECK_FIELD(&s, "fd.nameraw", "../eve/./link");
    CHECK(!live_event_resolved(s.e));
    stream_done(&s);
}

/* A watched folder mounted elsewhere: the mount's own path is asked about too. */
TEST(a_mount_beside_the_root_is_a_third_form)
{
    struct stream s;
    struct record_fd fd = PASSWD;
    stream_init(&s, (struct context_options){});
    make_shell(&s);
    fd.flags = RECORD_FD_TRUSTED;
    stream_call(&s, EVENT_OPENAT, 30, 20, "x")->res = 3;
    stream_param(&s, 2, "/tmp/link");
    stream_fd(&s, &fd, "/tmp/bind/shadow");
    stream_text(&s, RECORD_ROOTED, "/etc/shadow");
    stream_take(&s);
    CHECK_FIELD(&s, "fd.name", "/tmp/link");
    CHECK(live_event_resolved(s.e));
    CHECK_FIELD(&s, "fd.name", "/tmp/bind/shadow");
    CHECK(live_event_resolved(s.e));
    CHECK_FIELD(&s, "fd.name", "/etc/shadow");
    CHECK(!live_event_resolved(s.e));

    /* the name as it was written is the mount's: two forms; the same as the root's: one */
    stream_call(&s, EVENT_OPENAT, 30, 20, "x")->res = 3;
    stream_param(&s, 2, "/tmp/bind/shadow");
    stream_fd(&s, &fd, "/tmp/bind/shadow");
    stream_text(&s, RECORD_ROOTED, "/etc/shadow");
    stream_take(&s);
    CHECK(live_event_resolved(s.e));
    CHECK_FIELD(&s, "fd.name", "/etc/shadow");
    CHECK(!live_event_resolved(s.e));
    stream_call(&s, EVENT_OPENAT, 30, 20, "x")->res = 3;
    stream_param(&s, 2, "/usr/x");
    stream_fd(&s, &fd, "/usr/x");
    stream_text(&s, RECORD_ROOTED, "/usr/x");
    stream_take(&s);
    CHECK(!live_event_resolved(s.e));
    stream_done(&s);
}

/* The kernel side sends no second path with an open: the descriptor's own name is the kernel's word. */
TEST(what_was_opened_is_its_own_answer)
{
    struct stream s;
    struct record_fd fd = PASSWD;
    stream_init(&s, (struct context_options){});
    make_shell(&s);
    fd.flags = RECORD_FD_TRUSTED | RECORD_FD_CREATED;
    stream_call(&s, EVENT_CREAT, 30, 20, "x")->res = 3;
    stream_param(&s, 1, "link");
    stream_number(&s, 2, 0700);
    stream_text(&s, RECORD_BASE, "/somewhere");
    stream_fd(&s, &fd, "/etc/cron.d/x");
    stream_take(&s);
    CHECK_FIELD(&s, "fd.name", "/somewhere/link");
    CHECK_FIELD(&s, "fd.resolved", "/etc/cron.d/x");
    CHECK_FIELD(&s, "evt.is_open_exec", "true");
    CHECK_FIELD(&s, "evt.args", "fd=3(<f>/somewhere/link) name=link(/somewhere/link) mode=0700 dev=FD00 ino=123 creat_flags=0");
    CHECK(live_event_resolved(s.e));
    CHECK_FIELD(&s, "fd.name", "/etc/cron.d/x");
    CHECK_FIELD(&s, "evt.arg.name", "/etc/cron.d/x");
    /* And the folder that its name began in is where the process works. */
    stream_call(&s, EVENT_SETUID, 30, 20, "x");
    stream_take(&s);
    CHECK_FIELD(&s, "proc.cwd", "/somewhere/");
    stream_done(&s);
}

TEST(an_open_that_failed)
{
    struct stream s;
    stream_init(&s, (struct context_options){});
    make_shell(&s);
    open_at(&s, "x/y", O_RDWR | O_CREAT | O_EXCL, NULL, NULL);
    CHECK_FIELD(&s, "evt.res", "ENOENT");
    CHECK_FIELD(&s, "evt.rawres", "-2");
    CHECK_FIELD(&s, "evt.arg.fd", "ENOENT");
    CHECK_FIELD(&s, "fd.num", "-1");
    CHECK_FIELD(&s, "fd.typechar", "f");
    CHECK_FIELD(&s, "fd.type", "<NA>");
    CHECK_FIELD(&s, "fd.name", "/home/eve/x/y");
    CHECK_FIELD(&s, "fd.directory", "/home/eve/x");
    CHECK_FIELD(&s, "fd.filename", "<NA>");
    CHECK_FIELD(&s, "evt.arg.flags", "O_EXCL|O_CREAT|O_RDWR");
    CHECK_FIELD(&s, "evt.is_open_read", "true");
    CHECK_FIELD(&s, "evt.is_open_write", "true");
    CHECK_FIELD(&s, "evt.count.error", "1");
    CHECK_FIELD(&s, "evt.count.error.file", "1");
    CHECK_FIELD(&s, "evt.count.error.net", "<NA>");
    CHECK_FIELD(&s, "fs.path.name", "<NA>");
    stream_done(&s);
}

TEST(a_relative_path_without_its_folder)
{
    struct stream s;
    stream_init(&s, (struct context_options){});
    make_shell(&s);
    stream_call(&s, EVENT_MKDIRAT, 30, 20, "mkdir");
    stream_number(&s, 1, 5);
    stream_param(&s, 2, "a/../b/");
    stream_number(&s, 3, 0755);
    stream_take(&s);
    CHECK_FIELD(&s, "evt.arg.path", "<UNKNOWN>/b");
    CHECK_FIELD(&s, "evt.args", "res=0 dirfd=5 path=a/../b/(<UNKNOWN>/b) mode=1ED");
    CHECK_FIELD(&s, "fd.num", "5");
    stream_call(&s, EVENT_MKDIR, 30, 20, "mkdir");
    stream_param(&s, 1, "b/");
    stream_number(&s, 2, 0755);
    stream_take(&s);
    CHECK_FIELD(&s, "evt.arg.path", "/root/b");
    stream_call(&s, EVENT_CHDIR, 30, 20, "mkdir");
    stream_param(&s, 1, "../srv");
    stream_take(&s);
    CHECK_FIELD(&s, "proc.cwd", "/srv/");
    stream_call(&s, EVENT_MKDIR, 30, 20, "mkdir");
    stream_param(&s, 1, "b/");
    stream_take(&s);
    CHECK_FIELD(&s, "evt.arg.path", "/srv/b");
    CHECK_FIELD(&s, "evt.arg.mode", "NULL");
    stream_done(&s);
}

static struct record_fd ipv4(uint16_t lport, const char *remote, uint16_t rport, uint8_t l4proto, uint16_t flags)
{
    struct record_fd fd = {.num = 5, .type = RECORD_FD_IPV4, .l4proto = l4proto, .flags = flags, .lport = lport, .rport = rport};
    struct net net;
    memcpy(fd.laddr, (uint8_t[4]){10, 0, 0, 5}, 4);
    if (net_from_str(str_from(remote), &net))
        memcpy(fd.raddr, net.bytes, 4);
    return fd;
}

TEST(a_client_connects)
{
    struct stream s;
    stream_init(&s, (struct context_options){});
    make_shell(&s);
    struct record_fd fd = ipv4(41000, "93.184.216.34", 443, IPPROTO_TCP, RECORD_FD_CONNECTED | RECORD_FD_NAME_CHANGED);
    stream_call(&s, EVENT_CONNECT, 30, 20, "curl");
    stream_fd(&s, &fd, "");
    CHECK_INT(stream_take(&s), 1);
    CHECK_FIELD(&s, "fd.name", "10.0.0.5:41000->93.184.216.34:443");
    CHECK_FIELD(&s, "fd.type", "ipv4");
    CHECK_FIELD(&s, "fd.typechar", "4");
    CHECK_FIELD(&s, "fd.l4proto", "tcp");
    CHECK_FIELD(&s, "fd.sockfamily", "ip");
    CHECK_FIELD(&s, "fd.sip", "93.184.216.34");
    CHECK_FIELD(&s, "fd.rip", "93.184.216.34");
    CHECK_FIELD(&s, "fd.cip", "10.0.0.5");
    CHECK_FIELD(&s, "fd.lip", "10.0.0.5");
    CHECK_FIELD(&s, "fd.ip", "(10.0.0.5,93.184.216.34)");
    CHECK_FIELD(&s, "fd.sport", "443");
    CHECK_FIELD(&s, "fd.cport", "41000");
    CHECK_FIELD(&s, "fd.lport", "41000");
    CHECK_FIELD(&s, "fd.rport", "443");
    CHECK_FIELD(&s, "fd.port", "(41000,443)");
    CHECK_FIELD(&s, "fd.is_server", "false");
    CHECK_FIELD(&s, "fd.connected", "true");
    CHECK_FIELD(&s, "fd.name_changed", "true");
    CHECK_FIELD(&s, "fd.directory", "<NA>");
    CHECK_FIELD(&s, "evt.args", "res=0 tuple=10.0.0.5:41000->93.184.216.34:443 fd=5(<4t>10.0.0.5:41000->93.184.216.34:443) addr=NULL");
    CHECK_FIELD(&s, "evt.category", "net");
    CHECK_FIELD(&s, "fd.sip.name", "<NA>");
    CHECK_FIELD(&s, "fd.sproto", "443");
    CHECK_FIELD(&s, "fd.proto", "(41000,443)");
    stream_done(&s);
}

TEST(a_server_accepts_and_listens)
{
    struct stream s;
    stream_init(&s, (struct context_options){});
    make_shell(&s);
    struct record_fd fd = ipv4(80, "192.0.2.7", 50000, IPPROTO_TCP, RECORD_FD_CONNECTED | RECORD_FD_SERVER);
    stream_call(&s, EVENT_ACCEPT4, 30, 20, "nginx")->res = 5;
    stream_fd(&s, &fd, "");
    stream_take(&s);
    CHECK_FIELD(&s, "fd.name", "192.0.2.7:50000->10.0.0.5:80");
    CHECK_FIELD(&s, "fd.cip", "192.0.2.7");
    CHECK_FIELD(&s, "fd.sip", "10.0.0.5");
    CHECK_FIELD(&s, "fd.lip", "10.0.0.5");
    CHECK_FIELD(&s, "fd.sport", "80");
    CHECK_FIELD(&s, "fd.is_server", "true");
    CHECK_FIELD(&s, "evt.arg.tuple", "192.0.2.7:50000->10.0.0.5:80");
    CHECK_FIELD(&s, "evt.arg.fd", "<4t>192.0.2.7:50000->10.0.0.5:80");
    fd = ipv4(80, "", 0, IPPROTO_TCP, RECORD_FD_SERVER);
    stream_call(&s, EVENT_LISTEN, 30, 20, "nginx");
    stream_fd(&s, &fd, "");
    stream_number(&s, 2, 511);
    stream_take(&s);
    CHECK_FIELD(&s, "fd.name", "10.0.0.5:80");
    CHECK_FIELD(&s, "fd.sip", "10.0.0.5");
    CHECK_FIELD(&s, "fd.sport", "80");
    CHECK_FIELD(&s, "fd.cip", "<NA>");
    CHECK_FIELD(&s, "fd.lport", "<NA>");
    CHECK_FIELD(&s, "fd.net", "(10.0.0.5)");
    CHECK_FIELD(&s, "evt.args", "res=0 fd=5(<4t>10.0.0.5:80) backlog=511");
    stream_done(&s);
}

TEST(ipv4_in_ipv6_is_ipv4)
{
    struct stream s;
    stream_init(&s, (struct context_options){});
    make_shell(&s);
    struct record_fd fd = {.num = 5, .type = RECORD_FD_IPV6, .l4proto = IPPROTO_TCP, .flags = RECORD_FD_SERVER, .lport = 80, .rport = 50000,
                           .laddr = {[10] = 255, 255, 10, 0, 0, 5}, .raddr = {[10] = 255, 255, 192, 0, 2, 7}};
    stream_call(&s, EVENT_ACCEPT, 30, 20, "java")->res = 5;
    stream_fd(&s, &fd, "");
    stream_take(&s);
    CHECK_FIELD(&s, "fd.typechar", "4");
    CHECK_FIELD(&s, "fd.name", "192.0.2.7:50000->10.0.0.5:80");
    CHECK_FIELD(&s, "fd.cip", "192.0.2.7");
    memcpy(fd.raddr, (uint8_t[16]){0x20, 1, 0xd, 0xb8, [15] = 1}, 16);
    memcpy(fd.laddr, (uint8_t[16]){[15] = 1}, 16);
    stream_call(&s, EVENT_ACCEPT, 30, 20, "java")->res = 5;
    stream_fd(&s, &fd, "");
    stream_take(&s);
    CHECK_FIELD(&s, "fd.typechar", "6");
    CHECK_FIELD(&s, "fd.name", "2001:db8::1:50000->::1:80");
    CHECK_FIELD(&s, "fd.sip", "::1");
    stream_done(&s);
}

TEST(a_socket_is_made)
{
    struct stream s;
    stream_init(&s, (struct context_options){});
    make_shell(&s);
    struct record_fd fd = {.num = 5, .type = RECORD_FD_PACKET};
    stream_call(&s, EVENT_SOCKET, 30, 20, "tcpdump")->res = 5;
    stream_number(&s, 1, 17);
    stream_number(&s, 2, 3);
    stream_number(&s, 3, 768);
    stream_fd(&s, &fd, "");
    stream_take(&s);
    CHECK_FIELD(&s, "evt.arg.domain", "AF_PACKET");
    CHECK_FIELD(&s, "evt.args", "fd=5(<o>) domain=17(AF_PACKET) type=3 proto=768 flags=NULL");
    CHECK_FIELD(&s, "fd.l4proto", "<NA>");
    CHECK_FIELD(&s, "fd.name", "");
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

/* What happens to a socket comes with the header of who made it, as it was then. */
TEST(a_header_of_long_ago_changes_nothing)
{
    struct stream s;
    stream_init(&s, (struct context_options){});
    make_shell(&s);
    stream_exec(&s, 30, 20, "curl", "/usr/bin/curl", "curl|");
    struct record_net net = {.family = 2, .l4proto = IPPROTO_TCP, .lport = 41000, .rport = 443, .flags = 1};
    stream_begin(&s, RECORD_FLOW, 30, 99, "old-name");
    record_add(&s.w, RECORD_NET, 0, &net, sizeof(net), STR_NULL);
    CHECK_INT(stream_take(&s), 1);
    CHECK_FIELD(&s, "proc.exepath", "/usr/bin/curl");
    CHECK_FIELD(&s, "proc.pname", "bash");
    stream_fork(&s, 40, 30, "curl");
    stream_call(&s, EVENT_SETUID, 40, 30, "curl");
    stream_take(&s);
    CHECK_FIELD(&s, "proc.pname", "curl");
    CHECK_FIELD(&s, "proc.aname[2]", "bash");
    /* Nobody's socket. */
    stream_begin(&s, RECORD_TCP_STATE, 0, 0, "");
    record_add(&s.w, RECORD_NET, 0, &net, sizeof(net), STR_NULL);
    CHECK_INT(stream_take(&s), 1);
    CHECK_FIELD(&s, "proc.name", "<NA>");
    CHECK_FIELD(&s, "fd.lport", "41000");
    stream_done(&s);
}

TEST(names_of_hosts)
{
    struct stream s;
    stream_init(&s, (struct context_options){});
    make_shell(&s);
    struct record_net net = {.family = 2, .raddr = {192, 0, 2, 9}};
    stream_begin(&s, RECORD_HOSTNAME, 0, 0, "");
    record_add(&s.w, RECORD_NET, 0, &net, sizeof(net), STR_NULL);
    stream_text(&s, RECORD_TEXT, "pool.example.org");
    CHECK_INT(stream_take(&s), 0);
    struct record_fd fd = ipv4(41000, "192.0.2.9", 3333, IPPROTO_TCP, RECORD_FD_CONNECTED);
    stream_call(&s, EVENT_CONNECT, 30, 20, "x");
    stream_fd(&s, &fd, "");
    stream_take(&s);
    CHECK_FIELD(&s, "fd.sip.name", "pool.example.org");
    CHECK_FIELD(&s, "fd.rip.name", "pool.example.org");
    CHECK_FIELD(&s, "fd.cip.name", "<NA>");
    /* Who asks for a name calls the address by it; what comes from elsewhere than a server's port counts for nothing. */
    static const char packet[] = "\0\1\x81\x80\0\1\0\1\0\0\0\0\1X\3org\0\0\1\0\1\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4\xc0\0\2\x09";
    for (uint16_t port = 54; port >= 53; port--) {
        net = (struct record_net){.family = 2, .l4proto = IPPROTO_UDP, .lport = 40000, .rport = port};
        stream_begin(&s, RECORD_DNS, 30, 20, "x");
        record_add(&s.w, RECORD_NET, 0, &net, sizeof(net), STR_NULL);
        record_add_text(&s.w, RECORD_DNS_PACKET, str_n(packet, sizeof(packet) - 1));
        CHECK_INT(stream_take(&s), 1);
        CHECK_FIELD(&s, "dns.question", "x.org");
        stream_call(&s, EVENT_CONNECT, 30, 20, "x");
        stream_fd(&s, &fd, "");
        stream_take(&s);
        CHECK_FIELD(&s, "fd.sip.name", port == 53 ? "x.org" : "pool.example.org");
    }
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
