// SPDX-License-Identifier: Apache-2.0
#include "inspect/archive_squash.h"

#include <errno.h>
#include <sqfs/compressor.h>
#include <sqfs/data_reader.h>
#include <sqfs/dir.h>
#include <sqfs/dir_reader.h>
#include <sqfs/error.h>
#include <sqfs/id_table.h>
#include <sqfs/inode.h>
#include <sqfs/io.h>
#include <sqfs/super.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/strbuf.h"
#include "base/vec.h"

/* The data as libsquashfs reads it. */
struct memory {
    sqfs_file_t file; /* first: the library knows no more of it */
    struct str data;
};

/* A folder that is still to be looked into. */
struct folder {
    struct str path;
    sqfs_inode_generic_t *inode;
};

struct squash {
    struct memory memory;
    sqfs_super_t super;
    sqfs_compressor_t *unpacker;
    sqfs_id_table_t *ids;
    sqfs_dir_reader_t *folders;
    sqfs_data_reader_t *contents;
    struct arena paths;
    VEC(struct folder) waiting;
    size_t seen, held;        /* entries so far, bytes of folders that wait */
    struct folder at;         /* the folder that is read */
    struct strbuf path;       /* of the file at hand */
    sqfs_inode_generic_t *inode;
    uint64_t size, given;
    size_t block;
    sqfs_u8 *piece;
};

static int on_read(sqfs_file_t *file, sqfs_u64 offset, void *buffer, size_t size)
{
    const struct memory *m = (const struct memory *)file;
    if (offset > m->data.n || size > m->data.n - offset)
        return SQFS_ERROR_OUT_OF_BOUNDS;
    memcpy(buffer, m->data.p + offset, size);
    return 0;
}

static sqfs_u64 on_size(const sqfs_file_t *file)
{
    return ((const struct memory *)file)->data.n;
}

/* Nobody writes, and the memory is not the library's to free. */
static int on_write(sqfs_file_t *, sqfs_u64, const void *, size_t)
{
    return SQFS_ERROR_IO;
}
static int on_truncate(sqfs_file_t *, sqfs_u64)
{
    return SQFS_ERROR_IO;
}
static void on_destroy(sqfs_object_t *)
{
}

bool squash_begins(struct str data, size_t *ret_n)
{
    sqfs_super_t super;
    if (data.n < sizeof(super))
        return false;
    memcpy(&super, data.p, sizeof(super));
    if (le32toh(super.magic) != SQFS_MAGIC || le16toh(super.version_major) != SQFS_VERSION_MAJOR)
        return false;
    uint64_t n = le64toh(super.bytes_used);
    *ret_n = n < data.n ? (size_t)n : data.n;
    return true;
}

static int begin(struct squash *s)
{
    sqfs_file_t *file = &s->memory.file;
    sqfs_compressor_config_t config;
    if (sqfs_super_read(&s->super, file) || s->super.fragment_entry_count > SQUASH_FRAGMENTS_MAX)
        return -EBADMSG;
    if (sqfs_compressor_config_init(&config, (SQFS_COMPRESSOR)s->super.compression_id, s->super.block_size,
                                    SQFS_COMP_FLAG_UNCOMPRESS) ||
        sqfs_compressor_create(&config, &s->unpacker))
        return -ENOTSUP;
    if ((s->super.flags & SQFS_FLAG_COMPRESSOR_OPTIONS) && s->unpacker->read_options(s->unpacker, file))
        return -EBADMSG;
    s->ids = sqfs_id_table_create(0);
    s->folders = sqfs_dir_reader_create(&s->super, s->unpacker, file, 0);
    s->contents = sqfs_data_reader_create(file, s->super.block_size, s->unpacker, 0);
    if (!s->ids || !s->folders || !s->contents)
        return -ENOMEM;
    struct folder root = {};
    if (sqfs_id_table_read(s->ids, file, &s->super, s->unpacker) ||
        sqfs_data_reader_load_fragment_table(s->contents, &s->super) || sqfs_dir_reader_get_root_inode(s->folders, &root.inode))
        return -EBADMSG;
    vec_add(&s->waiting, root);
    return 0;
}

int squash_open(struct str data, struct squash **ret)
{
    _cleanup_(squash_freep) struct squash *s = xnew(struct squash);
    s->memory.data = data;
    s->memory.file = (sqfs_file_t){
        .base.destroy = on_destroy, .read_at = on_read, .write_at = on_write, .get_size = on_size, .truncate = on_truncate};
    int r = begin(s);
    if (!r)
        *ret = TAKE_PTR(s);
    return r;
}

static void forget_file(struct squash *s)
{
    sqfs_free(s->piece);
    sqfs_free(s->inode);
    s->piece = NULL;
    s->inode = NULL;
}

