/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
/*
 * Numbers of 32-bit system calls (asm/unistd_32.h) as those of x86-64 (asm/unistd_64.h), which kinds of records are. Calls that
 * differ only in the width of what they take are given the number of their wide form.
 */
#define COMPAT_NONE 0xffff       /* no such call on x86-64 */
#define COMPAT_SOCKETCALL 0xfffe /* the first argument tells which */
#define COMPAT_CALLS 512

static const volatile unsigned short compat_calls[COMPAT_CALLS] = {
    [0] = 219, 60, 57, 0, 1, 2, 3, 61, 85, 86, 87, 59, 80, 201, 133, 90,
    [16] = 94, COMPAT_NONE, 4, 8, 39, 165, 166, 105, 102, COMPAT_NONE, 101, 37, 5, 34, 132, COMPAT_NONE,
    [32] = COMPAT_NONE, 21, COMPAT_NONE, COMPAT_NONE, 162, 62, 82, 83, 84, 32, 22, 100, COMPAT_NONE, 12, 106, 104,
    [48] = 13, 107, 108, 163, 166, COMPAT_NONE, 16, 72, COMPAT_NONE, 109, COMPAT_NONE, COMPAT_NONE, 95, 161, 136, 33,
    [64] = 110, 111, 112, 13, COMPAT_NONE, COMPAT_NONE, 113, 114, 130, 127, 170, 160, 97, 98, 96, 164,
    [80] = 115, 116, 23, 88, 6, 89, 134, 167, 169, 78, 9, 11, 76, 77, 91, 93,
    [96] = 140, 141, COMPAT_NONE, 137, 138, 173, COMPAT_SOCKETCALL, 103, 38, 36, 4, 6, 5, COMPAT_NONE, 172, 153,
    [112] = COMPAT_NONE, COMPAT_NONE, 61, 168, 99, COMPAT_NONE, 74, COMPAT_NONE, 56, 171, 63, 154, 159, 10, 14, 174,
    [128] = 175, 176, 177, 179, 121, 81, COMPAT_NONE, 139, 135, 183, 122, 123, COMPAT_NONE, 78, 23, 73,
    [144] = 26, 19, 20, 124, 75, 156, 149, 150, 151, 152, 142, 143, 144, 145, 24, 146,
    [160] = 147, 148, 35, 25, 117, 118, COMPAT_NONE, 178, 7, 180, 119, 120, 157, 15, 13, 14,
    [176] = 127, 128, 129, 130, 17, 18, 92, 79, 125, 126, 131, 40, 181, 182, 58, 97,
    [192] = 9, 76, 77, 4, 6, 5, 94, 102, 104, 107, 108, 113, 114, 115, 116, 93,
    [208] = 117, 118, 119, 120, 92, 105, 106, 122, 123, 155, 27, 28, 217, 72, COMPAT_NONE, COMPAT_NONE,
    [224] = 186, 187, 188, 189, 190, 191, 192, 193, 194, 195, 196, 197, 198, 199, 200, 40,
    [240] = 202, 203, 204, 205, 211, 206, 207, 208, 209, 210, 221, COMPAT_NONE, 231, 212, 213, 233,
    [256] = 232, 216, 218, 222, 223, 224, 225, 226, 227, 228, 229, 230, 137, 138, 234, 235,
    [272] = COMPAT_NONE, 236, 237, 239, 238, 240, 241, 242, 243, 244, 245, 246, 247, COMPAT_NONE, 248, 249,
    [288] = 250, 251, 252, 253, 254, 255, 256, 257, 258, 259, 260, 261, 262, 263, 264, 265,
    [304] = 266, 267, 268, 269, 270, 271, 272, 273, 274, 275, 277, 276, 278, 279, 309, 281,
    [320] = 280, 282, 283, 284, 285, 286, 287, 289, 290, 291, 292, 293, 294, 295, 296, 297,
    [336] = 298, 299, 300, 301, 302, 303, 304, 305, 306, 307, 308, 310, 311, 312, 313, 314,
    [352] = 315, 316, 317, 318, 319, 321, 322, 41, 53, 49, 42, 50, 288, 55, 54, 51,
    [368] = 52, 44, 46, 45, 47, 48, 323, 324, 325, 326, 327, 328, 329, 330, 331, 332,
    [384] = 158, 333, 334, COMPAT_NONE, COMPAT_NONE, COMPAT_NONE, COMPAT_NONE, COMPAT_NONE, COMPAT_NONE, 64, 66, 29, 31, 30, 67, 68,
    [400] = 69, 70, 71, 228, 227, 305, 229, 230, 224, 223, 287, 286, 280, 270, 271, COMPAT_NONE,
    [416] = 333, 299, 242, 243, 220, 128, 202, 148, 424, 425, 426, 427, 428, 429, 430, 431,
    [432] = 432, 433, 434, 435, 436, 437, 438, 439, 440, 441, 442, 443, 444, 445, 446, 447,
    [448] = 448, 449, 450, 451, 452, 453, 454, 455, 456, 457, 458, 459, 460, 461, 462, 463,
    [464] = 464, 465, 466, 467, 468, 469,
    [470 ... 511] = COMPAT_NONE,
};

/* Calls of x32 from 512 on, which have numbers of their own (asm/unistd_x32.h). */
#define X32_BIT 0x40000000
#define X32_FIRST 512
static const volatile unsigned short x32_calls[64] = {
    13, 15, 16, 19, 20, 45, 46, 47, 59, 101, 127, 128, 129, 131, 222, 244,
    246, 247, 273, 274, 278, 279, 295, 296, 297, 299, 307, 310, 311, 54, 55, 206,
    209, 322, 327, 328, COMPAT_NONE, COMPAT_NONE, COMPAT_NONE, COMPAT_NONE, COMPAT_NONE, COMPAT_NONE, COMPAT_NONE, COMPAT_NONE, COMPAT_NONE, COMPAT_NONE, COMPAT_NONE, COMPAT_NONE,
    COMPAT_NONE, COMPAT_NONE, COMPAT_NONE, COMPAT_NONE, COMPAT_NONE, COMPAT_NONE, COMPAT_NONE, COMPAT_NONE, COMPAT_NONE, COMPAT_NONE, COMPAT_NONE, COMPAT_NONE, COMPAT_NONE, COMPAT_NONE, COMPAT_NONE, COMPAT_NONE,
};

/* What socketcall(2) does, by its first argument (linux/net.h). send and recv are the short forms of sendto and recvfrom. */
#define SOCKETCALL_SEND 9
#define SOCKETCALL_RECV 10
static const volatile unsigned short socket_calls[32] = {
    0, 41, 49, 42, 50, 43, 51, 52, 53, 44, 45, 44, 45, 48, 54, 55, 46, 47, 288,
};
