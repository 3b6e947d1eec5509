// SPDX-License-Identifier: Apache-2.0
/* The first byte chooses a parser of /proc, the rest is its text. */
#include "base/kthread.h"
#include "source/proc/member.h"
#include "source/proc/parse.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint64_t sum(struct str s)
{
    uint64_t n = 0;
    for (size_t i = 0; i < s.n; i++)
        n += (uint8_t)s.p[i]; /* touches every byte that was handed out */
    return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint64_t sink = 0;
    if (!size)
        return 0;
    struct str text = str_n(data + 1, size - 1), first = STR_NULL;
    struct proc_stat st;
    struct proc_map m;
    struct proc_socket s;
    switch (data[0] % 8) {
    case 0:
        if (proc_parse_stat(text, &st))
            sink += sum(st.comm);
        break;
    case 1:
        sink += sum(proc_status_get(text, "Tgid")) + proc_status_number(text, "VmSize");
        sink += proc_one_cpu(proc_status_get(text, "Cpus_allowed_list"));
        break;
    case 2:
        while (proc_map_next(&text, &m))
            sink += sum(m.path) + proc_map_is_anonymous(&m);
        break;
    case 3:
        while (proc_socket_next(&text, &s))
            sink += proc_endpoint_is_open(&s.local) + proc_endpoint_is_open(&s.remote);
        break;
    case 4:
        sink += proc_blackholes_v4(text);
        break;
    case 5:
        sink += proc_blackholes_v6(text);
        break;
    case 6:
        sink += proc_cgroup_is_of(text, STR("6d5a178d9851"));
        break;
    case 7:
        (void)str_split(&text, '\n', &first);
        sink += kthread_like(first, text);
        break;
    }
    return sink == UINT64_MAX ? -1 : 0;
}
