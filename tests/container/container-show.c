// SPDX-License-Identifier: Apache-2.0
/* Prints what is known of the container that a process is in, as JSON, for tests with real runtimes: [--root FOLDER] [--ask]
 * [--confined] PID. Confined: with no more rights than the watcher keeps for this. */
#include <fcntl.h>
#include <linux/capability.h>
#include <stdio.h>
#include <sys/stat.h>

#include "base/confine_watch.h"
#include "base/curl_late.h"
#include "context/container_codec.h"
#include "source/container/container.h"
#include "source/proc/fs.h"

static bool is_isolated(int proc, const char *pid)
{
    struct stat ours, its;
    char path[64];
    (void)snprintf(path, sizeof(path), "%s/ns/pid", pid);
    return !fstatat(proc, "self/ns/pid", &ours, 0) && !fstatat(proc, path, &its, 0) && ours.st_ino != its.st_ino;
}

/* The last line that names a folder: of the unified hierarchy where that has one. */
static struct str path_of(struct str text)
{
    struct str line, piece, path = STR("/");
    while (str_split(&text, '\n', &line))
        if (str_split(&line, ':', &piece) && str_split(&line, ':', &piece) && line.n > 1)
            path = line;
    return path;
}

int main(int argc, char **argv)
{
    const char *root = "/";
    struct container_stores s = {};
    struct container_question q;
    struct cgroup_container what;
    struct container_info *c = NULL;
    struct strbuf text = {}, json = {};
    bool confined = false;
    int i = 1;
    for (; i < argc - 1; i++) {
        if (!strcmp(argv[i], "--root"))
            root = argv[++i];
        s.may_ask |= !strcmp(argv[i], "--ask");
        confined |= !strcmp(argv[i], "--confined");
    }
    s.root = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
    s.proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
    const struct confine_watch_options rights = {.capabilities = 1ULL << CAP_DAC_READ_SEARCH | 1ULL << CAP_SYS_PTRACE};
    struct error err = ERROR_NULL;
    (void)curl_late(NULL);
    if (confined && confine_watch(&rights, &err)) {
        (void)fprintf(stderr, "%s\n", err.text);
        return 3;
    }
    char path[64];
    (void)snprintf(path, sizeof(path), "%s/cgroup", i < argc ? argv[i] : "");
    if (s.root < 0 || s.proc < 0 || !fs_read(s.proc, path, 65536, &text))
        return 2;
    if (!cgroup_container_from_text(strbuf_str(&text), is_isolated(s.proc, argv[i]), &what)) {
        puts("{\"type\": \"host\"}");
        return 0;
    }
    container_question_init(&q, &what, path_of(strbuf_str(&text)), atoi(argv[i]));
    if (container_lookup(&s, &q, &c)) {
        printf("{\"type\": \"%s\", \"unknown\": \"%s\"}\n", container_type_name(what.type), what.id);
        return 0;
    }
    container_encode(c, &json);
    puts(json.p);
    container_info_free(c);
    strbuf_done(&text);
    strbuf_done(&json);
    return 0;
}
