// SPDX-License-Identifier: Apache-2.0
#include "inspect/listed.h"

/* The fields that names of one kind go into. */
struct fields {
    enum field_id listed, categories, context;
};
static const struct fields CONTENT = {F_CONTENT_LISTED, F_CONTENT_CATEGORIES, F_CONTENT_CONTEXT};
static const struct fields PEERS = {F_PROC_PEERS_LISTED, F_PROC_PEERS_CATEGORIES, F_PROC_PEERS_CONTEXT};

static void state(struct facts *f, const struct fields *fields, struct str name, const struct intel_list *const *lists, size_t n,
                  const struct note *place)
{
    for (size_t i = 0; i < n; i++) {
        bool is_context = lists[i]->is_context || lists[i]->is_expired;
        (void)facts_add(f, is_context ? fields->context : fields->categories, lists[i]->category);
        struct str text = arena_printf(&f->arena, "%.*s (%.*s)", STR_ARG(name), STR_ARG(lists[i]->category));
        if (!facts_add(f, fields->listed, text) || !place)
            continue;
        struct note note = *place;
        note.field = fields->listed;
        note.value = text;
        facts_note(f, &note);
    }
}

static void count_content(struct facts *f)
{
    facts_uint(f, F_CONTENT_LISTED_COUNT, facts_get(f, F_CONTENT_LISTED)->list.n);
}

void listed_host(const struct intel *intel, struct facts *facts, struct str host, const struct note *place)
{
    const struct intel_list *lists[NAMES_HITS_MAX];
    size_t n = intel_find_name(intel, host, lists);
    if (!n)
        return;
    state(facts, &CONTENT, host, lists, n, place);
    count_content(facts);
}

void listed_address(const struct intel *intel, struct facts *facts, struct str address, const struct note *place)
{
    const struct intel_list *lists[NETS_HITS_MAX];
    size_t n = intel_find_address(intel, address, lists);
    if (!n)
        return;
    state(facts, &CONTENT, address, lists, n, place);
    count_content(facts);
}

static void state_known(struct facts *f, const struct intel_known *known, enum field_id listed, enum field_id names,
                        enum field_id sources)
{
    if (known->allowed || (!known->bad && !known->unwanted && !known->expired))
        return;
    /* A list that gives no names still makes a sentence: "a digest by FILE". */
    facts_str(f, listed, known->bad ? STR("bad") : known->unwanted ? STR("unwanted") : STR("expired"));
    for (size_t i = 0; i < known->n; i++) {
        (void)facts_add(f, names, known->v[i].name.n ? known->v[i].name : STR("a digest"));
        (void)facts_add(f, sources, known->v[i].source);
    }
}

void listed_file(struct facts *facts, const struct intel_known *known)
{
    if (known->allowed)
        facts_bool(facts, F_FILE_ALLOWED, true);
    state_known(facts, known, F_FILE_LISTED, F_FILE_LISTED_NAMES, F_FILE_LISTED_SOURCES);
}

static void know_digest(const struct intel *intel, struct str digest, struct intel_known *known)
{
    static const struct str prefix = {"sha256:", 7};
    uint8_t bytes[SHA256_BYTES];
    struct intel_known one = {};
    if (digest.n != prefix.n + SHA256_HEX || !str_starts(digest, prefix) || !hex_decode(str_sub(digest, prefix.n, digest.n), bytes))
        return;
    intel_know(intel, DIGEST_SHA256, bytes, DIGEST_ANY_SIZE, &one);
    intel_known_add(known, &one);
}

void listed_image(const struct intel *intel, struct facts *facts)
{
    static const enum field_id lists[] = {F_IMAGE_LAYER_DIGESTS, F_IMAGE_DIFF_IDS};
    struct intel_known known = {};
    if (!intel)
        return;
    know_digest(intel, facts_get_str(facts, F_IMAGE_DIGEST), &known);
    know_digest(intel, facts_get_str(facts, F_IMAGE_CONFIG_DIGEST), &known);
    for (size_t k = 0; k < ARRAY_SIZE(lists); k++) {
        const struct value *v = facts_get(facts, lists[k]);
        for (size_t i = 0; v->type == VALUE_LIST && i < v->list.n; i++)
            know_digest(intel, v->list.v[i].s, &known);
    }
    state_known(facts, &known, F_IMAGE_LISTED, F_IMAGE_LISTED_NAMES, F_IMAGE_LISTED_SOURCES);
    listed_host(intel, facts, facts_get_str(facts, F_IMAGE_REGISTRY), NULL);
}

/* The address of "192.0.2.1:443/tcp" or "[2001:db8::1]:443/tcp". */
static struct str peer_address(struct str peer)
{
    const char *colon = peer.n ? memrchr(peer.p, ':', peer.n) : NULL;
    if (!colon)
        return STR_NULL;
    struct str host = str_sub(peer, 0, (size_t)(colon - peer.p));
    return host.n > 2 && host.p[0] == '[' ? str_sub(host, 1, host.n - 1) : host;
}

void listed_peers(const struct intel *intel, struct facts *facts)
{
    const struct value *peers = facts_get(facts, F_PROC_PEERS);
    for (size_t i = 0; intel && peers->type == VALUE_LIST && i < peers->list.n; i++) {
        const struct intel_list *lists[NETS_HITS_MAX];
        struct str address = peer_address(peers->list.v[i].s);
        size_t n = intel_find_address(intel, address, lists);
        state(facts, &PEERS, address, lists, n, NULL);
    }
}
