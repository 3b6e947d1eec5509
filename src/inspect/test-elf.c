// SPDX-License-Identifier: Apache-2.0
/* Programs of this machine, programs that the compiler makes here, and headers built by hand: imitations that
 * cannot run. */
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "inspect/test-look.h"

static struct facts facts;

static void look(struct str content)
{
    static const char *const only[] = {"elf", NULL};
    look_with(&(struct inspect_options){.only = only, .machine = "x86_64"}, NULL, content, &facts);
}

static void look_file(const char *path)
{
    _cleanup_(strbuf_done) struct strbuf b = {};
    if (file_read(path, 64 << 20, &b, NULL) < 0)
        test_skip(path);
    look(strbuf_str(&b));
}

static bool lists(enum field_id id, const char *want)
{
    return facts_list(&facts, id, want);
}

/* Compiles with the C compiler and leaves the program at `out`. */
static void compile(const char *source, const char *flags, const char *out)
{
    char command[1024];
    snprintf(command, sizeof(command), "printf '%%s' '%s' | cc -x c %s -o %s - 2>/dev/null", source, flags,
             out);
    if (system(command) != 0)
        test_skip("no C compiler for this kind of program");
}

/* A little ELF writer: numbers in either byte order, one segment table behind the header. */
struct made {
    struct strbuf b;
    bool is64, big;
};

static void put(struct made *m, uint64_t x, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        strbuf_addc(&m->b, (char)(x >> 8 * (m->big ? n - 1 - i : i)));
}

static void header(struct made *m, unsigned type, unsigned machine, uint64_t entry, unsigned n_segments)
{
    unsigned w = m->is64 ? 8 : 4, size = m->is64 ? 64 : 52;
    strbuf_clear(&m->b);
    strbuf_add(&m->b, STR("\x7f"
                          "ELF"));
    strbuf_addc(&m->b, m->is64 ? 2 : 1);
    strbuf_addc(&m->b, m->big ? 2 : 1);
    strbuf_addc(&m->b, 1);
    strbuf_pad(&m->b, 0, 9);
    put(m, type, 2), put(m, machine, 2), put(m, 1, 4);
    put(m, entry, w), put(m, size, w), put(m, 0, w), put(m, 0, 4);
    put(m, size, 2), put(m, m->is64 ? 56 : 32, 2), put(m, n_segments, 2), put(m, 0, 2), put(m, 0, 2),
        put(m, 0, 2);
}

static void segment(struct made *m, uint32_t type, uint32_t flags, uint64_t offset, uint64_t vaddr,
                    uint64_t filesz, uint64_t memsz)
{
    unsigned w = m->is64 ? 8 : 4;
    put(m, type, 4);
    if (m->is64)
        put(m, flags, 4);
    put(m, offset, w), put(m, vaddr, w), put(m, vaddr, w), put(m, filesz, w), put(m, memsz, w);
    if (!m->is64)
        put(m, flags, 4);
    put(m, 4096, w);
}

/* Bytes without pattern, the same on every run. */
static void noise(struct strbuf *b, size_t n)
{
    uint64_t x = 88172645463325252u;
    for (size_t i = 0; i < n; i++) {
        x ^= x << 13, x ^= x >> 7, x ^= x << 17;
        strbuf_addc(b, (char)(x >> 32));
    }
}

/* The records that UPX leaves behind the segment table; no packed program follows, only noise. */
static void upx_records(struct made *m, const char *name, uint32_t unpacked_file)
{
    put(m, 0x12345678, 4);
    strbuf_add(&m->b, str_n(name, 4));
    put(m, 1234, 2), put(m, 13, 1), put(m, 22, 1);
    put(m, 0, 4), put(m, unpacked_file, 4), put(m, unpacked_file, 4);
    put(m, 512, 4), put(m, 200, 4), put(m, 14, 1), put(m, 0, 3);
}

static void packed(struct made *m, const char *name, uint32_t unpacked_file, const char *trailer)
{
    header(m, 2, 62, 0x480100, 2);
    segment(m, 1, 6, 0, 0x400000, 0x1000, 0x80000);
    segment(m, 1, 5, 0, 0x480000, 40000, 40000);
    upx_records(m, name, unpacked_file);
    noise(&m->b, 40000 - m->b.n - strlen(trailer));
    strbuf_adds(&m->b, trailer);
}

