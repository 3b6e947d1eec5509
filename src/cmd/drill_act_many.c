// SPDX-License-Identifier: Apache-2.0
/* Acts that are many of one kind, or that only together mean something. */
#include "cmd/drill_act.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <utmp.h>

static void wait_ms(long ms)
{
    struct timespec left = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
    while (nanosleep(&left, &left) < 0 && errno == EINTR)
        ;
}

/* One connection to a listener of its own; both ends. */
static void connect_once(const struct sockaddr_in *to, int ends[2])
{
    int listener = listen_at(to);
    ends[0] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    must(ends[0] >= 0 && !connect(ends[0], (const struct sockaddr *)to, sizeof(*to)), "connect");
    ends[1] = accept(listener, NULL, NULL);
    must(ends[1] >= 0 && !close(listener), "accept");
}

/* fetch ADDRESS PORT PATH: a connection, then a file that can be run: this program itself */
int act_fetch(char **args)
{
    struct sockaddr_in to;
    struct stat st;
    int ends[2], self = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    must(address(args[0], atoi(args[1]), &to), args[0]);
    connect_once(&to, ends);
    int file = open(args[2], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0755);
    must(self >= 0 && file >= 0 && !fstat(self, &st), args[2]);
    for (off_t at = 0; at < st.st_size;)
        must(sendfile(file, self, &at, (size_t)(st.st_size - at)) > 0, "sendfile");
    return close(file) | close(ends[0]) | close(ends[1]) ? 1 : 0;
}

/* script ADDRESS PORT PATH: a connection, then a script that does nothing */
int act_script(char **args)
{
    struct sockaddr_in to;
    int ends[2];
    must(address(args[0], atoi(args[1]), &to), args[0]);
    connect_once(&to, ends);
    int file = open(args[2], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    must(file >= 0 && write(file, ":\n", 2) == 2, args[2]);
    return close(file) | close(ends[0]) | close(ends[1]) ? 1 : 0;
}

/* beacon ADDRESS PORT TIMES MILLISECONDS: connections in even intervals, each from a clock and not from the end of the last */
int act_beacon(char **args)
{
    struct sockaddr_in to;
    struct timespec at;
    const long ms = atol(args[3]);
    must(address(args[0], atoi(args[1]), &to) && !clock_gettime(CLOCK_MONOTONIC, &at), args[0]);
    for (int i = 0; i < atoi(args[2]); i++) {
        int ends[2];
        connect_once(&to, ends);
        must(!close(ends[0]) && !close(ends[1]), "close");
        at.tv_nsec += ms % 1000 * 1000000;
        at.tv_sec += ms / 1000 + at.tv_nsec / 1000000000;
        at.tv_nsec %= 1000000000;
        while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL) == EINTR)
            ;
    }
    return 0;
}

/* upload ADDRESS PORT TIMES BYTES: so many bytes (at most 64 KiB) in each of so many connections */
int act_upload(char **args)
{
    static char zeros[1 << 16];
    struct sockaddr_in to;
    const size_t n = (size_t)atoi(args[3]) <= sizeof(zeros) ? (size_t)atoi(args[3]) : sizeof(zeros);
    must(address(args[0], atoi(args[1]), &to), args[0]);
    for (int i = 0; i < atoi(args[2]); i++) {
        int ends[2];
        connect_once(&to, ends);
        must(write(ends[0], zeros, n) == (ssize_t)n, "write");
        for (size_t got = 0; got < n;) {
            ssize_t more = read(ends[1], zeros, n - got);
            must(more > 0, "read");
            got += (size_t)more;
        }
        must(!close(ends[0]) && !close(ends[1]), "close");
    }
    return 0;
}

