// SPDX-License-Identifier: Apache-2.0
#include "source/bpf/live.h"

#include <fcntl.h>

static void dup_null(void *ctx)
{
    (void)ctx;
    int fd = open("/dev/null", O_RDWR);
    (void)dup2(fd, 77);
}

TEST(dup_tells_what_the_old_descriptor_is)
{
    struct live l = live_open(&(struct source_bpf_options){.no_snapshot = true});
    CHECK_INT(live_run(&l, dup_null, NULL), 0);
    const struct record *r = live_find(&l, SYS_dup2);
    CHECK(r);
    CHECK_INT(r->res, 77);
    CHECK_INT(r->ppid, getpid());
    CHECK_INT(record_number(record_find(r, RECORD_PARAM + 2)), 77);
    struct str name;
    const struct record_fd *fd = record_fd(record_find(r, RECORD_FD), &name);
    CHECK(fd);
    CHECK_INT(fd->type, RECORD_FD_CHAR);
    CHECK_STR(name, "/dev/null");
    CHECK(live_find(&l, RECORD_PROCEXIT));
    CHECK(live_find(&l, RECORD_FORK));
    live_done(&l);
}
