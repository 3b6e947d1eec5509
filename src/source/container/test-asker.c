// SPDX-License-Identifier: Apache-2.0
/* Sockets of engines, and look-ups beside a loop. */
#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "context/container_codec.h"
#include "event/record_read.h"
#include "event/record_write.h"
#include "source/container/asker.h"
#include "source/container/records.h"
#include "source/container/test-tree.h"

/* ---- sockets ---- */

struct server {
    int fd;
    const char *body; /* NULL: takes the question and never answers */
    int status;
};

static void *serve(void *ctx)
{
    const struct server *s = ctx;
    char question[1024];
    int c = accept(s->fd, NULL, NULL);
    ssize_t n = read(c, question, sizeof(question) - 1);
    question[n > 0 ? n : 0] = 0;
    if (s->body && strstr(question, "GET /containers/" ID "/json HTTP/1.1\r\n"))
        (void)dprintf(c, "HTTP/1.1 %d x\r\nContent-Length: %zu\r\n\r\n%s", s->status, strlen(s->body), s->body);
    else
        (void)!read(c, question, sizeof(question)); /* until the other side gives up */
    (void)close(c);
    return NULL;
}

static struct container_info *ask_server(const char *place, const char *cgroup, const char *body, int status)
{
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    struct container_stores s = stores();
    pthread_t thread;
    tree_new();
    s.root = root_fd;
    s.may_ask = true;
    put("/run/podman/x", "");
    (void)snprintf(a.sun_path, sizeof(a.sun_path), "%s%s", root, place);
    struct server server = {socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), body, status};
    CHECK(server.fd >= 0 && !bind(server.fd, (struct sockaddr *)&a, sizeof(a)) && !listen(server.fd, 1));
    CHECK(!pthread_create(&thread, NULL, serve, &server));
    struct container_info *c = look_with(&s, cgroup, false);
    CHECK(!pthread_join(thread, NULL));
    (void)close(server.fd);
    tree_done();
    return c;
}

#define API                                                                                                                                \
    "{\"Id\":\"" ID "\",\"Name\":\"/web\",\"Image\":\"sha256:" IMAGE "\",\"Created\":\"2026-11-22T10:00:00.5Z\",\"Config\":{\"Image\":"    \
    "\"shop/web:3\",\"Labels\":{\"app\":\"shop\"}},\"HostConfig\":{\"Privileged\":true,\"PidMode\":\"\",\"NetworkMode\":\"host\"},"         \
    "\"NetworkSettings\":{\"IPAddress\":\"172.17.0.9\"},\"Mounts\":[{\"Type\":\"bind\",\"Source\":\"/a\",\"Destination\":\"/b\",\"Mode\":" \
    "\"ro\",\"RW\":false,\"Propagation\":\"rprivate\"}]}"

/* An answer may come too late on a machine that is busy. */
static struct container_info *ask_patiently(const char *place, const char *cgroup)
{
    struct container_info *c = NULL;
    for (int i = 0; i < 20 && !c; i++)
        c = ask_server(place, cgroup, API, 200);
    return c;
}

TEST(engines_by_their_sockets)
{
    _cleanup_(container_info_freep) struct container_info *c = ask_patiently("/run/docker.sock", "/docker/" ID);
    CHECK(c);
    CHECK_FIELD(c, F_CONTAINER_NAME, NULL, "web");
    CHECK_FIELD(c, F_CONTAINER_IMAGE_TAG, NULL, "3");
    CHECK_FIELD(c, F_CONTAINER_PRIVILEGED, NULL, "true");
    CHECK_FIELD(c, F_CONTAINER_HOST_NETWORK, NULL, "true");
    CHECK_FIELD(c, F_CONTAINER_IP, NULL, "172.17.0.9");
    CHECK_FIELD(c, F_CONTAINER_MOUNTS, NULL, "/a:/b:ro:false:rprivate");
    CHECK_FIELD(c, F_CONTAINER_LABELS, NULL, "app:shop");
    _cleanup_(container_info_freep) struct container_info *p = ask_patiently("/run/podman/podman.sock", "/libpod_parent/libpod-" ID);
    CHECK(p);
    CHECK_FIELD(p, F_CONTAINER_TYPE, NULL, "podman");
    CHECK(!ask_server("/run/docker.sock", "/docker/" ID, "{}", 404));
    CHECK(!ask_server("/run/docker.sock", "/docker/" ID, "{\"Id\":", 200));
}