struct squash *squash_free(struct squash *s)
{
    if (!s)
        return NULL;
    forget_file(s);
    sqfs_free(s->at.inode);
    vec_each(f, &s->waiting) sqfs_free(f->inode);
    vec_done(&s->waiting);
    sqfs_destroy(s->contents);
    sqfs_destroy(s->folders);
    sqfs_destroy(s->ids);
    sqfs_destroy(s->unpacker);
    strbuf_done(&s->path);
    arena_done(&s->paths);
    free(s);
    return NULL;
}

static bool next_folder(struct squash *s, int *ret_error)
{
    sqfs_free(s->at.inode);
    s->at = (struct folder){};
    *ret_error = 0;
    if (!s->waiting.n)
        return false;
    s->at = s->waiting.v[--s->waiting.n];
    if (sqfs_dir_reader_open_dir(s->folders, s->at.inode, 0)) {
        sqfs_free(s->at.inode);
        s->at.inode = NULL;
        *ret_error = -EBADMSG;
    }
    return true;
}

static uint64_t owner(const struct squash *s, sqfs_u16 index)
{
    sqfs_u32 id = 0;
    (void)sqfs_id_table_index_to_id(s->ids, index, &id);
    return id;
}

static bool is_folder(const sqfs_inode_generic_t *i)
{
    return i->base.type == SQFS_INODE_DIR || i->base.type == SQFS_INODE_EXT_DIR;
}

static bool is_file(const sqfs_inode_generic_t *i)
{
    return i->base.type == SQFS_INODE_FILE || i->base.type == SQFS_INODE_EXT_FILE;
}

static uint64_t size_of(const sqfs_inode_generic_t *i)
{
    return i->base.type == SQFS_INODE_FILE ? i->data.file.file_size : i->data.file_ext.file_size;
}

/* One entry of the folder that is read: 0 for a file, 1 for what is none or the folder's end, negative. */
static int take_entry(struct squash *s, struct squash_file *ret)
{
    sqfs_dir_entry_t *e = NULL;
    sqfs_inode_generic_t *inode = NULL;
    int r = sqfs_dir_reader_read(s->folders, &e);
    if (r) { /* the folder ends, or cannot be read on */
        sqfs_free(s->at.inode);
        s->at.inode = NULL;
        return r > 0 ? 1 : -EBADMSG;
    }
    strbuf_clear(&s->path);
    strbuf_add(&s->path, s->at.path);
    if (s->path.n)
        strbuf_addc(&s->path, '/');
    strbuf_add(&s->path, str_n(e->name, (size_t)e->size + 1));
    sqfs_free(e);
    if (++s->seen > SQUASH_ENTRIES_MAX)
        return -E2BIG;
    if (s->path.n > SQUASH_PATH_MAX)
        return -EBADMSG;
    if (sqfs_dir_reader_get_inode(s->folders, &inode))
        return -EBADMSG;
    if (is_file(inode)) {
        s->inode = inode;
        s->size = size_of(inode);
        s->given = s->block = 0;
        *ret = (struct squash_file){.path = strbuf_str(&s->path),
                                    .size = s->size,
                                    .uid = owner(s, inode->base.uid_idx),
                                    .gid = owner(s, inode->base.gid_idx),
                                    .mtime_s = inode->base.mod_time,
                                    .mode = inode->base.mode};
        return 0;
    }
    if (!is_folder(inode)) {
        sqfs_free(inode);
        return 1;
    }
    s->held += s->path.n + inode->payload_bytes_available;
    if (s->held > SQUASH_HELD_BYTES) {
        sqfs_free(inode);
        return -E2BIG;
    }
    struct folder f = {.path = arena_str(&s->paths, strbuf_str(&s->path)), .inode = inode};
    vec_add(&s->waiting, f);
    return 1;
}

int squash_next(struct squash *s, struct squash_file *ret)
{
    int r;
    forget_file(s);
    for (;;) {
        while (!s->at.inode)
            if (!next_folder(s, &r))
                return 1;
            else if (r)
                return r;
        r = take_entry(s, ret);
        if (r <= 0)
            return r;
    }
}

int squash_read(struct squash *s, const uint8_t **ret, size_t *ret_n)
{
    size_t n = 0;
    sqfs_free(s->piece);
    s->piece = NULL;
    if (s->given >= s->size)
        return 1;
    bool is_end = s->block >= sqfs_inode_get_file_block_count(s->inode);
    int r = is_end ? sqfs_data_reader_get_fragment(s->contents, s->inode, &n, &s->piece)
                   : sqfs_data_reader_get_block(s->contents, s->inode, s->block++, &n, &s->piece);
    if (r || !n || !s->piece)
        return -EBADMSG;
    s->given += n;
    *ret = s->piece;
    *ret_n = n;
    return 0;
}
