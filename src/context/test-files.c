// SPDX-License-Identifier: Apache-2.0
/* Events about files: which path, in which of its forms. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>

#include "context/test-records.h"
#include "harness/test.h"

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

/* Where no hook tells what the kernel made of it, the second form is at least what the words mean. */
TEST(a_roundabout_path_has_a_second_form)
{
    struct stream s;
    stream_init(&s, (struct context_options){});
    make_shell(&s);
    stream_call(&s, EVENT_MOUNT, 30, 20, "mount");
    stream_param(&s, 1, "/tmp/x");
    stream_param(&s, 2, "/etc/../etc//./shadow");
    CHECK_INT(stream_take(&s), 1);
    CHECK_FIELD(&s, "evt.arg.dir", "/etc/../etc//./shadow");
    CHECK_FIELD(&s, "fs.path.source", "/tmp/x");
    CHECK_FIELD(&s, "fs.path.target", "/etc/shadow");
    CHECK_FIELD(&s, "fs.path.targetraw", "/etc/../etc//./shadow");
    CHECK(live_event_resolved(s.e));
    CHECK_FIELD(&s, "evt.arg.dir", "/etc/shadow");
    CHECK_FIELD(&s, "evt.arg.dev", "/tmp/x");
    CHECK_FIELD(&s, "fs.path.target", "/etc/shadow");
    CHECK_FIELD(&s, "evt.rawarg.dir", "/etc/../etc//./shadow");
    CHECK(!live_event_resolved(s.e));

    /* a plain one has none */
    stream_call(&s, EVENT_MOUNT, 30, 20, "mount");
    stream_param(&s, 1, "/tmp/x");
    stream_param(&s, 2, "/etc/shadow");
    CHECK_INT(stream_take(&s), 1);
    CHECK(!live_event_resolved(s.e));

    /* where it was told, what was told counts: here a link led elsewhere */
    stream_call(&s, EVENT_MOUNT, 30, 20, "mount");
    stream_param(&s, 1, "/tmp/x");
    stream_param(&s, 2, "/tmp/link/../shadow");
    stream_text(&s, RECORD_RESOLVED, "/etc/shadow");
    CHECK_INT(stream_take(&s), 1);
    CHECK(live_event_resolved(s.e));
    CHECK_FIELD(&s, "evt.arg.dir", "/etc/shadow");

    /* both paths of a call that has two */
    stream_call(&s, EVENT_RENAME, 30, 20, "mv");
    stream_param(&s, 1, "/tmp/x");
    stream_param(&s, 2, "//etc/shadow");
    CHECK_INT(stream_take(&s), 1);
    CHECK_FIELD(&s, "evt.arg.newpath", "//etc/shadow");
    CHECK(live_event_resolved(s.e));
    CHECK_FIELD(&s, "evt.arg.newpath", "/etc/shadow");
    CHECK_FIELD(&s, "evt.arg.oldpath", "/tmp/x");
    stream_done(&s);
}

/* What is mounted where: as Falco names them for mount(2), and alike for the calls that it does not name. */
TEST(sources_and_targets_of_mounts)
{
    struct stream s;
    stream_init(&s, (struct context_options){});
    make_shell(&s);
    stream_call(&s, EVENT_MOVE_MOUNT, 30, 20, "mount");
    stream_number(&s, 1, 4);
    stream_param(&s, 2, "/mnt/x");
    stream_number(&s, 3, (uint32_t)-100);
    stream_param(&s, 4, "shadow");
    stream_text(&s, RECORD_BASE_OTHER, "/etc");
    CHECK_INT(stream_take(&s), 1);
    CHECK_FIELD(&s, "fs.path.source", "/mnt/x");
    CHECK_FIELD(&s, "fs.path.target", "/etc/shadow");
    CHECK_FIELD(&s, "fs.path.targetraw", "shadow");
    CHECK_FIELD(&s, "fs.path.name", "<NA>");
    stream_call(&s, EVENT_PIVOT_ROOT, 30, 20, "runc");
    stream_param(&s, 1, "/new");
    stream_param(&s, 2, "/new/old");
    CHECK_INT(stream_take(&s), 1);
    CHECK_FIELD(&s, "fs.path.source", "/new");
    CHECK_FIELD(&s, "fs.path.target", "/new/old");
    stream_call(&s, EVENT_MOUNT, 30, 20, "mount");
    stream_param(&s, 1, "tmpfs");
    stream_param(&s, 2, "/mnt");
    CHECK_INT(stream_take(&s), 1);
    CHECK_FIELD(&s, "fs.path.sourceraw", "tmpfs");
    CHECK_FIELD(&s, "fs.path.target", "/mnt");
    stream_call(&s, EVENT_MOUNT, 30, 20, "mount");
    s.w.record->res = -EPERM;
    stream_param(&s, 1, "tmpfs");
    stream_param(&s, 2, "/mnt");
    CHECK_INT(stream_take(&s), 1);
    CHECK_FIELD(&s, "fs.path.target", "<NA>");
    stream_done(&s);
}

/* What a link says is text to the kernel, and counts from where the link lies, not from who made it. */
TEST(a_links_text_has_a_second_form)
{
    struct stream s;
    stream_init(&s, (struct context_options){});
    make_shell(&s);
    stream_call(&s, EVENT_SYMLINK, 30, 20, "ln");
    stream_param(&s, 1, "../etc/./shadow");
    stream_param(&s, 2, "/tmp/link");
    CHECK_INT(stream_take(&s), 1);
    CHECK_FIELD(&s, "evt.arg.target", "../etc/./shadow");
    CHECK_FIELD(&s, "evt.arg.linkpath", "/tmp/link");
    CHECK(live_event_resolved(s.e));
    CHECK_FIELD(&s, "evt.arg.target", "/etc/shadow");
    CHECK_FIELD(&s, "evt.arg.linkpath", "/tmp/link");
    CHECK_FIELD(&s, "fs.path.target", "/etc/shadow");
    CHECK_FIELD(&s, "fs.path.targetraw", "../etc/./shadow");
    CHECK(!live_event_resolved(s.e));
    stream_call(&s, EVENT_SYMLINK, 30, 20, "ln");
    stream_param(&s, 1, "/etc/shadow");
    stream_param(&s, 2, "/tmp/link");
    CHECK_INT(stream_take(&s), 1);
    CHECK(!live_event_resolved(s.e));
    stream_done(&s);
}

/* Rules of Falco's ask for files where something was opened by a path, and mean pipes and sockets of /proc/self/fd with it. */
TEST(what_was_opened_is_a_file)
{
    struct stream s;
    struct record_fd fd = {.num = 3, .type = RECORD_FD_FIFO, .ino = 5, .mode = 0010600, .links = 1};
    stream_init(&s, (struct context_options){});
    make_shell(&s);
    open_at(&s, "/proc/self/fd/1", O_WRONLY, &fd, "pipe:[5]");
    CHECK_FIELD(&s, "fd.typechar", "f");
    CHECK_FIELD(&s, "fd.type", "file");
    CHECK_FIELD(&s, "fd.name", "/proc/self/fd/1");
    CHECK_FIELD(&s, "fd.directory", "/proc/self/fd");
    CHECK_FIELD(&s, "fd.filename", "1");
    CHECK_FIELD(&s, "evt.arg.fd", "<f>/proc/self/fd/1");
    fd.type = RECORD_FD_DIRECTORY;
    open_at(&s, "/tmp", O_RDONLY, &fd, "/tmp");
    CHECK_FIELD(&s, "fd.typechar", "d");
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
