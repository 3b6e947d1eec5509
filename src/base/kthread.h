// SPDX-License-Identifier: Apache-2.0
#pragma once
/* Names that belong to the kernel's own threads. */
#include "base/str.h"

/*
 * Whether a process that is no kernel thread goes by a kernel thread's name: `comm` as the kernel knows it,
 * `argv0` as the process shows itself (empty when it shows nothing). ps prints kernel threads in square
 * brackets, so a bracketed word without blanks counts, with any name in it.
 */
bool kthread_like(struct str comm, struct str argv0);
