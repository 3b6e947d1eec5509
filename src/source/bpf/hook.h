/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
/* Hooks of the kernel that tell what a call works on (hook.def). */
enum hook {
#define HOOK(id, name, ...) HOOK_##id,
#include "source/bpf/hook.def"
#undef HOOK
    HOOK__N,
};