TEST(a_socket_that_does_not_answer)
{
    struct timespec a, b;
    (void)clock_gettime(CLOCK_MONOTONIC, &a);
    CHECK(!ask_server("/run/docker.sock", "/docker/" ID, NULL, 0));
    (void)clock_gettime(CLOCK_MONOTONIC, &b);
    double seconds = (double)(b.tv_sec - a.tv_sec) + (double)(b.tv_nsec - a.tv_nsec) / 1e9;
    CHECK(seconds > CONTAINER_ASK_MS / 1e3 * 0.9 && seconds < 60);
}

/* ---- asking beside a loop ---- */

static struct container_question question(const char *cgroup)
{
    struct cgroup_container what;
    struct container_question q;
    CHECK(cgroup_container_from_path(str_from(cgroup), true, &what));
    container_question_init(&q, &what, str_from(cgroup), 0);
    return q;
}

static struct container_answer wait_for(struct container_asker *a)
{
    struct container_answer answer = {};
    struct pollfd p = {container_asker_fd(a), POLLIN, 0};
    while (!container_asker_next(a, &answer))
        CHECK(poll(&p, 1, 60000) == 1);
    return answer;
}

TEST(answers_come_by_a_descriptor)
{
    tree_new();
    put("/run/runc/box/state.json", "{\"id\":\"box\"}");
    struct container_stores s = stores();
    _cleanup_(container_asker_freep) struct container_asker *a = NULL;
    CHECK(!container_asker_new(&s, &a, NULL));
    struct pollfd p = {container_asker_fd(a), POLLIN, 0};
    struct container_answer answer;
    CHECK(!container_asker_next(a, &answer) && poll(&p, 1, 0) == 0);
    struct container_question box = question("/box"), gone = question("/docker/" ID), mine = question("/user.slice/user-1000.slice/mine");
    CHECK_INT(mine.owner, 1000);
    CHECK_INT(container_asker_ask(a, &box), 0);
    answer = wait_for(a);
    CHECK(answer.info);
    CHECK_STR(answer.info->name, "box");
    CHECK_CSTR(answer.question.what.id, "box");
    container_info_free(answer.info);
    CHECK(poll(&p, 1, 0) == 0);
    /* what is not there is looked for again, and not asked for twice */
    CHECK_INT(container_asker_ask(a, &gone), 0);
    CHECK_INT(container_asker_ask(a, &gone), 1);
    CHECK_INT(container_asker_ask(a, &mine), 0);
    struct container_answer x = wait_for(a), y = wait_for(a);
    CHECK(!x.info && !y.info);
    CHECK_INT(container_asker_ask(a, &gone), 1);
    struct container_asker_stats stats = container_asker_stats(a);
    CHECK_INT(stats.asked, 3);
    CHECK_INT(stats.repeated, 2);
    CHECK_INT(stats.found, 1);
    CHECK_INT(stats.unknown, 2);
    CHECK_INT(stats.retries, 2 * (CONTAINER_TRIES - 1));
    tree_done();
}

/* False when it was written after the last look, on a machine that is busy. */
static bool is_late_found(void)
{
    tree_new();
    struct container_stores s = stores();
    _cleanup_(container_asker_freep) struct container_asker *a = NULL;
    CHECK(!container_asker_new(&s, &a, NULL));
    struct container_question q = question("/docker/" ID);
    CHECK_INT(container_asker_ask(a, &q), 0);
    while (!container_asker_stats(a).retries)
        (void)usleep(1000);
    put("/var/lib/docker/containers/" ID "/config.v2.new", API);
    CHECK(!renameat(root_fd, "var/lib/docker/containers/" ID "/config.v2.new", root_fd, "var/lib/docker/containers/" ID "/config.v2.json"));
    struct container_answer answer = wait_for(a);
    const bool was_found = answer.info;
    container_info_free(answer.info);
    tree_done();
    return was_found;
}

TEST(what_is_written_late_is_found)
{
    for (int i = 0; i < 20; i++)
        if (is_late_found())
            return;
    test_fail(__FILE__, __LINE__, "it was never found");
}

