// SPDX-License-Identifier: Apache-2.0
#include "source/bpf/internal.h"

/* The i-th program that is loaded, of all loadings. */
static struct bpf_program *nth(const struct source_bpf *b, size_t i)
{
    for (size_t n = 0; n < b->n_loads; n++) {
        struct bpf_program *program;
        bpf_object__for_each_program(program, b->loads[n].object)
            if (bpf_program__fd(program) >= 0 && i-- == 0)
                return program;
    }
    return NULL;
}

bool source_bpf_run_time(const struct source *s, size_t i, struct source_bpf_run_time *ret)
{
    struct bpf_program *program = nth((const struct source_bpf *)s, i);
    struct bpf_prog_info info = {};
    uint32_t size = sizeof(info);
    if (!program)
        return false;
    *ret = (struct source_bpf_run_time){.program = bpf_program__name(program)};
    if (!bpf_obj_get_info_by_fd(bpf_program__fd(program), &info, &size)) {
        ret->runs = info.run_cnt;
        ret->ns = info.run_time_ns;
    }
    return true;
}
