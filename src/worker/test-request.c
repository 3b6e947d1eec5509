// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <sys/socket.h>

#include "base/cleanup.h"
#include "harness/test.h"
#include "worker/request.h"

TEST(texts_and_files_arrive)
{
    int s[2];
    char c = 0;
    struct request got = {};
    CHECK(!socketpair(AF_UNIX, SOCK_STREAM, 0, s));
    CHECK_INT(request_send(s[0], &(struct request){.facts = STR("f\0f"), .text = STR("text"), .fd = -1}), 0);
    CHECK_INT(request_receive(s[1], &got), 0);
    CHECK(str_eq(got.facts, STR("f\0f")));
    CHECK_STR(got.text, "text");
    CHECK_INT(got.fd, -1);
    request_done(&got);

    int fd = open("/proc/self/comm", O_RDONLY | O_CLOEXEC);
    CHECK_INT(request_send(s[0], &(struct request){.fd = fd}), 0);
    close(fd);
    CHECK_INT(request_receive(s[1], &got), 0);
    CHECK(got.fd >= 0);
    CHECK(read(got.fd, &c, 1) == 1);
    request_done(&got);
    close(s[0]);
    CHECK_INT(request_receive(s[1], &got), 1);
    close(s[1]);
    request_free(&got);
}

TEST(what_is_no_question_is_refused)
{
    static const char *const BAD[] = {"\xff\xff\xff\xff\0\0\0\0", "\2\0\0\0\0\0\0\0\5x", "\2\0\0\0\1\0\0\0\0\0"};
    for (size_t i = 0; i < ARRAY_SIZE(BAD); i++) {
        int s[2];
        struct request got = {};
        CHECK(!socketpair(AF_UNIX, SOCK_STREAM, 0, s));
        CHECK(write(s[0], BAD[i], i ? 10 : 8) == (i ? 10 : 8));
        close(s[0]);
        CHECK_INT(request_receive(s[1], &got), 1);
        close(s[1]);
        request_free(&got);
    }
}