/* Whoever sets a container up is seen before its runtime has written anything down: by then the next look may be far. */
TEST(who_waits_is_not_bound_to_the_time_of_the_next_look)
{
    tree_new();
    struct container_stores s = stores();
    _cleanup_(container_asker_freep) struct container_asker *a = NULL;
    CHECK(!container_asker_new(&s, &a, NULL));
    struct container_question q = question("/box");
    CHECK_INT(container_asker_ask(a, &q), 0);
    while (container_asker_stats(a).retries < CONTAINER_TRIES - 1)
        (void)usleep(1000);
    put("/run/runc/box/state.json", "{\"id\":\"box\"}");
    CHECK_INT(container_asker_ask(a, &q), 1);
    CHECK(container_asker_wait(a, &q, 1500)); /* the look would come after 2 s */
    struct container_answer answer;
    CHECK(container_asker_next(a, &answer) && answer.info);
    container_info_free(answer.info);
    tree_done();
}

/* A container that is gone before anybody looked: its runtime has removed what it wrote, and whoever comes next must not be kept waiting. */
TEST(nobody_waits_for_what_is_over)
{
    tree_new();
    _cleanup_close_ int proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
    struct container_stores s = stores();
    s.proc = proc;
    _cleanup_(container_asker_freep) struct container_asker *a = NULL;
    CHECK(!container_asker_new(&s, &a, NULL));
    struct container_question q = question("/box");
    q.pid = fork();
    if (!q.pid)
        _exit(0);
    CHECK(waitpid(q.pid, NULL, 0) == q.pid);
    CHECK_INT(container_asker_ask(a, &q), 0);
    CHECK(!container_asker_wait(a, &q, 60000)); /* a folder with namespaces of its own might be anybody's */
    CHECK(!container_asker_stats(a).unknown && container_asker_stats(a).retries < 10); /* it looked a few times and goes on without anybody */
    /* what a runtime's name stands in the path of is a container's, whose name is its id */
    struct container_question named = question("/system.slice/crun-web.scope");
    named.pid = q.pid;
    CHECK_INT(container_asker_ask(a, &named), 0);
    CHECK(container_asker_wait(a, &named, 60000));
    struct container_answer answer;
    CHECK(container_asker_next(a, &answer) && answer.info);
    CHECK_STR(answer.info->name, "web");
    container_info_free(answer.info);
    tree_done();
}

TEST(a_sandbox_comes_along)
{
    tree_new();
    put("/run/containerd/io.containerd.runtime.v2.task/k8s.io/" ID "/config.json",
        "{\"annotations\":{\"io.kubernetes.cri.container-type\":\"container\",\"io.kubernetes.cri.sandbox-id\":\"" ID2 "\"}}");
    put("/run/containerd/io.containerd.runtime.v2.task/k8s.io/" ID2 "/config.json",
        "{\"annotations\":{\"io.kubernetes.cri.container-type\":\"sandbox\",\"io.kubernetes.cri.sandbox-id\":\"" ID2 "\"}}");
    struct container_stores s = stores();
    _cleanup_(container_asker_freep) struct container_asker *a = NULL;
    CHECK(!container_asker_new(&s, &a, NULL));
    struct container_question q = question("/kubepods/pod" UID "/" ID);
    CHECK_INT(container_asker_ask(a, &q), 0);
    struct container_answer first = wait_for(a), second = wait_for(a);
    CHECK(first.info && !first.info->is_sandbox && second.info && second.info->is_sandbox);
    CHECK_STR(second.info->id, ID2);
    container_info_free(first.info);
    container_info_free(second.info);
    tree_done();
}

TEST(too_many_questions_are_refused)
{
    tree_new();
    struct container_stores s = stores();
    struct container_asker *a = NULL;
    CHECK(!container_asker_new(&s, &a, NULL));
    int taken = 0, refused = 0;
    for (int i = 0; i < CONTAINER_QUESTIONS_MAX + 200; i++) {
        char path[128];
        (void)snprintf(path, sizeof(path), "/docker/%064x", i);
        struct container_question q = question(path);
        int r = container_asker_ask(a, &q);
        taken += r == 0;
        refused += r == -ENOBUFS;
    }
    CHECK(refused > 0 && taken + refused == CONTAINER_QUESTIONS_MAX + 200);
    CHECK_INT(container_asker_stats(a).refused, refused);
    a = container_asker_free(a); /* with questions and answers left */
    tree_done();
}

