// SPDX-License-Identifier: Apache-2.0
/*
 * Acts that rules on what processes do are written against, each harmless: what would be changed is the test's own, and what would
 * do harm is asked for in a form that the kernel refuses. Linked statically, because some run in containers with nothing else.
 *
 *     acts NAME [argument...]        exit status 0 when the act could be done
 *
 * A test copies it to the names of servers and tools that rules know, so the act is told by the argument, not by the name.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static void must(int done, const char *what)
{
    if (!done) {
        perror(what);
        _exit(1);
    }
}

static int wait_for(pid_t child)
{
    int status = 0;
    must(waitpid(child, &status, 0) == child, "waitpid");
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

/* run PROGRAM [ARGUMENT...]: as a child, which a shell would replace itself by */
static int act_run(char **args)
{
    pid_t child = fork();
    must(child >= 0, "fork");
    if (!child) {
        execv(args[0], args);
        perror(args[0]);
        _exit(1);
    }
    return wait_for(child);
}

/* as UID PROGRAM [ARGUMENT...]: a child with the rights of another user */
static int act_as(char **args)
{
    pid_t child = fork();
    must(child >= 0, "fork");
    if (!child) {
        must(!setgid((gid_t)atoi(args[0])) && !setuid((uid_t)atoi(args[0])), "setuid");
        execv(args[1], args + 1);
        _exit(1);
    }
    return wait_for(child);
}

/* open PATH read|write|append|truncate [SECONDS]: after so long */
static int act_open(char **args)
{
    int flags = !strcmp(args[1], "read")     ? O_RDONLY
                : !strcmp(args[1], "write")  ? O_WRONLY | O_CREAT
                : !strcmp(args[1], "append") ? O_WRONLY | O_APPEND
                                             : O_WRONLY | O_TRUNC;
    if (args[2])
        sleep((unsigned)atoi(args[2]));
    int fd = open(args[0], flags, 0600);
    must(fd >= 0, args[0]);
    return close(fd);
}

/* seize: attaches to its own child, lets it go on, ends it */
static int act_seize(char **args)
{
    (void)args;
    pid_t child = fork();
    must(child >= 0, "fork");
    if (!child) {
        pause();
        _exit(0);
    }
    must(!ptrace(PTRACE_SEIZE, child, NULL, NULL), "PTRACE_SEIZE");
    must(!ptrace(PTRACE_INTERRUPT, child, NULL, NULL) && waitpid(child, NULL, 0) == child, "PTRACE_INTERRUPT");
    must(!ptrace(PTRACE_DETACH, child, NULL, NULL) && !kill(child, SIGKILL) && waitpid(child, NULL, 0) == child, "PTRACE_DETACH");
    return 0;
}

/* traceme: the child asks to be traced by its parent */
static int act_traceme(char **args)
{
    (void)args;
    pid_t child = fork();
    must(child >= 0, "fork");
    if (!child)
        _exit(ptrace(PTRACE_TRACEME, 0, NULL, NULL) ? 1 : 0);
    return wait_for(child);
}

/* peek: asks ptrace for something that attaches to nobody */
static int act_peek(char **args)
{
    (void)args;
    return ptrace(PTRACE_PEEKDATA, getpid(), NULL, NULL) == -1 && errno == ESRCH ? 0 : 1;
}

/* memfd NAME PROGRAM [ARGUMENT...]: runs a copy of the program that has no name in any folder */
static int act_memfd(char **args)
{
    int memory = memfd_create(args[0], 0), file = open(args[1], O_RDONLY | O_CLOEXEC);
    struct stat st;
    must(memory >= 0 && file >= 0 && !fstat(file, &st), args[1]);
    for (off_t at = 0; at < st.st_size;)
        must(sendfile(memory, file, &at, (size_t)(st.st_size - at)) > 0, "sendfile");
    pid_t child = fork();
    must(child >= 0, "fork");
    if (!child) {
        fexecve(memory, args + 1, environ);
        _exit(1);
    }
    return wait_for(child);
}

static int address(const char *text, int port, struct sockaddr_in *ret)
{
    *ret = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    return inet_pton(AF_INET, text, &ret->sin_addr) == 1;
}

/* connect ADDRESS PORT: over TCP, to a listener of its own where the address is this machine's */
static int act_connect(char **args)
{
    struct sockaddr_in to;
    must(address(args[0], atoi(args[1]), &to), args[0]);
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;
    must(listener >= 0, "socket");
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
    must(!bind(listener, (struct sockaddr *)&to, sizeof(to)) && !listen(listener, 1), "listen");
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    must(fd >= 0 && !connect(fd, (struct sockaddr *)&to, sizeof(to)), "connect");
    return close(fd) | close(listener);
}

/* packet, stream: a socket below IP, which may be refused, and one above it */
static int act_packet(char **args)
{
    (void)args;
    return socket(AF_PACKET, SOCK_RAW, htons(3)) < 0 && errno != EPERM ? 1 : 0;
}

static int act_stream(char **args)
{
    (void)args;
    return socket(AF_INET, SOCK_STREAM, 0) < 0 ? 1 : 0;
}

static void loopback_up(void)
{
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    struct ifreq req = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_LOOPBACK | IFF_RUNNING};
    must(fd >= 0 && !ioctl(fd, SIOCSIFFLAGS, &req), "lo");
    close(fd);
}

/* redirect PORT TO: a connection to itself over loopback becomes descriptor TO, which is 0 for standard input */
static int act_redirect(char **args)
{
    struct sockaddr_in to;
    loopback_up();
    must(address("127.0.0.1", atoi(args[0]), &to), "address");
    int listener = socket(AF_INET, SOCK_STREAM, 0), fd = socket(AF_INET, SOCK_STREAM, 0);
    must(listener >= 0 && !bind(listener, (struct sockaddr *)&to, sizeof(to)) && !listen(listener, 1), "listen");
    must(fd >= 0 && !connect(fd, (struct sockaddr *)&to, sizeof(to)), "connect");
    must(dup2(fd, atoi(args[1])) == atoi(args[1]), "dup2");
    return 0;
}

/* module: asks the kernel to load what is no module, from memory and from a file */
static int act_module(char **args)
{
    static char nothing[64] = "this is no module";
    (void)args;
    long from_memory = syscall(SYS_init_module, nothing, sizeof(nothing), "davy_test=1");
    int file = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    long from_file = syscall(SYS_finit_module, file, "davy_test=1", 0);
    return from_memory < 0 && from_file < 0 ? 0 : 1;
}

/* quiet: nothing */
static int act_quiet(char **args)
{
    (void)args;
    return 0;
}

static const struct {
    const char *name;
    int (*act)(char **args);
    int args;
} ACTS[] = {
    {"run", act_run, 1},         {"as", act_as, 2},           {"open", act_open, 2},       {"seize", act_seize, 0},
    {"traceme", act_traceme, 0}, {"peek", act_peek, 0},       {"memfd", act_memfd, 2},     {"connect", act_connect, 2},
    {"packet", act_packet, 0},   {"stream", act_stream, 0},   {"redirect", act_redirect, 2}, {"module", act_module, 0},
    {"quiet", act_quiet, 0},
};

int main(int argc, char **argv)
{
    for (size_t i = 0; argc > 1 && i < sizeof(ACTS) / sizeof(ACTS[0]); i++)
        if (!strcmp(argv[1], ACTS[i].name) && argc - 2 >= ACTS[i].args)
            return ACTS[i].act(argv + 2);
    fprintf(stderr, "acts: no such act, or too few arguments\n");
    return 2;
}