TEST(this_machines_shell)
{
    look_file("/bin/sh");
    CHECK_STR(facts_get_str(&facts, F_ELF_TYPE), "pie");
    CHECK(!facts_get(&facts, F_ELF_IS_STATIC)->b);
    CHECK(lists(F_ELF_NEEDED, "libc.so.6"));
    CHECK(lists(F_ELF_SECTIONS, ".text"));
    CHECK(facts_get(&facts, F_ELF_IMPORTS_COUNT)->u > 20);
    CHECK(facts_get(&facts, F_ELF_ENTROPY_EXEC)->d > 5 && facts_get(&facts, F_ELF_ENTROPY_EXEC)->d < 7);
    CHECK_INT(facts_get_str(&facts, F_ELF_BUILD_ID).n, 40);
    CHECK_INT(facts_get(&facts, F_ELF_OVERLAY_SIZE)->u, 0);
    CHECK(!facts_has(&facts, F_ELF_PACKER));
    CHECK(!facts_has(&facts, F_ELF_PROBLEMS));
}

TEST(static_busybox)
{
    look_file("/bin/busybox");
    CHECK_STR(facts_get_str(&facts, F_ELF_TYPE), "exec");
    CHECK(facts_get(&facts, F_ELF_IS_STATIC)->b);
    CHECK(!facts_has(&facts, F_ELF_INTERPRETER));
    CHECK(!facts_has(&facts, F_ELF_PACKER));
}

TEST(a_library_that_exports_a_hook)
{
    char out[] = "/tmp/davy-test-XXXXXX";
    close(mkstemp(out));
    compile(
        "void *readdir(void *d); void *readdir(void *d) { return d; } static int local(void) { return 1; }"
        "int other(void); int other(void) { extern int puts(const char *); return puts(\"x\") + local(); }",
        "-shared -fPIC -Wl,-soname,libdavytest.so.1 -s", out);
    look_file(out);
    unlink(out);
    CHECK_STR(facts_get_str(&facts, F_ELF_TYPE), "dyn");
    CHECK_STR(facts_get_str(&facts, F_ELF_SONAME), "libdavytest.so.1");
    CHECK(lists(F_ELF_EXPORTS, "readdir"));
    CHECK(lists(F_ELF_EXPORTS, "other"));
    CHECK(lists(F_ELF_IMPORTS, "puts"));
    CHECK(!lists(F_ELF_EXPORTS, "local"));
    CHECK(facts_get(&facts, F_ELF_IS_STRIPPED)->b);
}

TEST(names_are_found_without_sections)
{
    char out[] = "/tmp/davy-test-XXXXXX";
    close(mkstemp(out));
    for (int style = 0; style < 2; style++) {
        compile("extern int puts(const char *); int main(void) { return puts(\"x\"); }",
                style ? "-Wl,--hash-style=gnu" : "-Wl,--hash-style=sysv", out);
        int fd = open(out, O_RDWR | O_CLOEXEC);
        CHECK(fd >= 0 && pwrite(fd, "\0\0\0\0\0\0\0\0", 8, 40) == 8); /* e_shoff */
        close(fd);
        look_file(out);
        CHECK(lists(F_ELF_IMPORTS, "puts"));
        CHECK_INT(facts_get(&facts, F_ELF_SECTIONS_COUNT)->u, 0);
        CHECK(!facts_has(&facts, F_ELF_PACKER));
    }
    unlink(out);
}

TEST(static_pie_is_a_program)
{
    char out[] = "/tmp/davy-test-XXXXXX";
    close(mkstemp(out));
    compile("int main(void) { return 0; }", "-static-pie", out);
    look_file(out);
    unlink(out);
    CHECK_STR(facts_get_str(&facts, F_ELF_TYPE), "pie");
    CHECK(facts_get(&facts, F_ELF_IS_STATIC)->b);
    CHECK(!facts_get(&facts, F_ELF_IS_STRIPPED)->b);
}