/* rename FOLDER TIMES ENDING: makes empty files in a folder of its own and puts the ending behind each name */
int act_rename(char **args)
{
    must(!mkdir(args[0], 0700) || errno == EEXIST, args[0]);
    for (int i = 0; i < atoi(args[1]); i++) {
        char from[256], to[256];
        (void)snprintf(from, sizeof(from), "%s/%d.txt", args[0], i);
        (void)snprintf(to, sizeof(to), "%s/%d.txt.%s", args[0], i, args[2]);
        int fd = open(from, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
        must(fd >= 0 && !close(fd) && !rename(from, to), from);
    }
    return 0;
}

/* fan PREFIX PORT TIMES: PREFIX.1, PREFIX.2, … which nobody answers at */
int act_fan(char **args)
{
    for (int i = 1; i <= atoi(args[2]); i++) {
        char text[32];
        struct sockaddr_in to;
        (void)snprintf(text, sizeof(text), "%s.%d", args[0], i);
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        must(fd >= 0 && address(text, atoi(args[1]), &to), text);
        must(connect(fd, (struct sockaddr *)&to, sizeof(to)) < 0 && errno == ECONNREFUSED, text);
        must(!close(fd), "close");
        if (i % 8 == 0)
            wait_ms(20);
    }
    return 0;
}

/* ports ADDRESS FIRST TIMES: FIRST, FIRST + 1, … at which nobody listens */
int act_ports(char **args)
{
    for (int i = 0; i < atoi(args[2]); i++) {
        struct sockaddr_in to;
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        must(fd >= 0 && address(args[0], atoi(args[1]) + i, &to), args[0]);
        must(connect(fd, (struct sockaddr *)&to, sizeof(to)) < 0 && errno == ECONNREFUSED, "connect");
        must(!close(fd), "close");
    }
    return 0;
}

/* say ADDRESS PORT TEXT: the text and the end of a line, over one connection */
int act_say(char **args)
{
    struct sockaddr_in to;
    int ends[2];
    must(address(args[0], atoi(args[1]), &to), args[0]);
    connect_once(&to, ends);
    must(dprintf(ends[0], "%s\r\n", args[2]) > 0, "write");
    return close(ends[0]) | close(ends[1]) ? 1 : 0;
}

/* encrypt FOLDER N ENDING: N files of words that become random bytes, and are given an ending; first all are made */
int act_encrypt(char **args)
{
    enum { BYTES = 4096 };
    static char bytes[BYTES];
    char path[256], to[256 + 32];
    for (int i = 0; i < atoi(args[1]); i++) {
        (void)snprintf(path, sizeof(path), "%s/%d.txt", args[0], i);
        int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
        memset(bytes, 'a' + i % 26, sizeof(bytes));
        must(fd >= 0 && write(fd, bytes, BYTES) == BYTES && !close(fd), path);
    }
    for (int i = 0; i < atoi(args[1]); i++) {
        (void)snprintf(path, sizeof(path), "%s/%d.txt", args[0], i);
        (void)snprintf(to, sizeof(to), "%s.%s", path, args[2]);
        int fd = open(path, O_RDWR | O_CLOEXEC);
        must(fd >= 0 && read(fd, bytes, BYTES) == BYTES && getrandom(bytes, BYTES, 0) == BYTES && pwrite(fd, bytes, BYTES, 0) == BYTES && !close(fd), path);
        must(!rename(path, to), to);
    }
    return 0;
}

/* hello ADDRESS PORT NAME: the first words of a client of TLS that says whom it asks for, and nothing else */
int act_hello(char **args)
{
    unsigned char b[256] = {0x16, 3, 1};
    struct sockaddr_in to;
    int ends[2];
    size_t n = 9, name = strlen(args[2]);
    must(name < 64 && address(args[0], atoi(args[1]), &to), args[0]);
    b[5] = 1;
    b[n++] = 3;
    b[n++] = 3;
    memset(b + n, 0x44, 32);
    n += 32;
    static const unsigned char REST[] = {0, 0, 4, 0x13, 1, 0x13, 2, 1, 0}; /* no session, two ciphers, no compression */
    memcpy(b + n, REST, sizeof(REST));
    n += sizeof(REST);
    b[n + 1] = (unsigned char)(name + 9); /* extensions: one, server_name */
    b[n + 5] = (unsigned char)(name + 5);
    b[n + 7] = (unsigned char)(name + 3);
    b[n + 10] = (unsigned char)name;
    memcpy(b + n + 11, args[2], name);
    n += 11 + name;
    b[4] = (unsigned char)(n - 5);
    b[8] = (unsigned char)(n - 9);
    connect_once(&to, ends);
    must(write(ends[0], b, n) == (ssize_t)n, "write");
    return close(ends[0]) | close(ends[1]) ? 1 : 0;
}

/* failures FILE ADDRESS N NAME: as many logins that failed as sshd writes them down, each with another name */
int act_failures(char **args)
{
    struct sockaddr_in from;
    must(address(args[1], 0, &from), args[1]);
    int fd = open(args[0], O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    must(fd >= 0, args[0]);
    for (int i = 0; i < atoi(args[2]); i++) {
        struct utmp u = {.ut_type = LOGIN_PROCESS, .ut_line = "ssh:notty", .ut_tv.tv_sec = (int32_t)time(NULL), .ut_addr_v6 = {(int32_t)from.sin_addr.s_addr}};
        (void)snprintf(u.ut_user, sizeof(u.ut_user), "%d-%s", i, args[3]);
        must(write(fd, &u, sizeof(u)) == sizeof(u), args[0]);
    }
    return close(fd) ? 1 : 0;
}

/* datagrams ADDRESS PORT TIMES: so many of 32 KiB to a socket of its own that reads none of them; and waits until they were counted */
int act_datagrams(char **args)
{
    static char zeros[32 << 10];
    struct sockaddr_in to;
    must(address(args[0], atoi(args[1]), &to), args[0]);
    int in = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), out = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    must(in >= 0 && out >= 0 && !bind(in, (struct sockaddr *)&to, sizeof(to)) && !connect(out, (struct sockaddr *)&to, sizeof(to)), "socket");
    for (int i = 0; i < atoi(args[2]) + 64; i++)
        (void)send(out, zeros, sizeof(zeros), MSG_DONTWAIT);
    wait_ms(12000);
    return close(in) | close(out) ? 1 : 0;
}