static int keep(void *ctx, const struct record *r)
{
    struct record *to = ctx;
    size_t need;
    CHECK(!record_check(r, r->size, &need, NULL));
    memcpy(to, r, r->size);
    return 0;
}

static void count_call(void *ctx)
{
    ++*(unsigned *)ctx;
}

TEST(answers_are_records)
{
    static _Alignas(8) char bytes[RECORD_BYTES_MAX];
    struct record *got = (struct record *)bytes;
    tree_new();
    put("/var/lib/docker/containers/" ID "/config.v2.json", API);
    struct container_stores s = stores();
    struct container_records *c = NULL;
    struct record about = {.size = sizeof(about), .time_ns = 5, .pid = 42, .vpid = 1};
    CHECK(!container_records_new(&s, &c, NULL));
    CHECK(!container_records_ask(c, &about, STR("/user.slice/user-0.slice/session-1.scope")));
    CHECK(!container_records_ask(c, &about, STR("/docker/" ID)));
    CHECK(!container_records_ask(c, &about, STR("/docker/" ID)));
    struct pollfd p = {container_records_fd(c), POLLIN, 0};
    CHECK(poll(&p, 1, 60000) == 1);
    CHECK_INT(container_records_take(c, 77, keep, got), 1);
    CHECK_INT(container_records_take(c, 77, keep, got), 0);
    CHECK_INT(got->kind, RECORD_CONTAINER);
    CHECK(got->time_ns == 77 && got->pid == 42);
    CHECK_STR(record_text(record_find(got, RECORD_CGROUP)), "/docker/" ID);
    _cleanup_(container_info_freep) struct container_info *info = NULL;
    CHECK(!container_decode(record_text(record_find(got, RECORD_JSON)), &info, NULL));
    CHECK_STR(info->name, "web");
    CHECK_INT(container_records_stats(c).asked, 1);

    /* ahead of its events: by what is told of a process that was there before */
    struct record_writer w = {};
    struct record *process = record_begin(&w, RECORD_PROCESS);
    process->pid = process->vpid = 43;
    process->time_ns = 2000000000;
    record_add_text(&w, RECORD_CGROUP, STR("/system.slice/docker-" ID ".scope"));
    CHECK(container_records_ahead(c, w.record, 60000, NULL, NULL));
    CHECK_INT(container_records_take(c, 78, keep, got), 1);
    CHECK(!container_records_ahead(c, w.record, 60000, NULL, NULL)); /* once */
    record_begin(&w, RECORD_PROCESS)->time_ns = 2000000000;
    record_add_text(&w, RECORD_CGROUP, STR("/plain"));
    CHECK(!container_records_ahead(c, w.record, 60000, NULL, NULL)); /* with pids of the machine it is no container */
    CHECK_INT(container_records_stats(c).asked, 2);
    /* before its turn: what is asked for then is there when it comes, and is asked for once */
    process = record_begin(&w, RECORD_PROCESS);
    process->pid = process->vpid = 44;
    process->time_ns = 2000000000;
    record_add_text(&w, RECORD_CGROUP, STR("/system.slice/containerd.service/docker-" ID ".scope"));
    container_records_notice(c, w.record);
    container_records_notice(c, w.record);
    CHECK_INT(container_records_stats(c).asked + container_records_stats(c).repeated, 3);
    CHECK(container_records_ahead(c, w.record, 60000, NULL, NULL));
    CHECK_INT(container_records_take(c, 78, keep, got), 1);
    container_records_notice(c, w.record); /* its turn was */
    CHECK_INT(container_records_stats(c).asked, 3);
    /* nothing is known of it: the wait ends, and the question goes on; meanwhile others are looked at */
    process = record_begin(&w, RECORD_PROCESS);
    process->time_ns = 2000000000;
    record_add_text(&w, RECORD_CGROUP, STR("/docker/ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"));
    unsigned calls = 0;
    CHECK(!container_records_ahead(c, w.record, 35, count_call, &calls));
    CHECK_INT(calls, 4);
    CHECK_INT(container_records_take(c, 79, keep, got), 0);
    record_writer_done(&w);
    c = container_records_free(c);
    tree_done();
}
