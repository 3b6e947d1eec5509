// SPDX-License-Identifier: Apache-2.0
#include "inspect/owned.h"

#include "base/cleanup.h"
#include "base/digest.h"
#include "base/map.h"
#include "base/vec.h"
#include "inspect/path_facts.h"
#include "inspect/system_file.h"

/* A digest with its kind; kinds are those of enum digest_kind. */
struct seal {
    enum digest_kind kind;
    uint8_t bytes[DIGEST_BYTES_MAX];
};

struct owner {
    struct str path, package;
    struct seal seal;
};

struct file {
    struct str path, kind, type;
    struct str origin;
    uint8_t digests[DIGEST__N][DIGEST_BYTES_MAX];
    bool has[DIGEST__N];
    uint64_t size, mode, uid, gid, mtime;
    uint32_t layer; /* 0: none */
    bool is_exec;
    bool is_owned, is_as_recorded;
    const struct owner *differs_from;
};

struct layer {
    uint32_t index;
    uint64_t count;
    struct str digest, diff_id, created_by;
};

struct diversion {
    struct str to, by;
};

struct owned {
    struct arena arena;
    uint64_t now_ns;
    struct map by_path; /* → index in files */
    VEC(struct file) files;
    VEC(struct owner) owners;
    VEC(struct layer) layers;
    struct map diverted; /* path → struct diversion */
    struct map named; /* names of modules that nsswitch.conf and PAM's rules load → word of loads.by */
    bool is_cut;     /* some of the databases was left out */
    bool is_joined;
    size_t told;
};

struct owned *owned_new(uint64_t now_ns)
{
    struct owned *o = xnew(struct owned);
    o->now_ns = now_ns;
    return o;
}

struct owned *owned_free(struct owned *o)
{
    if (!o)
        return NULL;
    map_done(&o->by_path);
    map_done(&o->diverted);
    map_done(&o->named);
    vec_done(&o->files);
    vec_done(&o->owners);
    vec_done(&o->layers);
    arena_done(&o->arena);
    free(o);
    return NULL;
}

static uint64_t number(const struct facts *f, enum field_id id)
{
    const struct value *v = facts_get(f, id);
    return v->type == VALUE_NONE ? 0 : v->u;
}

static struct str copy(struct owned *o, const struct facts *f, enum field_id id)
{
    return arena_str(&o->arena, facts_get_str(f, id));
}

/* Of the same layer everything says the same. */
static void see_layer(struct owned *o, const struct facts *f, uint32_t index)
{
    for (size_t i = o->layers.n; i; i--)
        if (o->layers.v[i - 1].index == index)
            return;
    vec_add(&o->layers, (struct layer){
                            .index = index,
                            .count = number(f, F_LAYER_COUNT),
                            .digest = copy(o, f, F_LAYER_DIGEST),
                            .diff_id = copy(o, f, F_LAYER_DIFF_ID),
                            .created_by = copy(o, f, F_LAYER_CREATED_BY),
                        });
}

static void take_digest(struct file *file, const struct facts *f, enum digest_kind kind, enum field_id id)
{
    struct str hex = facts_get_str(f, id);
    file->has[kind] = hex.n == 2 * digest_bytes(kind) && hex_decode(hex, file->digests[kind]);
}

static void see_file(struct owned *o, const struct facts *f)
{
    struct str path = facts_get_str(f, F_FILE_PATH);
    if (!system_file_is(f) || map_has(&o->by_path, path) || o->files.n >= OWNED_FILES_MAX)
        return;
    struct file file = {
        .path = arena_str(&o->arena, path),
        .kind = copy(o, f, F_FILE_KIND),
        .type = copy(o, f, F_ELF_TYPE),
        .origin = copy(o, f, F_FILE_ORIGIN),
        .size = number(f, F_FILE_SIZE),
        .mode = number(f, F_FILE_MODE),
        .uid = number(f, F_FILE_UID),
        .gid = number(f, F_FILE_GID),
        .mtime = number(f, F_FILE_MTIME),
        .layer = (uint32_t)number(f, F_LAYER_INDEX),
        .is_exec = facts_get(f, F_FILE_IS_EXEC)->b,
    };
    take_digest(&file, f, DIGEST_MD5, F_FILE_MD5);
    take_digest(&file, f, DIGEST_SHA1, F_FILE_SHA1);
    take_digest(&file, f, DIGEST_SHA256, F_FILE_SHA256);
    if (file.layer)
        see_layer(o, f, file.layer);
    map_put(&o->by_path, file.path, NULL)->u64 = o->files.n;
    vec_add(&o->files, file);
}

