// SPDX-License-Identifier: Apache-2.0
/*
 * Hooks that tell what calls work on (bpf/lsm.bpf.c). Two ways lead to them: BPF LSM, and the entry of the functions that call
 * the hooks (fentry), which needs no "bpf" in the kernel's list of security modules. Programs for BPF LSM load and attach on
 * kernels where they never run, so a way is believed once it was seen to work. Where none does, records of calls say what
 * programs say.
 */
#include <errno.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/intl.h"
#include "source/bpf/internal.h"

#include "bpf/davy_lsm.skel.h"

enum way { WAY_LSM, WAY_FENTRY, WAY__N };

static const struct {
    const char *name;
    const char *provider[WAY__N];
    record_u16 calls[4];
} hooks[HOOK__N] = {
#define HOOK(id, name, ...) {#name, {"lsm/" #name, "fentry/security_" #name}, {__VA_ARGS__}},
#include "source/bpf/hook.def"
#undef HOOK
};

static bool is_better_by(int hook, record_u32 kind)
{
    for (size_t i = 0; i < ARRAY_SIZE(hooks[hook].calls) && hooks[hook].calls[i]; i++)
        if (hooks[hook].calls[i] == kind)
            return true;
    return false;
}

bool bpf_hook_of(const struct source_bpf *b, record_u32 kind, const char **ret_provider)
{
    bool is_known = false;
    *ret_provider = NULL;
    for (int hook = 0; hook < HOOK__N; hook++)
        if (is_better_by(hook, kind)) {
            is_known = true;
            if (b->hook_providers[hook])
                *ret_provider = b->hook_providers[hook];
        }
    return is_known;
}

/* Hooks of calls whose records are made, and that do not run yet. */
static record_u32 hooks_wanted(const struct source_bpf *b)
{
    record_u32 wanted = 0;
    for (int hook = 0; hook < HOOK__N; hook++)
        for (size_t i = 0; i < ARRAY_SIZE(hooks[hook].calls) && hooks[hook].calls[i]; i++)
            if (!b->hook_providers[hook] && bpf_kind_loaded(b, hooks[hook].calls[i]))
                wanted |= 1U << hook;
    return wanted;
}

/* Programs for the hooks, ready to be loaded that way. What the kernel does not have is taken out of *wanted. */
static struct bpf_object *open_way(struct source_bpf *b, enum way way, record_u32 *wanted)
{
    size_t size;
    const void *elf = davy_lsm__elf_bytes(&size);
    LIBBPF_OPTS(bpf_object_open_opts, opts, .object_name = "davy_lsm");
    struct bpf_object *object = bpf_object__open_mem(elf, size, &opts);
    if (!object || bpf_share_maps(b, object))
        return bpf_object__close(object), NULL;
    for (int hook = 0; hook < HOOK__N; hook++) {
        struct bpf_program *program = bpf_object__find_program_by_name(object, hooks[hook].name);
        if (*wanted & 1U << hook && way == WAY_FENTRY) {
            (void)bpf_program__set_type(program, BPF_PROG_TYPE_TRACING);
            (void)bpf_program__set_expected_attach_type(program, BPF_TRACE_FENTRY);
            if (bpf_program__set_attach_target(program, 0, strchr(hooks[hook].provider[way], '/') + 1))
                *wanted &= ~(1U << hook);
        }
        (void)bpf_program__set_autoload(program, *wanted & 1U << hook);
    }
    return object;
}

/* Loads what the kernel takes of *wanted; the rest is taken out of it. NULL: nothing. */
static struct bpf_object *load_way(struct source_bpf *b, enum way way, record_u32 *wanted)
{
    _cleanup_(strbuf_done) struct strbuf text = {};
    while (*wanted) {
        struct bpf_object *object = open_way(b, way, wanted);
        int r = object ? bpf_load_said(object, &text) : -ENOMEM;
        if (!r)
            return object;
        bpf_object__close(object);
        struct str name = bpf_refused(strbuf_str(&text));
        record_u32 before = *wanted;
        for (int hook = 0; hook < HOOK__N; hook++)
            if (str_is(name, hooks[hook].name))
                *wanted &= ~(1U << hook);
        if (r == -EPERM || *wanted == before) /* it is not this program that it refuses */
            return NULL;
    }
    return NULL;
}

/* Does something harmless that one of the hooks sees when they run at all. */
static bool do_they_run(struct source_bpf *b)
{
    b->settings->hooked = 0;
    b->settings->trying = (record_u32)getpid();
    _cleanup_close_ int fd = memfd_create("davy", MFD_CLOEXEC);
    (void)!fchmod(fd, 0600);
    b->settings->trying = 0;
    return b->settings->hooked & 1U << HOOK_CHMOD;
}

static void forget(struct bpf_load *load)
{
    while (load->n_links)
        (void)bpf_link__destroy(load->links[--load->n_links]);
    bpf_object__close(load->object);
    *load = (struct bpf_load){};
}

/* True when hooks run by this way; which of the wanted ones, hook_providers tells. */
static bool try_way(struct source_bpf *b, enum way way, record_u32 wanted, struct bpf_load *load)
{
    const char *providers[HOOK__N] = {};
    record_u32 loaded = wanted | 1U << HOOK_CHMOD;
    load->object = load_way(b, way, &loaded);
    if (!load->object)
        return false;
    for (int hook = 0; hook < HOOK__N; hook++) {
        struct bpf_program *program = bpf_object__find_program_by_name(load->object, hooks[hook].name);
        struct bpf_link *link = loaded & 1U << hook ? bpf_program__attach(program) : NULL;
        if (!link)
            continue;
        load->links[load->n_links++] = link;
        providers[hook] = hooks[hook].provider[way];
    }
    if (!do_they_run(b)) {
        forget(load);
        return false;
    }
    for (int hook = 0; hook < HOOK__N; hook++)
        if (providers[hook]) {
            b->hook_providers[hook] = providers[hook];
            b->settings->hooks |= 1U << hook;
        }
    return true;
}

void bpf_hooks_load(struct source_bpf *b)
{
    record_u32 wanted = hooks_wanted(b);
    if (!wanted || b->n_hook_loads == ARRAY_SIZE(b->hook_loads))
        return;
    for (enum way way = 0; way < WAY__N; way++)
        if (try_way(b, way, wanted, &b->hook_loads[b->n_hook_loads])) {
            b->n_hook_loads++;
            return;
        }
}

void bpf_hooks_unload(struct source_bpf *b)
{
    while (b->n_hook_loads)
        forget(&b->hook_loads[--b->n_hook_loads]);
}
