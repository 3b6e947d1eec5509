// SPDX-License-Identifier: Apache-2.0
#include "base/io.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "harness/test.h"

enum { LONG = 3 << 20 };

static unsigned char byte_at(size_t i)
{
    return (unsigned char)(i * 2654435761u >> 13);
}

/* Reads a pipe slowly, in odd pieces; the number of bytes that were right. */
static void *drain(void *ctx)
{
    const int fd = *(int *)ctx;
    unsigned char bytes[7001];
    size_t right = 0;
    for (ssize_t n; (n = read(fd, bytes, sizeof(bytes))) > 0 || (n < 0 && errno == EINTR);)
        for (ssize_t i = 0; i < n; i++)
            right += bytes[i] == byte_at(right);
    return (void *)right;
}

static volatile sig_atomic_t signals;

static void count(int)
{
    signals = signals + 1;
}

/* A signal each 200 microseconds that interrupts what waits. */
static void interrupt(bool on)
{
    const struct sigaction act = {.sa_handler = on ? count : SIG_IGN};
    const suseconds_t us = on ? 200 : 0;
    const struct itimerval often = {{0, us}, {0, us}};
    CHECK(!sigaction(SIGALRM, &act, NULL) && !setitimer(ITIMER_REAL, &often, NULL));
}

TEST(a_pipe_takes_all_though_signals_come)
{
    int fds[2];
    pthread_t reader;
    void *right;
    _cleanup_free_ char *bytes = malloc(LONG);
    sigset_t alarm, before;
    for (size_t i = 0; i < LONG; i++)
        bytes[i] = (char)byte_at(i);
    CHECK(!pipe2(fds, O_CLOEXEC));
    sigemptyset(&alarm);
    sigaddset(&alarm, SIGALRM);
    pthread_sigmask(SIG_BLOCK, &alarm, &before); /* this thread alone is interrupted */
    CHECK(!pthread_create(&reader, NULL, drain, &fds[0]));
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    interrupt(true);
    int r = io_write(fds[1], str_n(bytes, LONG));
    interrupt(false);
    close(fds[1]);
    pthread_join(reader, &right);
    close(fds[0]);
    CHECK_INT(r, 0);
    CHECK_INT((size_t)right, LONG);
    CHECK(signals > 0);
}

TEST(reads_and_writes_at_places)
{
    char path[] = "/tmp/davy-test-io-XXXXXX", room[8] = "";
    _cleanup_close_ int fd = mkstemp(path);
    _cleanup_(strbuf_done) struct strbuf b = {};
    CHECK(fd >= 0 && !unlink(path));
    CHECK_INT(io_write(fd, STR("0123456789")), 0);
    CHECK_INT(io_write_at(fd, STR("abc"), 4), 0);
    CHECK_INT(lseek(fd, 0, SEEK_CUR), 10);
    CHECK_INT(io_read_at(fd, room, 5, 3), 0);
    CHECK_CSTR(room, "3abc7");
    CHECK_INT(io_read_at(fd, room, 5, 6), 1);
    CHECK_INT(io_read_at(fd, room, 0, 99), 0);
    CHECK_INT(lseek(fd, 7, SEEK_SET), 7);
    CHECK_INT(io_read(fd, room, 2), 0);
    CHECK(!memcmp(room, "78", 2));
    CHECK_INT(io_read(fd, room, 2), 1);
    CHECK_INT(lseek(fd, 0, SEEK_SET), 0);
    strbuf_adds(&b, "> ");
    CHECK_INT(io_read_up_to(fd, 6, &b), 0);
    CHECK_STR(strbuf_str(&b), "> 0123");
    CHECK_INT(io_read_up_to(fd, 6, &b), 0);
    CHECK_STR(strbuf_str(&b), "> 0123");
    CHECK_INT(io_read_up_to(fd, 1 << 20, &b), 0);
    CHECK_STR(strbuf_str(&b), "> 0123abc789");
    CHECK_CSTR(b.p, "> 0123abc789"); /* with its NUL */
}

TEST(errors_are_told)
{
    _cleanup_close_ int full = open("/dev/full", O_RDWR | O_CLOEXEC), folder = open("/tmp", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    _cleanup_(strbuf_done) struct strbuf b = {};
    char room[4];
    CHECK_INT(io_write(full, STR("x")), -ENOSPC);
    CHECK_INT(io_write_at(full, STR("x"), 0), -ENOSPC);
    CHECK_INT(io_write(full, STR("")), 0);
    CHECK_INT(io_write(-1, STR("x")), -EBADF);
    CHECK_INT(io_read(folder, room, 4), -EISDIR);
    CHECK_INT(io_read_at(folder, room, 4, 0), -EISDIR);
    strbuf_adds(&b, "kept");
    CHECK_INT(io_read_up_to(folder, 100, &b), -EISDIR);
    CHECK_STR(strbuf_str(&b), "kept");
}

static void check_file(const char *folder, const char *name, const char *content, mode_t mode)
{
    _cleanup_(strbuf_done) struct strbuf path = {}, b = {};
    struct stat st;
    strbuf_printf(&path, "%s/%s", folder, name);
    CHECK_INT(file_read(path.p, 100, &b, NULL), 0);
    CHECK_STR(strbuf_str(&b), content);
    CHECK(!stat(path.p, &st));
    CHECK_INT(st.st_mode & 07777, mode);
}

TEST(a_file_is_replaced_whole_or_left)
{
    char path[] = "/tmp/davy-test-io-XXXXXX", name[256];
    CHECK(mkdtemp(path));
    _cleanup_close_ int folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    CHECK_INT(io_replace(folder, STR("f"), STR("one"), 0600, 0), 0);
    check_file(path, "f", "one", 0600);
    CHECK_INT(io_replace(folder, str_n("fg", 1), STR("2"), 0640, IO_REPLACE_SYNC), 0);
    check_file(path, "f", "2", 0640);
    CHECK(faccessat(folder, ".f.new", F_OK, AT_SYMLINK_NOFOLLOW) < 0);
    /* a folder stands in its place: what was written beside it goes */
    CHECK(!mkdirat(folder, "d", 0700));
    CHECK_INT(io_replace(folder, STR("d"), STR("x"), 0600, 0), -EISDIR);
    CHECK(faccessat(folder, ".d.new", F_OK, AT_SYMLINK_NOFOLLOW) < 0);
    /* a link beside it is not written through */
    CHECK(!symlinkat("f", folder, ".f.new"));
    CHECK_INT(io_replace(folder, STR("f"), STR("3"), 0600, 0), -ELOOP);
    check_file(path, "f", "2", 0640);
    memset(name, 'n', sizeof(name));
    CHECK_INT(io_replace(folder, str_n(name, 255), STR("x"), 0600, 0), -ENAMETOOLONG);
    CHECK(!unlinkat(folder, ".f.new", 0) && !unlinkat(folder, "f", 0) && !unlinkat(folder, "d", AT_REMOVEDIR) && !rmdir(path));
}