static bool take_seal(struct str text, struct seal *ret)
{
    static const struct {
        struct str prefix;
        enum digest_kind kind;
    } KINDS[] = {{STR("md5:"), DIGEST_MD5}, {STR("sha1:"), DIGEST_SHA1}, {STR("sha256:"), DIGEST_SHA256}};
    for (size_t i = 0; i < ARRAY_SIZE(KINDS); i++) {
        struct str hex = str_sub(text, KINDS[i].prefix.n, text.n);
        if (!str_starts(text, KINDS[i].prefix) || hex.n != 2 * digest_bytes(KINDS[i].kind))
            continue;
        ret->kind = KINDS[i].kind;
        return hex_decode(hex, ret->bytes);
    }
    return false;
}

static void see_owners(struct owned *o, const struct value *list)
{
    struct str last = STR_NULL; /* files of one package stand together */
    for (size_t i = 0; i < list->list.n; i++) {
        struct str rest = list->list.v[i].s, package, digest;
        struct owner owner;
        if (!str_split(&rest, ' ', &package) || !str_split(&rest, ' ', &digest) || !take_seal(digest, &owner.seal))
            continue;
        if (o->owners.n >= OWNED_RECORDS_MAX) {
            o->is_cut = true;
            return;
        }
        owner.package = last = str_eq(last, package) ? last : arena_str(&o->arena, package);
        owner.path = arena_str(&o->arena, rest);
        vec_add(&o->owners, owner);
    }
}

static void see_diversions(struct owned *o, const struct value *list)
{
    for (size_t i = 0; i < list->list.n; i++) {
        struct str rest = arena_str(&o->arena, list->list.v[i].s), from, to, by;
        if (o->diverted.n >= OWNED_DIVERSIONS_MAX || !str_split(&rest, '\n', &from) || !str_split(&rest, '\n', &to) ||
            !str_split(&rest, '\n', &by))
            return;
        struct diversion *d = arena_new(&o->arena, struct diversion);
        *d = (struct diversion){to, by};
        map_put(&o->diverted, from, NULL)->ptr = d;
    }
}

static void see_name(struct owned *o, struct str name, const char *by)
{
    if (name.n && o->named.n < OWNED_MODULES_MAX && !map_has(&o->named, name))
        map_put(&o->named, arena_str(&o->arena, name), NULL)->ptr = (void *)by;
}

/* "libnss_x.so.2" of nsswitch.conf; "auth required pam_x.so debug" of PAM. */
static void see_modules(struct owned *o, const struct facts *f)
{
    const struct value *nss = facts_get(f, F_NSS_MODULES), *pam = facts_get(f, F_PAM_RULES);
    for (size_t i = 0; nss->type == VALUE_LIST && i < nss->list.n; i++)
        see_name(o, nss->list.v[i].s, "nsswitch.conf");
    for (size_t i = 0; pam->type == VALUE_LIST && i < pam->list.n; i++) {
        struct str rest = pam->list.v[i].s, word;
        while (str_split(&rest, ' ', &word))
            if (str_ends(word, STR(".so")))
                see_name(o, str_basename(word), "pam");
    }
}

void owned_see(struct owned *o, const struct facts *f)
{
    const struct value *owners = facts_get(f, F_PACKAGE_FILES), *diversions = facts_get(f, F_PACKAGE_DIVERSIONS);
    if (!system_file_lasts(f) || o->is_joined)
        return;
    o->is_cut |= f->n_lost && (owners->type == VALUE_LIST || diversions->type == VALUE_LIST);
    if (o->arena.bytes > OWNED_BYTES_MAX) {
        o->is_cut = true;
        return;
    }
    if (owners->type == VALUE_LIST)
        see_owners(o, owners);
    if (diversions->type == VALUE_LIST)
        see_diversions(o, diversions);
    see_modules(o, f);
    see_file(o, f);
}

/* The file at that path, under the name that it has where /bin and the like are links into /usr, or are none. */
static struct file *file_at(struct owned *o, struct str path)
{
    const struct map_entry *e = map_get(&o->by_path, path);
    if (!e)
        e = map_get(&o->by_path, system_file_alias(path, &o->arena));
    return e ? &o->files.v[e->u64] : NULL;
}

