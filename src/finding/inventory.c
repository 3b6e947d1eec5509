// SPDX-License-Identifier: Apache-2.0
#include "base/cleanup.h"
#include "finding/inventory.h"

static struct str copy(struct inventory *inv, struct str s)
{
    return arena_str(&inv->arena, str_sub(s, 0, INVENTORY_TEXT_MAX));
}

static bool is_full(const struct inventory *inv)
{
    return inv->arena.bytes >= INVENTORY_BYTES_MAX;
}

/* The first folders of a path: "/usr/lib/x86_64-linux-gnu" of everything below it, "/" of a file in the root. */
static struct str folder_of(struct str path)
{
    size_t end = 0, depth = 0;
    for (size_t i = 1; i < path.n && depth < INVENTORY_FOLDER_DEPTH; i++)
        if (path.p[i] == '/') {
            end = i;
            depth++;
        }
    return end && end <= INVENTORY_TEXT_MAX ? str_sub(path, 0, end) : STR("/");
}

static void count_bytes(struct inventory *inv, struct str path, struct str kind, uint64_t bytes)
{
    char key[INVENTORY_TEXT_MAX + 64];
    bool full = inv->shares.n >= INVENTORY_SHARES_MAX;
    struct str folder = full ? STR("(other)") : folder_of(path);
    int n = snprintf(key, sizeof(key), "%.*s%c%.*s", STR_ARG(folder), 0, STR_ARG(str_sub(kind, 0, 32)));
    struct str key_text = str_n(key, n < 0 ? 0 : (size_t)n);
    struct map_entry *e = map_get(&inv->by_share, key_text);
    if (!e) {
        e = map_put(&inv->by_share, arena_str(&inv->arena, key_text), NULL);
        e->u64 = inv->shares.n;
        vec_add(&inv->shares, (struct inventory_share){.folder = copy(inv, folder), .kind = copy(inv, kind)});
    }
    inv->shares.v[e->u64].files++;
    inv->shares.v[e->u64].bytes += bytes;
}

/* What a processor or an interpreter can be given, whatever its permissions say. */
static bool can_run(const struct facts *f, struct str kind)
{
    static const char *const kinds[] = {"elf", "pe", "macho", "wasm", "class", "pyc", "script", "javascript"};
    static const char *const endings[] = {".jar", ".war", ".ear", ".whl", ".apk", ".py", ".pl", ".rb", ".php"};
    struct str path = facts_get_str(f, F_FILE_PATH);
    const struct value *is_exec = facts_get(f, F_FILE_IS_EXEC);
    if (is_exec->type == VALUE_BOOL && is_exec->b)
        return true;
    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
        if (str_is(kind, kinds[i]))
            return true;
    for (size_t i = 0; i < ARRAY_SIZE(endings); i++)
        if (str_ends(path, str_from(endings[i])))
            return true;
    return false;
}

static struct str state_word(struct str s)
{
    static const char *const words[] = {"effective", "shadowed", "deleted"};
    for (size_t i = 0; i < ARRAY_SIZE(words); i++)
        if (str_is(s, words[i]))
            return str_from(words[i]);
    return STR_NULL;
}

static uint64_t number(const struct facts *f, enum field_id id)
{
    const struct value *v = facts_get(f, id);
    return v->type == VALUE_UINT ? v->u : 0;
}

static void add_file(struct inventory *inv, const struct facts *f, struct str kind)
{
    struct inventory_file file = {
        .size = number(f, F_FILE_SIZE),
        .layer = (uint32_t)number(f, F_LAYER_INDEX),
        .layer_state = state_word(facts_get_str(f, F_LAYER_STATE)),
    };
    struct str hex = facts_get_str(f, F_FILE_SHA256);
    if (hex.n != SHA256_HEX || !hex_decode(hex, file.sha256))
        return;
    if (inv->files.n >= INVENTORY_FILES_MAX || is_full(inv)) {
        inv->files_left_out++;
        return;
    }
    file.path = copy(inv, facts_get_str(f, F_FILE_PATH));
    file.kind = copy(inv, kind);
    vec_add(&inv->files, file);
}

/* An element of package.list: "name version" or "name version architecture". */
static void add_package(struct inventory *inv, const struct facts *f, struct str ecosystem, struct str line)
{
    struct str key = arena_printf(&inv->arena, "%.*s %.*s", STR_ARG(ecosystem), STR_ARG(str_sub(line, 0, INVENTORY_TEXT_MAX)));
    struct str rest = str_sub(key, ecosystem.n + 1, key.n), name = STR_NULL, version = STR_NULL;
    bool fresh;
    if (inv->packages.n >= INVENTORY_PACKAGES_MAX || is_full(inv)) {
        inv->packages_left_out++;
        return;
    }
    (void)map_put(&inv->by_package, key, &fresh);
    if (!fresh || !str_split(&rest, ' ', &name) || !name.n)
        return;
    (void)str_split(&rest, ' ', &version);
    vec_add(&inv->packages, (struct inventory_package){
                                .ecosystem = str_sub(key, 0, ecosystem.n),
                                .name = name,
                                .version = version,
                                .arch = rest,
                                .path = copy(inv, facts_get_str(f, F_FILE_PATH)),
                                .layer = (uint32_t)number(f, F_LAYER_INDEX),
                            });
}

static void add_packages(struct inventory *inv, const struct facts *f)
{
    struct str state = facts_get_str(f, F_LAYER_STATE), ecosystem = facts_get_str(f, F_PACKAGE_ECOSYSTEM);
    const struct value *list = facts_get(f, F_PACKAGE_LIST);
    if (state.n && !str_is(state, "effective"))
        return; /* a container does not see that database */
    if (facts_has(f, F_OS_RELEASE_ID) && (!inv->os_id.n || str_is(facts_get_str(f, F_FILE_PATH), "/etc/os-release"))) {
        inv->os_id = copy(inv, facts_get_str(f, F_OS_RELEASE_ID));
        inv->os_version = copy(inv, facts_get_str(f, F_OS_RELEASE_VERSION));
    }
    if (ecosystem.n && list->type != VALUE_LIST)
        inv->unread_database = copy(inv, facts_get_str(f, F_FILE_PATH));
    for (size_t i = 0; list->type == VALUE_LIST && i < list->list.n; i++)
        add_package(inv, f, ecosystem, list->list.v[i].s);
}

void inventory_add(struct inventory *inv, const struct facts *f, bool list)
{
    struct str path = facts_get_str(f, F_FILE_PATH), kind = facts_get_str(f, F_FILE_KIND);
    inv->is_listed |= list;
    if (f->event.type != EVENT_FILE || !kind.n || str_is(facts_get_str(f, F_FILE_ORIGIN), "image-config"))
        return;
    count_bytes(inv, path, kind, number(f, F_FILE_SIZE));
    if (!list)
        return;
    if (can_run(f, kind))
        add_file(inv, f, kind);
    add_packages(inv, f);
}

void inventory_done(struct inventory *inv)
{
    map_done(&inv->by_share);
    map_done(&inv->by_package);
    vec_done(&inv->shares);
    vec_done(&inv->files);
    vec_done(&inv->packages);
    arena_done(&inv->arena);
    *inv = (struct inventory){};
}