TEST(machines_classes_and_byte_orders)
{
    static const struct {
        bool is64, big;
        unsigned machine;
        const char *name;
        bool foreign;
    } CASES[] = {
        {true, false, 62, "x86_64", false},     {false, false, 3, "i386", false},
        {true, false, 183, "aarch64", true},    {false, false, 40, "arm", true},
        {false, true, 8, "mips", true},         {false, false, 8, "mipsel", true},
        {true, false, 21, "ppc64le", true},     {true, true, 22, "s390x", true},
        {true, false, 243, "riscv64", true},    {true, false, 247, "bpf", false},
        {false, false, 0x7777, "0x7777", true},
    };
    for (size_t i = 0; i < ARRAY_SIZE(CASES); i++) {
        struct made m = {.is64 = CASES[i].is64, .big = CASES[i].big};
        header(&m, 2, CASES[i].machine, 0x10000, 1);
        segment(&m, 1, 5, 0, 0x10000, 100, 100);
        look(strbuf_str(&m.b));
        CHECK_STR(facts_get_str(&facts, F_ELF_MACHINE), CASES[i].name);
        CHECK_INT(facts_get(&facts, F_ELF_CLASS)->u, CASES[i].is64 ? 64 : 32);
        CHECK_INT(facts_get(&facts, F_ELF_IS_FOREIGN)->b, CASES[i].foreign);
        CHECK_INT(facts_get(&facts, F_ELF_SEGMENTS_COUNT)->u, 1);
        CHECK(!lists(F_ELF_PROBLEMS, "bad-entry"));
        strbuf_done(&m.b);
    }
}

TEST(upx_by_its_records)
{
    struct made m = {.is64 = true};
    packed(&m, "UPX!", 100000, "");
    look(strbuf_str(&m.b));
    CHECK_STR(facts_get_str(&facts, F_ELF_PACKER), "upx");
    CHECK(lists(F_ELF_PACKER_SIGNS, "upx-magic"));
    CHECK(lists(F_ELF_PACKER_SIGNS, "no-sections"));
    CHECK(lists(F_ELF_PACKER_SIGNS, "high-entropy"));
    packed(&m, "ABC!", 100000, "");
    look(strbuf_str(&m.b));
    CHECK_STR(facts_get_str(&facts, F_ELF_PACKER), "upx-patched");
    packed(&m, "ABC!", 0, "PROT_EXEC|PROT_WRITE failed."); /* sizes blanked too: the stub's words are left */
    look(strbuf_str(&m.b));
    CHECK_STR(facts_get_str(&facts, F_ELF_PACKER), "upx-patched");
    packed(&m, "ABC!", 0, "");
    look(strbuf_str(&m.b));
    CHECK_STR(facts_get_str(&facts, F_ELF_PACKER), "unknown");
    CHECK(lists(F_ELF_PACKER_SIGNS, "entry-in-last-segment"));
    strbuf_done(&m.b);
}

TEST(one_sign_is_no_packer)
{
    struct made m = {.is64 = true};
    header(&m, 2, 62, 0x400100, 1);
    segment(&m, 1, 5, 0, 0x400000, 20000, 20000);
    noise(&m.b, 20000 - m.b.n); /* no sections, high entropy, nothing else */
    look(strbuf_str(&m.b));
    CHECK(!facts_has(&facts, F_ELF_PACKER));
    header(&m, 2, 62, 0x400100, 1);
    segment(&m, 1, 7, 0, 0x400000, 20000, 20000);
    strbuf_pad(&m.b, 'x', 20000 - m.b.n); /* no sections, writable code, no entropy */
    look(strbuf_str(&m.b));
    CHECK(facts_get(&facts, F_ELF_IS_RWX)->b);
    CHECK(!facts_has(&facts, F_ELF_PACKER));
    strbuf_done(&m.b);
}

TEST(overlay_is_measured)
{
    struct made m = {.is64 = true};
    header(&m, 2, 62, 0x400000, 1);
    segment(&m, 1, 5, 0, 0x400000, 200, 200);
    strbuf_pad(&m.b, 0, 200 - m.b.n);
    strbuf_pad(&m.b, 'x', 77);
    look(strbuf_str(&m.b));
    CHECK_INT(facts_get(&facts, F_ELF_OVERLAY_SIZE)->u, 77);
    CHECK(facts_get(&facts, F_ELF_OVERLAY_ENTROPY)->d == 0);
    strbuf_done(&m.b);
}