static const struct diversion *diversion_of(struct owned *o, struct str path)
{
    const struct map_entry *e = map_get(&o->diverted, path);
    if (!e)
        e = map_get(&o->diverted, system_file_alias(path, &o->arena));
    return e ? e->ptr : NULL;
}

/* Where packages follow each other at a path, the file is as one of them recorded, or as none. */
static void join_owner(struct owned *o, const struct owner *owner)
{
    const struct diversion *d = diversion_of(o, owner->path);
    struct file *file = file_at(o, d && !str_eq(d->by, owner->package) ? d->to : owner->path);
    if (!file)
        return;
    file->is_owned = true;
    if (!file->has[owner->seal.kind])
        return;
    if (!memcmp(file->digests[owner->seal.kind], owner->seal.bytes, digest_bytes(owner->seal.kind)))
        file->is_as_recorded = true;
    else
        file->differs_from = owner;
}

static void join(struct owned *o)
{
    o->is_joined = true;
    vec_each(owner, &o->owners)
        join_owner(o, owner);
    /* What the administrator put in place of a file is nobody's, and was meant to be. */
    for (size_t i = 0; i < o->diverted.n; i++) {
        struct file *file = file_at(o, o->diverted.v[i].key);
        if (file)
            file->is_owned = true;
    }
}

static void state_layer(struct owned *o, struct facts *f, uint32_t index)
{
    vec_each(l, &o->layers) {
        if (l->index != index)
            continue;
        facts_uint(f, F_LAYER_INDEX, index);
        facts_uint(f, F_LAYER_COUNT, l->count);
        if (l->digest.n)
            facts_str(f, F_LAYER_DIGEST, l->digest);
        if (l->diff_id.n)
            facts_str(f, F_LAYER_DIFF_ID, l->diff_id);
        if (l->created_by.n)
            facts_str(f, F_LAYER_CREATED_BY, l->created_by);
        facts_str(f, F_LAYER_STATE, STR("effective"));
    }
}

/* Of what the file is only that which tells it: what its content says was told where it was met. */
static void state_file(struct owned *o, struct facts *f, const struct file *file)
{
    facts_reset(f, EVENT_FILE, o->now_ns);
    path_facts(f, file->path);
    facts_str(f, F_FILE_ORIGIN, file->origin);
    facts_str(f, F_FILE_TYPE, STR("regular"));
    facts_uint(f, F_FILE_SIZE, file->size);
    facts_uint(f, F_FILE_MODE, file->mode);
    facts_uint(f, F_FILE_UID, file->uid);
    facts_uint(f, F_FILE_GID, file->gid);
    if (file->mtime)
        facts_uint(f, F_FILE_MTIME, file->mtime);
    facts_bool(f, F_FILE_IS_EXEC, file->is_exec);
    if (file->kind.n)
        facts_str(f, F_FILE_KIND, file->kind);
    if (file->type.n)
        facts_str(f, F_ELF_TYPE, file->type);
    if (file->has[DIGEST_SHA256])
        facts_str(f, F_FILE_SHA256, hex_encode(&f->arena, file->digests[DIGEST_SHA256], SHA256_BYTES));
    const struct map_entry *named = map_get(&o->named, str_basename(file->path));
    if (named)
        (void)facts_add(f, F_LOADS_BY, str_from(named->ptr));
    state_layer(o, f, file->layer);
}

static void state_owner(struct facts *f, const struct owner *owner)
{
    static const char *const NAMES[DIGEST__N] = {"md5", "sha1", "sha256"};
    facts_bool(f, F_FILE_PACKAGE_CHANGED, true);
    facts_str(f, F_FILE_PACKAGE, owner->package);
    struct str hex = hex_encode(&f->arena, owner->seal.bytes, digest_bytes(owner->seal.kind));
    facts_str(f, F_FILE_PACKAGE_DIGEST, arena_printf(&f->arena, "%s:%.*s", NAMES[owner->seal.kind], STR_ARG(hex)));
}

int owned_next(struct owned *o, struct facts *f)
{
    if (!o->owners.n)
        return 1;
    if (!o->is_joined)
        join(o);
    while (o->told < o->files.n) {
        const struct file *file = &o->files.v[o->told++];
        bool is_changed = file->differs_from && !file->is_as_recorded, is_nobodys = !file->is_owned && !o->is_cut;
        if (!is_changed && !is_nobodys)
            continue;
        state_file(o, f, file);
        if (is_changed)
            state_owner(f, file->differs_from);
        else
            facts_bool(f, F_FILE_PACKAGE_NONE, true);
        return 0;
    }
    return 1;
}
