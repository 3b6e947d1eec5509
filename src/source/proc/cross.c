// SPDX-License-Identifier: Apache-2.0
#include "source/proc/cross.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>

#include "source/proc/fs.h"
#include "source/proc/hidden.h"
#include "source/proc/parse.h"

enum { MOUNTS_BYTES_MAX = 4 << 20, FIRST_PIDNS = 0xeffffffc }; /* PROC_PID_INIT_INO */

bool cross_is_possible(int proc)
{
    struct stat st;
    return fstatat(proc, "self/ns/pid", &st, 0) == 0 && st.st_ino == FIRST_PIDNS;
}

/* The process whose folder in /proc a line of mountinfo covers; 0: none. */
static uint64_t covered_by(struct str line)
{
    struct str word = STR_NULL;
    uint64_t id = 0;
    for (unsigned i = 0; i < 5 && str_split(&line, ' ', &word); i++)
        ;
    if (!str_starts(word, STR("/proc/")))
        return 0;
    return str_to_u64(str_sub(word, 6, word.n), &id) ? id : 0;
}

static void list_covered(int proc, struct pid_set *ret)
{
    struct strbuf text = {};
    (void)fs_read(proc, "self/mountinfo", MOUNTS_BYTES_MAX, &text);
    struct str rest = strbuf_str(&text), line;
    while (str_split(&rest, '\n', &line)) {
        const uint64_t id = covered_by(line);
        if (id)
            vec_add(ret, (int64_t)id);
    }
    strbuf_done(&text);
}

/* Whether it runs and is no thread of a process that is listed, whose id it may have been given after its process ended unseen. */
static bool runs(int proc, int64_t pid)
{
    char path[40];
    struct strbuf text = {};
    if (kill((pid_t)pid, 0) < 0 && errno != EPERM)
        return false;
    (void)snprintf(path, sizeof(path), "%lld/status", (long long)pid);
    const bool is_read = fs_read(proc, path, 8192, &text);
    const uint64_t leader = is_read ? proc_status_number(strbuf_str(&text), "Tgid") : 0;
    strbuf_done(&text);
    return is_read ? leader == (uint64_t)pid : !pids_is_thread(proc, pid);
}

int cross_look(int proc, const int32_t *ids, size_t n, enum cross_view *ret)
{
    struct pid_set listed = {}, again = {}, covered = {};
    int r = pids_list(proc, &listed);
    list_covered(proc, &covered);
    bool has_again = false;
    for (size_t i = 0; !r && i < n; i++) {
        ret[i] = CROSS_SHOWN;
        for (size_t k = 0; k < covered.n; k++)
            if (covered.v[k] == ids[i] && (kill(ids[i], 0) == 0 || errno == EPERM))
                ret[i] = CROSS_COVERED;
        if (ret[i] != CROSS_SHOWN || pid_set_has(&listed, ids[i]) || !runs(proc, ids[i]))
            continue;
        if (!has_again)
            r = pids_list(proc, &again);
        has_again = true;
        ret[i] = pid_set_has(&again, ids[i]) ? CROSS_SHOWN : CROSS_UNLISTED;
    }
    vec_done(&listed);
    vec_done(&again);
    vec_done(&covered);
    return r;
}