TEST(damaged_headers_are_stated)
{
    struct made m = {.is64 = true};
    header(&m, 2, 62, 0x900000, 1);
    segment(&m, 1, 5, 0, 0x400000, 5000, 5000);
    look(strbuf_str(&m.b));
    CHECK(lists(F_ELF_PROBLEMS, "truncated"));
    CHECK(lists(F_ELF_PROBLEMS, "bad-entry"));
    m.b.p[54] = 12; /* e_phentsize */
    look(strbuf_str(&m.b));
    CHECK(lists(F_ELF_PROBLEMS, "bad-phdr"));
    look(str_sub(strbuf_str(&m.b), 0, 30));
    CHECK(lists(F_ELF_PROBLEMS, "truncated"));
    strbuf_done(&m.b);
}

TEST(many_segments_over_the_same_bytes_cost_no_time)
{
    struct made m = {.is64 = true};
    size_t size = 8 << 20;
    header(&m, 2, 62, 0x400000, 1000);
    for (unsigned i = 0; i < 1000; i++)
        segment(&m, 1, 7, 0, 0x400000, size, size);
    strbuf_pad(&m.b, 'x', size - m.b.n);
    look(strbuf_str(&m.b));
    CHECK(lists(F_ELF_PROBLEMS, "overlapping-segments"));
    strbuf_done(&m.b);
}

TEST(go_build_information)
{
    struct made m = {.is64 = true};
    static const char LIST[] =
        "0123456789abcdefpath\texample.org/davy-test\nmod\texample.org/davy-test\tv1.0.0\th1:x\n"
        "dep\texample.org/miner-imitation\tv0.1.0\n=>\texample.org/fork\tv2\n0123456789abcdef";
    for (int inline_form = 0; inline_form < 2; inline_form++) {
        header(&m, 2, 62, 0x400000, 2);
        segment(&m, 1, 5, 0, 0x400000, 176, 176);
        segment(&m, 1, 6, 176, 0x500000, 2000, 2000);
        strbuf_add(&m.b, STR("\xff Go buildinf:"));
        strbuf_addc(&m.b, 8);
        strbuf_addc(&m.b, inline_form ? 2 : 0);
        if (inline_form) {
            strbuf_pad(&m.b, 0, 16);
            strbuf_addc(&m.b, 8);
            strbuf_adds(&m.b, "go1.22.1");
            strbuf_addc(&m.b, (char)(0x80 | (sizeof(LIST) - 1) % 128));
            strbuf_addc(&m.b, (char)((sizeof(LIST) - 1) / 128));
        } else {
            put(&m, 0x500020, 8), put(&m, 0x500030, 8);
            put(&m, 0x500040, 8), put(&m, 8, 8);
            put(&m, 0x500048, 8), put(&m, sizeof(LIST) - 1, 8);
            strbuf_adds(&m.b, "go1.22.1");
        }
        strbuf_adds(&m.b, LIST);
        strbuf_pad(&m.b, 0, 2176 - m.b.n);
        look(strbuf_str(&m.b));
        CHECK_STR(facts_get_str(&facts, F_ELF_GO_VERSION), "go1.22.1");
        CHECK_STR(facts_get_str(&facts, F_PACKAGE_ECOSYSTEM), "golang");
        CHECK(lists(F_PACKAGE_LIST, "example.org/miner-imitation v0.1.0"));
        CHECK(lists(F_PACKAGE_LIST, "example.org/davy-test v1.0.0"));
        CHECK(lists(F_PACKAGE_NAMES, "example.org/fork"));
        CHECK_STR(facts_get_str(&facts, F_ELF_GO_PATH), "example.org/davy-test");
        CHECK(lists(F_ELF_GO_MODULES, "example.org/miner-imitation"));
        CHECK(lists(F_ELF_GO_MODULES, "example.org/fork"));
    }
    strbuf_done(&m.b);
}
