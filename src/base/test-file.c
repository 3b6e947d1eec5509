// SPDX-License-Identifier: Apache-2.0
#include <errno.h>

#include "base/file.h"
#include "harness/test.h"

TEST(reads_whole_files_within_the_limit)
{
    char path[] = "/tmp/davy-test-file-XXXXXX";
    _cleanup_close_ int fd = mkstemp(path);
    _cleanup_(strbuf_done) struct strbuf b = {}, rest = {};
    struct error err = ERROR_NULL;
    CHECK(fd >= 0 && write(fd, "one\ntwo", 7) == 7);
    int all = file_read(path, 7, &b, &err), over = file_read(path, 6, &rest, &err);
    unlink(path);
    CHECK_INT(all, 0);
    CHECK_STR(strbuf_str(&b), "one\ntwo");
    CHECK_INT(over, -EFBIG);
    CHECK_INT(file_read(path, 7, &b, &err), -ENOENT);
    CHECK(str_has(str_from(err.text), str_from(path)));
    CHECK_INT(file_read("/tmp", 7, &b, &err), -EISDIR);
}
