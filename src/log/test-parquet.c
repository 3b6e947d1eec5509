// SPDX-License-Identifier: Apache-2.0
/* Tables written by others (tests/parquet/write.mjs), row by row against the same rows as JSON; and what the parts do with less. */
#include <brotli/encode.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <snappy-c.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <zlib.h>
#include <zstd.h>

#include "base/file.h"
#include "harness/test.h"
#include "log/parquet.h"
#include "log/parquet_bits.h"
#include "log/parquet_file.h"
#include "log/parquet_text.h"
#include "log/parquet_thrift.h"
#include "log/parquet_unpack.h"

static void read_file(const char *path, struct strbuf *b)
{
    struct error err = ERROR_NULL;
    CHECK_INT(file_read(path, 64 << 20, b, &err), 0);
}

static void folder(struct strbuf *b)
{
    const char *root = getenv("DAVY_SOURCE_ROOT");
    strbuf_printf(b, "%s/tests/parquet", root ? root : ".");
}

/* A file that is only in memory. */
static int file_of(struct str bytes)
{
    const int fd = memfd_create("parquet", MFD_CLOEXEC);
    CHECK(fd >= 0 && pwrite(fd, bytes.p, bytes.n, 0) == (ssize_t)bytes.n);
    return fd;
}

/* tests/parquet/flow.arrow-v1.parquet has the rows of tests/parquet/flow.jsonl. */
static size_t compare(const char *path)
{
    _cleanup_(strbuf_done) struct strbuf twin = {}, row = {}, name = {};
    const struct str whole = str_from(path), file = str_basename(whole);
    struct str line, rest;
    struct error err = ERROR_NULL;
    struct parquet *p = NULL;
    struct stat st;
    const char *why = NULL;
    size_t n = 0;
    int got;
    _cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
    CHECK(fd >= 0 && fstat(fd, &st) == 0);
    const struct str kind = str_sub(file, 0, (size_t)str_find(file, STR("."), 0)), where = str_dirname(whole);
    strbuf_printf(&name, "%.*s/%.*s.jsonl", STR_ARG(where), STR_ARG(kind));
    read_file(name.p, &twin);
    rest = strbuf_str(&twin);
    if (parquet_open(fd, (uint64_t)st.st_size, &p, &err) < 0)
        test_fail(__FILE__, __LINE__, "%s: %s", path, err.text);
    while ((got = parquet_next(p, &row, &why)) == 1 && str_split(&rest, '\n', &line)) {
        n++;
        if (!str_eq(line, strbuf_str(&row)))
            test_fail(__FILE__, __LINE__, "%s row %zu:\n# %.*s\n# is to be\n# %.*s", path, n, STR_ARG(strbuf_str(&row)), STR_ARG(line));
    }
    if (got || rest.n)
        test_fail(__FILE__, __LINE__, "%s ends with %d behind row %zu: %s", path, got, n, why ? why : "-");
    parquet_free(p);
    return n;
}

TEST(files_of_other_writers)
{
    _cleanup_(strbuf_done) struct strbuf pattern = {};
    glob_t g = {};
    size_t rows = 0;
    folder(&pattern);
    strbuf_adds(&pattern, "/*.parquet");
    CHECK(glob(pattern.p, 0, NULL, &g) == 0);
    CHECK(g.gl_pathc >= 18);
    for (size_t i = 0; i < g.gl_pathc; i++)
        rows += compare(g.gl_pathv[i]);
    CHECK(rows > 900);
    globfree(&g);
}

