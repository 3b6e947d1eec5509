// SPDX-License-Identifier: Apache-2.0
#pragma once
/*
 * One record of each sort, so rich that together they answer every field: for the test of fields, and as seeds of the fuzzer.
 */
#include <arpa/nameser.h>
#include <fcntl.h>
#include <netinet/in.h>

#include "context/test-records.h"

#define SAMPLE_ID "6d5a178d9851f1455917bb3c57f0e59db4754dc58239ca5b8ceb135854f8b692"
#define SAMPLE_POD "0b1b2c3d-1111-2222-3333-444455556666"

static void sample_machine(struct stream *s)
{
    stream_begin(s, RECORD_MACHINE, 0, 0, "")->pidns = 4026531836;
    stream_number(s, 0, STREAM_BOOT_SECONDS * 1'000'000'000ULL);
    stream_text(s, RECORD_TEXT, "colliery");
}

static void sample_user(struct stream *s)
{
    stream_begin(s, RECORD_USER, 0, 0, "");
    stream_text(s, RECORD_TEXT, "root");
    stream_text(s, RECORD_HOME, "/root");
    stream_text(s, RECORD_SHELL, "/bin/sh");
}

static void sample_group(struct stream *s)
{
    stream_begin(s, RECORD_GROUP, 0, 0, "");
    stream_text(s, RECORD_TEXT, "root");
}

static void sample_hostname(struct stream *s, uint8_t last)
{
    struct record_net net = {.family = 2, .raddr = {192, 0, 2, last}};
    stream_begin(s, RECORD_HOSTNAME, 0, 0, "");
    record_add(&s->w, RECORD_NET, 0, &net, sizeof(net), STR_NULL);
    stream_text(s, RECORD_TEXT, last == 1 ? "here.example" : "there.example");
}

static void sample_local_name(struct stream *s)
{
    sample_hostname(s, 1);
}

static void sample_remote_name(struct stream *s)
{
    sample_hostname(s, 2);
}

static void sample_container(struct stream *s)
{
    stream_begin(s, RECORD_CONTAINER, 0, 0, "");
    stream_text(s, RECORD_JSON,
                "{\"id\":\"" SAMPLE_ID "\",\"type\":\"containerd\",\"name\":\"web\",\"image\":\"quay.io/a/b:1\",\"image_id\":\"0123\","
                "\"repository\":\"quay.io/a/b\",\"tag\":\"1\",\"digest\":\"sha256:00\",\"user\":\"0\",\"ip\":\"10.1.0.2\",\"cni_json\":\"[]\","
                "\"sandbox_id\":\"17d8\",\"privileged\":true,\"host_pid\":false,\"host_network\":false,\"host_ipc\":false,"
                "\"created_ns\":1700000000000000000,\"started_ns\":1700000001000000000,"
                "\"labels\":{\"app\":\"shop\",\"io.kubernetes.pod.name\":\"shop-1\",\"io.kubernetes.pod.namespace\":\"prod\","
                "\"io.kubernetes.pod.uid\":\"" SAMPLE_POD "\"},\"pod_labels\":{\"tier\":\"front\"},"
                "\"healthcheck\":[\"curl\",\"-f\"],\"liveness\":[\"true\"],\"readiness\":[\"true\"],"
                "\"mounts\":[{\"source\":\"/etc\",\"dest\":\"/etc\",\"mode\":\"rw\",\"rdwr\":true,\"propagation\":\"rprivate\"}]}");
}

static struct record_fd sample_socket(uint16_t flags)
{
    return (struct record_fd){.num = 5, .type = RECORD_FD_IPV4, .l4proto = IPPROTO_TCP, .flags = flags, .lport = 41000, .rport = 443,
                              .laddr = {192, 0, 2, 1}, .raddr = {192, 0, 2, 2}};
}

static void sample_exec(struct stream *s, int32_t pid, int32_t ppid, const char *comm, const char *exepath, const char *words)
{
    struct record_fd null = {.num = 0, .type = RECORD_FD_CHAR};
    struct record_exe exe = {.ino = 77, .ctime_ns = 2, .mtime_ns = 1, .fdlimit = 1024, .vm_size = 2000, .vm_rss = 300, .vm_swap = 1,
                             .pgft_maj = 1, .pgft_min = 40, .mode = 0100755, .pidns_start_ns = 1'000'000, .flags = RECORD_EXE_UPPER};
    stream_call(s, EVENT_EXECVE, pid, ppid, comm)->pidns = 4026532000;
    record_add(&s->w, RECORD_EXE, 0, &exe, sizeof(exe), str_from(exepath));
    stream_words(s, RECORD_ARGS, words);
    stream_words(s, RECORD_ENV, "HOME=/root|A=1|");
    stream_text(s, RECORD_CWD, "/root");
    stream_text(s, RECORD_CGROUP, "/kubepods/besteffort/pod" SAMPLE_POD "/" SAMPLE_ID);
    stream_text(s, RECORD_LOADER, "/lib64/ld-linux-x86-64.so.2");
    stream_text(s, RECORD_ROOT, "/srv");
    for (uint32_t i = 0; i < 3; i++)
        record_add(&s->w, RECORD_STDIO, i, &null, sizeof(null), STR("/dev/null"));
    stream_param(s, 30, exepath);
}

static void sample_init(struct stream *s)
{
    sample_exec(s, 1, 0, "init", "/sbin/init", "/sbin/init|");
}

static void sample_parent(struct stream *s)
{
    sample_exec(s, 10, 1, "bash", "/bin/bash", "bash|");
}

static void sample_program(struct stream *s)
{
    sample_exec(s, 20, 10, "cat", "/bin/cat", "cat|-n|x|");
}

static void sample_openat(struct stream *s)
{
    struct record_fd fd = {.num = 3, .type = RECORD_FD_FILE, .ino = 5, .dev = 0x801, .mode = 0100644, .links = 1, .flags = RECORD_FD_UPPER};
    struct record *r = stream_call(s, EVENT_OPENAT, 20, 10, "cat");
    r->res = 3;
    r->cap_effective = r->cap_permitted = r->cap_inheritable = 1ULL << 21;
    stream_number(s, 1, 4);
    stream_param(s, 2, "../x//y");
    stream_number(s, 3, O_CREAT | O_RDWR);
    stream_number(s, 4, 0755);
    stream_text(s, RECORD_BASE, "/tmp/z");
    stream_text(s, RECORD_RESOLVED, "/data/y");
    stream_fd(s, &fd, "/data/y");
}

static void sample_open_failed(struct stream *s)
{
    stream_call(s, EVENT_OPENAT, 20, 10, "cat")->res = -2;
    stream_number(s, 1, (uint32_t)-100);
    stream_param(s, 2, "/nowhere");
}

static void sample_connect(struct stream *s)
{
    struct record_fd fd = sample_socket(RECORD_FD_CONNECTED);
    stream_call(s, EVENT_CONNECT, 20, 10, "cat")->res = -115;
    stream_fd(s, &fd, "");
    record_add_text(&s->w, RECORD_PARAM + 3, STR("\2\0\1\273\300\0\2\2\0\0\0\0\0\0\0\0"));
}

static void sample_accept(struct stream *s)
{
    struct record_fd fd = sample_socket(RECORD_FD_SERVER);
    stream_call(s, EVENT_ACCEPT4, 20, 10, "cat")->res = 5;
    stream_fd(s, &fd, "");
}

static void sample_recvfrom(struct stream *s)
{
    struct record_fd fd = sample_socket(RECORD_FD_CONNECTED);
    stream_call(s, EVENT_RECVFROM, 20, 10, "cat")->res = 3;
    stream_fd(s, &fd, "");
    record_add_text(&s->w, RECORD_DATA, STR("abc"));
}

static void sample_write(struct stream *s, enum event_type type)
{
    struct record_fd fd = {.num = 3, .type = RECORD_FD_FILE, .ino = 5};
    stream_call(s, type, 20, 10, "cat")->res = 7;
    stream_fd(s, &fd, "/var/log/x");
}

static void sample_write_file(struct stream *s)
{
    sample_write(s, EVENT_WRITE);
}

static void sample_read_file(struct stream *s)
{
    sample_write(s, EVENT_READ);
}

static void sample_sendto(struct stream *s)
{
    struct record_fd fd = sample_socket(RECORD_FD_CONNECTED);
    stream_call(s, EVENT_SENDTO, 20, 10, "cat")->res = 3;
    stream_fd(s, &fd, "");
}

static void sample_mmap(struct stream *s)
{
    stream_call(s, EVENT_BRK, 20, 10, "cat")->res = -12;
}

static void sample_renameat2(struct stream *s)
{
    stream_call(s, EVENT_RENAMEAT2, 20, 10, "mv");
    stream_number(s, 1, (uint32_t)-100);
    stream_param(s, 2, "a");
    stream_number(s, 3, 6);
    stream_param(s, 4, "b");
    stream_number(s, 5, 1);
    stream_text(s, RECORD_BASE, "/one");
    stream_text(s, RECORD_BASE_OTHER, "/two");
    stream_text(s, RECORD_RESOLVED, "/one/a");
    stream_text(s, RECORD_RESOLVED_OTHER, "/three/b");
}

static void sample_symlink(struct stream *s)
{
    stream_call(s, EVENT_SYMLINK, 20, 10, "ln");
    stream_param(s, 1, "/etc/shadow");
    stream_param(s, 2, "/tmp/x");
}

static void sample_link(struct stream *s)
{
    stream_call(s, EVENT_LINK, 20, 10, "ln");
    stream_param(s, 1, "/etc/shadow");
    stream_param(s, 2, "/tmp/x");
}

static void sample_mkdir(struct stream *s)
{
    stream_call(s, EVENT_MKDIR, 20, 10, "mkdir");
    stream_param(s, 1, "/tmp/x");
    stream_number(s, 2, 0755);
}

static void sample_chmod(struct stream *s)
{
    stream_call(s, EVENT_FCHMODAT, 20, 10, "chmod");
    stream_number(s, 1, (uint32_t)-100);
    stream_param(s, 2, "/tmp/x");
    stream_number(s, 3, 04755);
}

static void sample_ptrace(struct stream *s)
{
    stream_call(s, EVENT_PTRACE, 20, 10, "gdb")->res = -1;
    stream_number(s, 3, 16);
    stream_number(s, 4, 10);
}

static void sample_bpf(struct stream *s)
{
    stream_call(s, EVENT_BPF, 20, 10, "bpf")->res = 4;
    stream_number(s, 1, 5);
}

static void sample_socket_call(struct stream *s)
{
    stream_call(s, EVENT_SOCKET, 20, 10, "ping")->res = 4;
    stream_number(s, 1, 17);
}

static void sample_setuid(struct stream *s)
{
    struct record *r = stream_call(s, EVENT_SETUID, 20, 10, "su");
    r->loginuid = 0;
    r->userns = 4026531837;
    stream_number(s, 1, 0);
}

static void sample_signal(struct stream *s)
{
    struct record_target target = {.pid = 10, .tid = 10, .start_ns = stream_start(10), .signal = 9, .comm = "bash"};
    stream_begin(s, RECORD_SIGNAL, 20, 10, "kill");
    record_add(&s->w, RECORD_TARGET, 0, &target, sizeof(target), STR_NULL);
}

static void sample_net(struct stream *s, int kind)
{
    struct record_net net = {.family = 2, .l4proto = IPPROTO_TCP, .lport = 41000, .rport = 3333, .laddr = {192, 0, 2, 1}, .raddr = {192, 0, 2, 2},
                             .flags = 1, .sent = 10, .received = 20, .old_state = 2, .state = 1};
    stream_begin(s, kind, 20, 10, "x");
    record_add(&s->w, RECORD_NET, 0, &net, sizeof(net), STR_NULL);
}

static void sample_flow(struct stream *s)
{
    sample_net(s, RECORD_FLOW);
}

static void sample_tcp_state(struct stream *s)
{
    sample_net(s, RECORD_TCP_STATE);
}

/* An answer: pool.example.org is an alias of a.example.org, which has two addresses; TXT beside. */
static void sample_dns(struct stream *s)
{
    static const char packet[] = "\x12\x34\x81\x80\0\1\0\4\0\0\0\0"
                                 "\4POOL\7example\3org\0\0\1\0\1"
                                 "\xc0\x0c\0\5\0\1\0\0\0\x3c\0\4\1a\xc0\x11"
                                 "\xc0\x2e\0\1\0\1\0\0\0\x3c\0\4\xc0\0\2\7"
                                 "\xc0\x2e\0\x1c\0\1\0\0\0\x3c\0\x10\x20\1\xd\xb8\0\0\0\0\0\0\0\0\0\0\0\1"
                                 "\xc0\x0c\0\x10\0\1\0\0\0\x3c\0\7\3a b\2\1\x7f";
    sample_net(s, RECORD_DNS);
    record_add_text(&s->w, RECORD_DNS_PACKET, str_n(packet, sizeof(packet) - 1));
}

static void sample_question(struct stream *s)
{
    static const char packet[] = "\x12\x34\1\0\0\1\0\0\0\0\0\0\4pool\7example\3org\0\0\1\0\1";
    sample_net(s, RECORD_DNS);
    record_add_text(&s->w, RECORD_DNS_PACKET, str_n(packet, sizeof(packet) - 1));
}

static void sample_usage(struct stream *s)
{
    struct record_usage usage = {.period_ns = 1000, .user_ns = 1500, .system_ns = 500, .threads = 4, .busy_threads = 2, .vm_kib = 10, .rss_kib = 9,
                                 .huge_kib = 8, .locked_kib = 7};
    stream_begin(s, RECORD_USAGE, 20, 10, "x");
    record_add(&s->w, RECORD_USAGE_DATA, 0, &usage, sizeof(usage), STR_NULL);
}

static void sample_inode_flags(struct stream *s)
{
    struct record_fd fd = {.num = 3, .type = RECORD_FD_FILE};
    stream_begin(s, RECORD_INODE_FLAGS, 20, 10, "chattr");
    stream_number(s, 2, 0x10 | 0x80000);
    stream_number(s, 3, 0x80000 | 0x20);
    stream_fd(s, &fd, "/etc/x");
}

static void sample_drops(struct stream *s)
{
    struct record_drop drop = {.count = 3, .kind = 257, .reason = RECORD_DROP_FULL};
    stream_begin(s, RECORD_DROPS, 0, 0, "");
    record_add(&s->w, RECORD_DROP, 0, &drop, sizeof(drop), STR_NULL);
    stream_number(s, 0, 5);
}

static void sample_exit(struct stream *s)
{
    stream_begin(s, RECORD_PROCEXIT, 20, 10, "x")->flags = RECORD_IS_LAST;
}

/* What tells something only together with others. */

static void sample_later_connect(struct stream *s)
{
    s->now_ns += 10'000'000'000;
    sample_connect(s);
}

static void sample_rename_ending(struct stream *s)
{
    stream_call(s, EVENT_RENAME, 20, 10, "mv");
    stream_param(s, 1, "/x/a.txt");
    stream_param(s, 2, "/x/a.txt.locked");
}

static void sample_written(struct stream *s)
{
    const struct record_fd fd = {.num = 3, .type = RECORD_FD_FILE, .ino = 77, .oflags = O_WRONLY};
    stream_call(s, EVENT_OPENAT, 20, 10, "curl")->res = 3;
    stream_fd(s, &fd, "/root/x");
}

static void sample_said(struct stream *s)
{
    stream_call(s, EVENT_WRITE, 20, 10, "x")->res = 9;
    record_add_text(&s->w, RECORD_DATA, STR("JOIN #x\r\n"));
}

static void sample_greeting(struct stream *s)
{
    sample_net(s, RECORD_GREETING);
    record_add_text(&s->w, RECORD_DATA, STR("NICK x\r\n"));
}

static void sample_config(struct stream *s, const char *const *entries)
{
    stream_begin(s, RECORD_CONFIG, 20, 10, "sh");
    stream_param(s, 0, "/etc/passwd");
    stream_param(s, 1, "users");
    for (; *entries; entries++)
        stream_text(s, RECORD_TEXT, *entries);
}

static void sample_config_before(struct stream *s)
{
    sample_config(s, (const char *const[]){"root:0:0:/root:/bin/sh", "ann:1:1:/:/bin/sh", "bob:2:2:/:/bin/sh", NULL});
}

static void sample_config_after(struct stream *s)
{
    sample_config(s, (const char *const[]){"root:0:0:/root:/bin/sh", "ann:0:1:/:/bin/sh", "eve:3:3:/:/bin/sh", NULL});
}

static void sample_hidden(struct stream *s)
{
    stream_begin(s, RECORD_HIDDEN, 20, 10, "x");
    stream_param(s, 0, "unlisted");
}

static void sample_keys(struct stream *s)
{
    const struct record_fd fd = {.num = 3, .type = RECORD_FD_FILE, .ino = 78, .oflags = O_RDONLY};
    stream_call(s, EVENT_OPENAT, 20, 10, "cat")->res = 3;
    stream_fd(s, &fd, "/root/.aws/credentials");
}

/* A file beside another, which goes. */
static void sample_made_beside(struct stream *s)
{
    const struct record_fd fd = {.num = 3, .type = RECORD_FD_FILE, .ino = 99, .oflags = O_WRONLY, .flags = RECORD_FD_CREATED};
    stream_call(s, EVENT_OPENAT, 20, 10, "x")->res = 3;
    stream_fd(s, &fd, "/srv/a.doc.locked");
}

static void sample_removed(struct stream *s)
{
    stream_call(s, EVENT_UNLINK, 20, 10, "x");
    stream_param(s, 1, "/srv/a.doc");
}

static void sample_rewrite(struct stream *s)
{
    stream_begin(s, RECORD_REWRITE, 20, 10, "x");
    stream_param(s, 0, "/srv/a.doc.locked");
    stream_number(s, 1, 7953);
    stream_number(s, 2, 1);
    stream_number(s, 3, 99);
    stream_param(s, 4, "openpgp");
}

static void sample_hello(struct stream *s)
{
    static const char HELLO[] = "\x16\x03\x01\0\x48\x01\0\0\x44\x03\x03" "0123456789abcdef0123456789abcdef" "\0\0\x02\x13\x01\x01\0"
                                "\0\x19\0\0\0\x15\0\x13\0\0\x10www.7fq3mzk2.com";
    sample_net(s, RECORD_GREETING);
    record_add_text(&s->w, RECORD_DATA, str_n(HELLO, sizeof(HELLO) - 1));
}

static void sample_login(struct stream *s)
{
    sample_net(s, RECORD_LOGIN);
    stream_param(s, 0, "login");
    stream_param(s, 1, "eve");
    stream_param(s, 3, "failure");
    stream_number(s, 13, 1);
}

/* In the order of a stream. */
static void (*const SAMPLES[])(struct stream *s) = {
    sample_machine,   sample_user,       sample_group,      sample_local_name, sample_remote_name, sample_container, sample_init,
    sample_parent,    sample_program,    sample_openat,     sample_open_failed, sample_connect,    sample_accept,    sample_recvfrom,
    sample_sendto,    sample_write_file, sample_read_file,  sample_mmap,       sample_renameat2,   sample_symlink,   sample_link,
    sample_mkdir,     sample_chmod,      sample_ptrace,     sample_bpf,        sample_socket_call, sample_setuid,    sample_signal,
    sample_flow,      sample_tcp_state,  sample_dns,        sample_usage,      sample_inode_flags, sample_drops,
    sample_later_connect, sample_later_connect, sample_later_connect, sample_flow, sample_rename_ending, sample_written, sample_program,
    sample_config_before, sample_config_after, sample_said, sample_greeting, sample_question, sample_hidden, sample_keys,
    sample_later_connect, sample_made_beside, sample_removed, sample_rewrite, sample_hello, sample_login, sample_exit,
};
enum { N_SAMPLES = sizeof(SAMPLES) / sizeof(SAMPLES[0]) };
