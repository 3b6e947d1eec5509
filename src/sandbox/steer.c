// SPDX-License-Identifier: Apache-2.0
#include <bpf/bpf.h>
#include <errno.h>
#include <netinet/in.h>
#include <stddef.h>

#include "base/str.h"
#include "sandbox/steer.h"

#define INSN(c, d, s, o, i) {.code = (c), .dst_reg = (d), .src_reg = (s), .off = (o), .imm = (i)}
#define MOVE(d, s) INSN(BPF_ALU64 | BPF_MOV | BPF_X, d, s, 0, 0)
#define SET(d, i) INSN(BPF_ALU64 | BPF_MOV | BPF_K, d, 0, 0, i)
#define CALL(f) INSN(BPF_JMP | BPF_CALL, 0, 0, 0, f)
#define IF_IS(r, i, skip) INSN(BPF_JMP | BPF_JEQ | BPF_K, r, 0, skip, i)
#define IF_NOT(r, i, skip) INSN(BPF_JMP | BPF_JNE | BPF_K, r, 0, skip, i)

enum { STREAM, DATAGRAM, SOCKETS };

static int load(int map, struct error *err)
{
    const struct bpf_insn program[] = {
        MOVE(BPF_REG_6, BPF_REG_1),
        INSN(BPF_LDX | BPF_MEM | BPF_W, BPF_REG_2, BPF_REG_1, offsetof(struct bpf_sk_lookup, protocol), 0),
        SET(BPF_REG_3, STREAM),
        IF_IS(BPF_REG_2, IPPROTO_TCP, 2),
        SET(BPF_REG_3, DATAGRAM),
        IF_NOT(BPF_REG_2, IPPROTO_UDP, 14),
        INSN(BPF_STX | BPF_MEM | BPF_W, BPF_REG_10, BPF_REG_3, -4, 0),
        INSN(BPF_LD | BPF_DW | BPF_IMM, BPF_REG_1, BPF_PSEUDO_MAP_FD, 0, map),
        {},
        MOVE(BPF_REG_2, BPF_REG_10),
        INSN(BPF_ALU64 | BPF_ADD | BPF_K, BPF_REG_2, 0, 0, -4),
        CALL(BPF_FUNC_map_lookup_elem),
        IF_IS(BPF_REG_0, 0, 7),
        MOVE(BPF_REG_7, BPF_REG_0),
        MOVE(BPF_REG_1, BPF_REG_6),
        MOVE(BPF_REG_2, BPF_REG_0),
        SET(BPF_REG_3, 0),
        CALL(BPF_FUNC_sk_assign),
        MOVE(BPF_REG_1, BPF_REG_7),
        CALL(BPF_FUNC_sk_release),
        SET(BPF_REG_0, SK_PASS),
        INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0),
    };
    LIBBPF_OPTS(bpf_prog_load_opts, o, .expected_attach_type = BPF_SK_LOOKUP);
    const int fd = bpf_prog_load(BPF_PROG_TYPE_SK_LOOKUP, "davy_steer", "Dual BSD/GPL", program, ARRAY_SIZE(program), &o);
    return fd < 0 ? error_errno(err, fd, "the kernel does not take the program that brings connections to the pretend internet (Linux 5.9)") : fd;
}

int steer(int space, int stream, int datagram, struct error *err)
{
    const int sockets[SOCKETS] = {stream, datagram};
    _cleanup_close_ int map = bpf_map_create(BPF_MAP_TYPE_SOCKMAP, "davy_steer", 4, 8, SOCKETS, NULL);
    if (map < 0)
        return error_errno(err, map, "a map of sockets");
    for (uint32_t i = 0; i < SOCKETS; i++) {
        const uint64_t fd = (uint64_t)sockets[i];
        if (bpf_map_update_elem(map, &i, &fd, BPF_ANY) < 0)
            return error_errno(err, -errno, "a map of sockets");
    }
    _cleanup_close_ int program = load(map, err);
    if (program < 0)
        return program;
    const int link = bpf_link_create(program, space, BPF_SK_LOOKUP, NULL);
    return link < 0 ? error_errno(err, link, "connections cannot be brought to the pretend internet") : link;
}