TEST(what_is_no_whole_file)
{
    struct error err = ERROR_NULL;
    struct parquet *p = NULL;
    static const struct {
        struct str bytes;
        const char *says;
    } files[] = {
        {STR("PAR1"), "is cut"},
        {STR("PAR1 and then nothing"), "is cut"},
        {STR("PAR1xxxx\xff\xff\xff\x7f" "PAR1"), "footer is larger than the file"},
        {STR("PAR1\x15\x02\x19\x2c\x04\0\0\0PAR1"), "makes no sense"},
        {STR("PARE\x15\x02\x19\x2c\x04\0\0\0PARE"), "encrypted"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
        _cleanup_close_ int fd = file_of(files[i].bytes);
        CHECK(parquet_open(fd, files[i].bytes.n, &p, &err) < 0);
        if (!str_has(str_from(err.text), str_from(files[i].says)))
            test_fail(__FILE__, __LINE__, "file %zu: %s", i, err.text);
    }
}

/* ---- files made here, for what the writers at hand do not write ---- */

enum { I32 = 5, I64 = 6, BINARY = 8, LIST = 9, STRUCT = 12 };

static void add_varint(struct strbuf *b, uint64_t u)
{
    wire_add_u64(b, u);
}

static void add_head(struct strbuf *b, int *last, int id, int type)
{
    strbuf_addc(b, (char)((id - *last) << 4 | type));
    *last = id;
}

static void add_int(struct strbuf *b, int *last, int id, int type, int64_t i)
{
    add_head(b, last, id, type);
    add_varint(b, (uint64_t)i << 1); /* none is below 0 */
}

static void add_text(struct strbuf *b, int *last, int id, struct str s)
{
    add_head(b, last, id, BINARY);
    wire_add_str(b, s);
}

struct made {
    const char *name;
    int64_t type, size, repetition, converted; /* converted -1: none */
    int64_t codec, encoding, def_encoding;
    struct str page;       /* with its levels */
    int64_t values;
    int64_t claims;        /* values of the chunk, where it lies; 0: those of the page */
    bool is_encrypted, is_elsewhere;
    size_t unpacked;       /* bytes of the page; 0: as many as it has */
    /* made of it */
    size_t at, n;
};

/* One row group with one page of each column. */
static int make(struct made *columns, size_t n, int64_t rows)
{
    _cleanup_(strbuf_done) struct strbuf b = {};
    strbuf_adds(&b, "PAR1");
    for (size_t i = 0; i < n; i++) {
        struct made *c = &columns[i];
        int last = 0, inner = 0;
        c->at = b.n;
        add_int(&b, &last, 1, I32, 0);
        add_int(&b, &last, 2, I32, (int64_t)(c->unpacked ? c->unpacked : c->page.n));
        add_int(&b, &last, 3, I32, (int64_t)c->page.n);
        add_head(&b, &last, 5, STRUCT);
        add_int(&b, &inner, 1, I32, c->values);
        add_int(&b, &inner, 2, I32, c->encoding);
        add_int(&b, &inner, 3, I32, c->def_encoding);
        add_int(&b, &inner, 4, I32, 3);
        strbuf_pad(&b, 0, 2);
        strbuf_add(&b, c->page);
        c->n = b.n - c->at;
    }
    const size_t footer = b.n;
    int file = 0, group = 0;
    add_int(&b, &file, 1, I32, 1);
    add_head(&b, &file, 2, LIST);
    strbuf_addc(&b, (char)((n + 1) << 4 | STRUCT));
    int root = 0;
    add_text(&b, &root, 4, STR("root"));
    add_int(&b, &root, 5, I32, (int64_t)n);
    strbuf_pad(&b, 0, 1);
    for (size_t i = 0; i < n; i++) {
        int last = 0;
        add_int(&b, &last, 1, I32, columns[i].type);
        if (columns[i].size)
            add_int(&b, &last, 2, I32, columns[i].size);
        add_int(&b, &last, 3, I32, columns[i].repetition);
        add_text(&b, &last, 4, str_from(columns[i].name));
        if (columns[i].converted >= 0)
            add_int(&b, &last, 6, I32, columns[i].converted);
        strbuf_pad(&b, 0, 1);
    }
    add_int(&b, &file, 3, I64, rows);
    add_head(&b, &file, 4, LIST);
    strbuf_addc(&b, 1 << 4 | STRUCT);
    add_head(&b, &group, 1, LIST);
    strbuf_addc(&b, (char)(n << 4 | STRUCT));
    for (size_t i = 0; i < n; i++) {
        const struct made *c = &columns[i];
        int last = 0, meta = 0;
        if (c->is_elsewhere)
            add_text(&b, &last, 1, STR("other.parquet"));
        add_head(&b, &last, 3, STRUCT);
        add_int(&b, &meta, 1, I32, c->type);
        add_int(&b, &meta, 4, I32, c->codec);
        add_int(&b, &meta, 5, I64, c->claims ? c->claims : c->values);
        add_int(&b, &meta, 7, I64, (int64_t)c->n);
        add_int(&b, &meta, 9, I64, (int64_t)c->at);
        strbuf_pad(&b, 0, 1);
        if (c->is_encrypted) {
            add_head(&b, &last, 8, STRUCT);
            strbuf_pad(&b, 0, 1);
        }
        strbuf_pad(&b, 0, 1);
    }
    add_int(&b, &group, 3, I64, rows);
    strbuf_pad(&b, 0, 2);
    const uint32_t size = (uint32_t)(b.n - footer);
    strbuf_add(&b, str_n(&size, sizeof(size)));
    strbuf_adds(&b, "PAR1");
    return file_of(strbuf_str(&b));
}

/* All rows, one after the other, and what was said. */
static void read_made(struct made *columns, size_t n, int64_t rows, struct strbuf *ret_rows, struct strbuf *ret_said)
{
    _cleanup_(strbuf_done) struct strbuf row = {};
    struct error err = ERROR_NULL;
    struct parquet *p = NULL;
    struct stat st;
    const char *why = NULL;
    int got;
    _cleanup_close_ int fd = make(columns, n, rows);
    strbuf_clear(ret_rows);
    strbuf_clear(ret_said);
    CHECK(fstat(fd, &st) == 0);
    if (parquet_open(fd, (uint64_t)st.st_size, &p, &err) < 0)
        test_fail(__FILE__, __LINE__, "%s", err.text);
    while ((got = parquet_next(p, &row, &why)) != 0)
        if (got == 1)
            strbuf_printf(ret_rows, "%.*s\n", STR_ARG(strbuf_str(&row)));
        else
            strbuf_printf(ret_said, "%s\n", got == 2 ? why : "too large");
    parquet_free(p);
}

#define ROWS_ARE(columns, rows, want, said)                                                                            \
    do {                                                                                                               \
        _cleanup_(strbuf_done) struct strbuf _rows = {}, _said = {};                                                   \
        read_made((columns), ARRAY_SIZE(columns), (rows), &_rows, &_said);                                             \
        CHECK_STR(strbuf_str(&_rows), (want));                                                                         \
        CHECK_STR(strbuf_str(&_said), (said));                                                                         \
    } while (0)

/* 2026-03-02T10:00:00.5Z, and a day that astronomers count below ours. */
#define INT96_TIME "\x00\xa5\x03\x05\xbe\x20\x00\x00" "\xae\x8d\x25\x00"

TEST(types_of_old_writers)
{
    struct made columns[] = {
        {"t", 3, 0, 0, -1, 0, 0, 3, STR(INT96_TIME "\0\0\0\0\0\0\0\0\x01\0\0\0"), 2},
        {"n", 1, 0, 0, 5, 0, 0, 3, STR("\xff\xff\xff\xff\x07\0\0\0"), 2},
        {"u", 1, 0, 0, 13, 0, 0, 3, STR("\xff\xff\xff\xff\0\0\0\0"), 2},
        {"d", 7, 2, 0, 5, 0, 0, 3, STR("\xff\xfe\x01\0"), 2},
        {"day", 1, 0, 0, 6, 0, 0, 3, STR("\xff\xff\xff\xff\x22\x50\x00\x00"), 2},
        {"ms", 2, 0, 0, 9, 0, 0, 3, STR("\xff\xff\xff\xff\xff\xff\xff\xff\x01\0\0\0\0\0\0\0"), 2},
        {"f", 4, 0, 0, -1, 0, 0, 3, STR("\0\0\xc0\x7f\0\0\x20\x40"), 2},
    };
    ROWS_ARE(columns, 2,
             "{\"t\":\"2026-03-02T10:00:00.500000000Z\",\"n\":\"-1\",\"u\":4294967295,\"d\":\"-2\",\"day\":-1,\"ms\":-1,\"f\":null}\n"
             "{\"t\":\"000000000000000001000000\",\"n\":\"7\",\"u\":0,\"d\":\"256\",\"day\":\"2026-03-02\",\"ms\":\"1970-01-01T00:00:00.001Z\",\"f\":2.5}\n",
             "");
}

/* Whole numbers beyond 2^64 stay real ones, or no reader of JSON takes the row. */
TEST(great_numbers)
{
    struct made columns[] = {{"d", 5, 0, 0, -1, 0, 0, 3, STR("\0\0\0\0\0\0\x00\x44\0\0\0\0\0\0\xf0\x3f"), 2}};
    ROWS_ARE(columns, 2, "{\"d\":36893488147419103232.0}\n{\"d\":1}\n", "");
}

TEST(levels_of_old_writers)
{
    /* BIT_PACKED: 1, 0, 1 from the highest bit on */
    struct made columns[] = {{"a", 1, 0, 1, -1, 0, 0, 4, STR("\xa0\x01\0\0\0\x02\0\0\0"), 3}, {"b", 1, 0, 0, -1, 0, 0, 3, STR("\x07\0\0\0\x08\0\0\0\x09\0\0\0"), 3}};
    ROWS_ARE(columns, 3, "{\"a\":1,\"b\":7}\n{\"b\":8}\n{\"a\":2,\"b\":9}\n", "");
}

TEST(columns_that_are_left_out)
{
    struct made columns[] = {
        {"id", 1, 0, 0, -1, 0, 0, 3, STR("\x01\0\0\0\x02\0\0\0"), 2},
        {"secret", 1, 0, 0, -1, 0, 0, 3, STR("\x01\0\0\0\x02\0\0\0"), 2, .is_encrypted = true},
        {"key", 1, 0, 0, -1, 0, 0, 3, STR("\x01\0\0\0\x02\0\0\0"), 2, .is_encrypted = true},
        {"far", 1, 0, 0, -1, 0, 0, 3, STR("\x01\0\0\0\x02\0\0\0"), 2, .is_elsewhere = true},
        {"lzo", 1, 0, 0, -1, 3, 0, 3, STR("\x01\0\0\0\x02\0\0\0"), 2},
        {"new", 1, 0, 0, -1, 0, 77, 3, STR("\x01\0\0\0\x02\0\0\0"), 2},
        {"short", 1, 0, 0, -1, 0, 0, 3, STR("\x01\0\0\0"), 1},
        {"cut", 1, 0, 0, -1, 0, 0, 3, STR("\x01\0\0\0"), 2},
        {"bomb", 1, 0, 1, -1, 0, 0, 3, STR("\x02\0\0\0\x04\0"), 2, .claims = INT64_C(1) << 40},
    };
    ROWS_ARE(columns, 2, "{\"id\":1,\"short\":1,\"cut\":1}\n{\"id\":2}\n",
             "columns that are left out: 2 (secret, key): encrypted: have it written without encryption, or decrypt it with its key\n"
             "columns that are left out: 1 (far): in another file\n"
             "columns that are left out: 1 (lzo): packed with LZO, which is not unpacked here: have it written with Snappy or zstd\n"
             "columns that are left out: 1 (new): of an encoding that is not known here\n"
             "columns that are left out: 1 (bomb): stands for more values than so few bytes can, which no log does\n"
             "columns that are left out: 1 (short): ends before the others do\n"
             "columns that are left out: 1 (cut): damaged\n");
}

TEST(a_text_that_is_longer_than_its_page)
{
    struct made columns[] = {{"s", 6, 0, 0, 0, 0, 0, 3, STR("\x02\0\0\0hi\xff\xff\xff\xff" "x"), 2}, {"i", 1, 0, 0, -1, 0, 0, 3, STR("\x01\0\0\0\x02\0\0\0"), 2}};
    ROWS_ARE(columns, 2, "{\"s\":\"hi\",\"i\":1}\n{\"i\":2}\n", "columns that are left out: 1 (s): damaged\n");
}

TEST(a_group_that_claims_more_rows)
{
    struct made columns[] = {{"i", 1, 0, 0, -1, 0, 0, 3, STR("\x01\0\0\0"), 1}};
    ROWS_ARE(columns, 1 << 30, "{\"i\":1}\n", "columns that are left out: 1 (i): ends before the others do\n");
}

/* Repeated without a list around it; a row of a million elements is no record. */
TEST(lists_are_bounded)
{
    enum { MANY = 3 << 20 };
    _cleanup_(strbuf_done) struct strbuf page = {};
    /* levels: a run of one 0 and of MANY 1s; all are there */
    const char reps[] = "\x02\0\x80\x80\x80\x03\x01", defs[] = "\x02\x01\x80\x80\x80\x03\x01";
    const uint32_t n = sizeof(reps) - 1;
    strbuf_add(&page, str_n(&n, sizeof(n)));
    strbuf_add(&page, str_n(reps, n));
    strbuf_add(&page, str_n(&n, sizeof(n)));
    strbuf_add(&page, str_n(defs, n));
    strbuf_pad(&page, 0, 4 * (MANY + 1));
    struct made columns[] = {{"l", 1, 0, 2, -1, 0, 0, 3, strbuf_str(&page), MANY + 1}};
    ROWS_ARE(columns, 1, "", "too large\n");
}

/* The page in the packing of each codec. */
static size_t pack(int64_t codec, struct str from, char *to, size_t room)
{
    size_t n = room;
    z_stream z = {};
    switch (codec) {
    case PARQUET_SNAPPY:
        CHECK(snappy_compress(from.p, from.n, to, &n) == SNAPPY_OK);
        return n;
    case PARQUET_GZIP:
        CHECK(deflateInit2(&z, 1, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK);
        z.next_in = (Bytef *)from.p;
        z.avail_in = (uInt)from.n;
        z.next_out = (Bytef *)to;
        z.avail_out = (uInt)room;
        CHECK(deflate(&z, Z_FINISH) == Z_STREAM_END);
        n = z.total_out;
        (void)deflateEnd(&z);
        return n;
    case PARQUET_BROTLI:
        CHECK(BrotliEncoderCompress(2, 20, BROTLI_MODE_GENERIC, from.n, (const uint8_t *)from.p, &n, (uint8_t *)to));
        return n;
    case PARQUET_ZSTD:
        n = ZSTD_compress(to, room, from.p, from.n, 1);
        CHECK(!ZSTD_isError(n));
        return n;
    default:
        memcpy(to, from.p, from.n);
        return from.n;
    }
}

/* A page of 40 MiB, as DuckDB writes them, is put aside and read in passing; cut at its end it is damaged; LZ4 has no pieces. */
TEST(pages_larger_than_memory)
{
    enum { TEXTS = 20'000, LENGTH = 2000 };
    static const int64_t codecs[] = {PARQUET_UNPACKED, PARQUET_SNAPPY, PARQUET_GZIP, PARQUET_BROTLI, PARQUET_ZSTD, PARQUET_LZ4_RAW};
    _cleanup_(strbuf_done) struct strbuf page = {}, rows = {}, said = {}, want = {};
    uint32_t random = 1;
    for (unsigned i = 0; i < TEXTS; i++) {
        const uint32_t n = LENGTH;
        strbuf_add(&page, str_n(&n, sizeof(n)));
        const size_t from = page.n;
        for (unsigned k = 0; k < LENGTH; k++) {
            random = random * 1664525 + 1013904223;
            strbuf_addc(&page, k % 4 ? 'x' : (char)('a' + (random >> 28)));
        }
        strbuf_printf(&want, "{\"s\":\"%.*s\"}\n", LENGTH, page.p + from);
    }
    const size_t room = page.n / 4 * 5;
    _cleanup_free_ char *packed = xalloc(room);
    for (size_t i = 0; i < ARRAY_SIZE(codecs); i++) {
        struct made column[] = {{"s", 6, 0, 0, 0, codecs[i], 0, 3, STR_NULL, TEXTS, .unpacked = page.n}};
        column[0].page = str_n(packed, pack(codecs[i], strbuf_str(&page), packed, room));
        read_made(column, 1, TEXTS, &rows, &said);
        if (codecs[i] == PARQUET_LZ4_RAW) {
            CHECK_STR(strbuf_str(&said), "columns that are left out: 1 (s): a page is too large: have it written with pages of 1 MiB\n");
            continue;
        }
        CHECK_STR(strbuf_str(&said), "");
        CHECK(str_eq(strbuf_str(&rows), strbuf_str(&want)));
        column[0].page.n -= 10;
        read_made(column, 1, TEXTS, &rows, &said);
        CHECK_STR(strbuf_str(&said), "columns that are left out: 1 (s): damaged\n");
    }
    /* many that are large together: what does not fit is put aside */
    enum { COLUMNS = 12, FEW = 3000 };
    struct made many[COLUMNS];
    const struct str part = str_sub(strbuf_str(&page), 0, (size_t)FEW * (4 + LENGTH));
    const size_t n = pack(PARQUET_SNAPPY, part, packed, room);
    for (size_t i = 0; i < COLUMNS; i++)
        many[i] = (struct made){(const char *[]){"a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"}[i], 6, 0, 0, 0, PARQUET_SNAPPY, 0, 3, str_n(packed, n), FEW, .unpacked = part.n};
    read_made(many, COLUMNS, FEW, &rows, &said);
    CHECK_STR(strbuf_str(&said), "");
    CHECK_INT(rows.n, (size_t)FEW * (COLUMNS * (LENGTH + strlen("\"a\":\"\",")) + 2));
    /* and where there is no room for it */
    struct made column[] = {{"s", 6, 0, 0, 0, PARQUET_UNPACKED, 0, 3, strbuf_str(&page), TEXTS}};
    CHECK(setenv("TMPDIR", "/nowhere/at/all", 1) == 0);
    read_made(column, 1, TEXTS, &rows, &said);
    CHECK(unsetenv("TMPDIR") == 0);
    CHECK_STR(strbuf_str(&said), "columns that are left out: 1 (s): a page is too large for memory, and there is no room in TMPDIR or /tmp to put it aside\n");
}

TEST(structures_of_thrift_end)
{
    struct thrift_field f = {};
    /* lists within lists, deeper than anybody writes */
    char deep[64];
    memset(deep, 0x19, sizeof(deep));
    struct thrift t = {.w = {.left = str_n(deep, sizeof(deep))}};
    thrift_skip(&t, THRIFT_LIST);
    CHECK(t.w.bad);
    /* a list that claims more than there is */
    t = (struct thrift){.w = {.left = STR("\xf5\xff\xff\xff\xff\x0f")}};
    uint8_t of;
    CHECK_INT(thrift_list(&t, &of), 0);
    CHECK(t.w.bad);
    /* field 3 as i32 -2, field 20 as binary, the end */
    t = (struct thrift){.w = {.left = STR("\x35\x03\x08\x28\x02hi\0rest")}};
    CHECK(thrift_next(&t, &f) && f.id == 3 && f.type == THRIFT_I32 && thrift_int(&t) == -2);
    CHECK(thrift_next(&t, &f) && f.id == 20 && f.type == THRIFT_BINARY);
    CHECK_STR(thrift_str(&t), "hi");
    CHECK(!thrift_next(&t, &f) && !t.w.bad);
    CHECK_STR(t.w.left, "rest");
}

TEST(numbers_in_bits)
{
    struct runs r;
    struct deltas d;
    uint32_t u;
    int64_t i;
    const uint8_t *end;
    /* 0 to 7 in three bits each, as the specification shows them; then 5 three times */
    runs_begin(&r, STR("\x03\x88\xc6\xfa\x06\x05"), 3);
    for (uint32_t k = 0; k < 8; k++)
        CHECK(runs_next(&r, &u) && u == k);
    for (unsigned k = 0; k < 3; k++)
        CHECK(runs_next(&r, &u) && u == 5);
    CHECK(!runs_next(&r, &u));
    /* a group whose end is not there gives what is */
    runs_begin(&r, STR("\x03\xff"), 3);
    CHECK(runs_next(&r, &u) && u == 7 && runs_next(&r, &u) && u == 7 && !runs_next(&r, &u));
    /* 1, 2, 3, 4, 5: blocks of 128 in four parts, the least difference 1 in no bits */
    const struct str five = STR("\x80\x01\x04\x05\x02\x02\0\0\0\0rest");
    CHECK(deltas_begin(&d, five) && deltas_end(d, &end));
    CHECK_STR(str_n(end, 4), "rest");
    for (int64_t k = 1; k <= 5; k++)
        CHECK(deltas_next(&d, &i) && i == k);
    CHECK(!deltas_next(&d, &i));
    /* heads that make no sense: no parts, parts of no whole bytes, a block beyond all measure */
    CHECK(!deltas_begin(&d, STR("\x80\x01\0\x05\x02")) && !deltas_begin(&d, STR("\x80\x01\x03\x05\x02")) && !deltas_begin(&d, STR("\xff\xff\xff\x7f\x01\x05\x02")));
    /* more numbers than there are bytes for */
    CHECK(deltas_begin(&d, STR("\x80\x01\x04\xff\xff\xff\xff\x0f\x02\x02\0\0\0\0")) && !deltas_end(d, &end));
}
