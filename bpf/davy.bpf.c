/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The kernel side. One object: maps and settings (maps.bpf.h), the making of records (build.bpf.h), descriptors and paths (fd.bpf.h,
 * path.bpf.h), the filter (filter.bpf.h), the dispatcher (dispatcher.bpf.h), and programs by subject.
 */
#include "dispatcher.bpf.h"
#include "exec.bpf.h"
#include "file.bpf.h"
#include "misc.bpf.h"
#include "ask.bpf.h"
#include "inode.bpf.h"
#include "net.bpf.h"
#include "plain.bpf.h"
#include "process.bpf.h"
#include "signal.bpf.h"
#include "uring.bpf.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";
