/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
/* Block devices that are opened for writing: whoever writes past the file system has to. */
#include "fd.bpf.h"

/* The descriptor that an open returned: BLOCK_WRITE when it is such a device. Keeps the scratch, whose record must be sent.
 * Global: looked at once by the verifier. */
__noinline int block_opened(s64 num)
{
    struct scratch *s = scratch_held();
    if (!s || !(settings.kinds[RECORD_BLOCK_WRITE] & KIND_WANTED))
        return 0;
    struct task_struct *task = TASK();
    struct file *file = file_of(task, num);
    if (!file || !(READ(file, f_mode) & 2 /* FMODE_WRITE */))
        return 0;
    struct inode *inode = READ(file, f_inode);
    if ((READ(inode, i_mode) & S_IFMT) != S_IFBLK)
        return 0;
    u32 flags = s->r.flags & RECORD_IS_URING;
    record_begin(s, RECORD_BLOCK_WRITE, num, task);
    s->r.flags |= flags | RECORD_IS_TRUSTED;
    add_file(s, RECORD_FD, 0, num, file, 0);
    add_number(s, RECORD_PARAM + 1, user_dev(READ(inode, i_rdev)));
    record_output(s);
    return 0;
}
