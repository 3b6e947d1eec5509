// SPDX-License-Identifier: Apache-2.0
/*
 * What bench/run holds davy scan against: the least that a look at a layer must do, in one process. ISA-L inflates, libarchive walks
 * the tar, OpenSSL digests; nothing is looked at. With "digests" what it unpacks to and each file are digested too.
 *
 * usage: bench-scan-floor [digests] LAYER.tar.gz; prints CPU seconds
 */
#include <archive.h>
#include <archive_entry.h>
#include <isa-l/igzip_lib.h>
#include <openssl/evp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { PIECE = 256 << 10 };

struct layer {
    FILE *file;
    bool digests;
    struct inflate_state state;
    EVP_MD_CTX *blob, *unpacked, *each;
    uint8_t in[PIECE], out[PIECE];
};

static ssize_t next_piece(struct archive *a, void *ctx, const void **ret)
{
    struct layer *l = ctx;
    (void)a;
    l->state.next_out = l->out;
    l->state.avail_out = PIECE;
    while (l->state.avail_out) {
        if (!l->state.avail_in) {
            size_t n = fread(l->in, 1, PIECE, l->file);
            EVP_DigestUpdate(l->blob, l->in, n);
            l->state.next_in = l->in;
            l->state.avail_in = (uint32_t)n;
            if (!n)
                break;
        }
        if (l->state.block_state == ISAL_BLOCK_FINISH) /* another member of the file */
            isal_inflate_reset(&l->state), l->state.crc_flag = ISAL_GZIP;
        if (isal_inflate(&l->state) != ISAL_DECOMP_OK)
            return -1;
        if (l->state.block_state == ISAL_BLOCK_FINISH && !l->state.avail_in && feof(l->file))
            break;
    }
    size_t n = PIECE - l->state.avail_out;
    if (l->digests)
        EVP_DigestUpdate(l->unpacked, l->out, n);
    *ret = l->out;
    return (ssize_t)n;
}

static void walk(struct layer *l, struct archive *a)
{
    struct archive_entry *e;
    const void *p;
    size_t n;
    la_int64_t at;
    while (archive_read_next_header(a, &e) == ARCHIVE_OK) {
        EVP_DigestInit_ex(l->each, EVP_sha256(), NULL);
        while (archive_read_data_block(a, &p, &n, &at) == ARCHIVE_OK)
            if (l->digests)
                EVP_DigestUpdate(l->each, p, n);
        uint8_t digest[EVP_MAX_MD_SIZE];
        EVP_DigestFinal_ex(l->each, digest, NULL);
    }
}

int main(int argc, char **argv)
{
    static struct layer l;
    struct archive *a = archive_read_new();
    struct timespec t;
    l.digests = argc > 2 && !strcmp(argv[1], "digests");
    l.file = argc > 1 ? fopen(argv[argc - 1], "rb") : NULL;
    l.blob = EVP_MD_CTX_new(), l.unpacked = EVP_MD_CTX_new(), l.each = EVP_MD_CTX_new();
    if (!l.file || !a || !l.blob || !l.unpacked || !l.each)
        return 2;
    EVP_DigestInit_ex(l.blob, EVP_sha256(), NULL);
    EVP_DigestInit_ex(l.unpacked, EVP_sha256(), NULL);
    isal_inflate_init(&l.state);
    l.state.crc_flag = ISAL_GZIP;
    archive_read_support_format_tar(a);
    if (archive_read_open(a, &l, NULL, next_piece, NULL) != ARCHIVE_OK)
        return 1;
    walk(&l, a);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    printf("%.3f\n", (double)t.tv_sec + (double)t.tv_nsec / 1e9);
    return 0;
}
