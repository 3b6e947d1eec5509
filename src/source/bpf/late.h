/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
/* Numbers of system calls that are newer than the headers we build with. */
#if defined(__x86_64__) || defined(__bpf__)
#ifndef __NR_cachestat
#define __NR_cachestat 451
#endif
#ifndef SYS_cachestat
#define SYS_cachestat __NR_cachestat
#endif
#ifndef __NR_map_shadow_stack
#define __NR_map_shadow_stack 453
#endif
#ifndef SYS_map_shadow_stack
#define SYS_map_shadow_stack __NR_map_shadow_stack
#endif
#ifndef __NR_statmount
#define __NR_statmount 457
#endif
#ifndef SYS_statmount
#define SYS_statmount __NR_statmount
#endif
#ifndef __NR_listmount
#define __NR_listmount 458
#endif
#ifndef SYS_listmount
#define SYS_listmount __NR_listmount
#endif
#ifndef __NR_lsm_get_self_attr
#define __NR_lsm_get_self_attr 459
#endif
#ifndef SYS_lsm_get_self_attr
#define SYS_lsm_get_self_attr __NR_lsm_get_self_attr
#endif
#ifndef __NR_lsm_set_self_attr
#define __NR_lsm_set_self_attr 460
#endif
#ifndef SYS_lsm_set_self_attr
#define SYS_lsm_set_self_attr __NR_lsm_set_self_attr
#endif
#ifndef __NR_lsm_list_modules
#define __NR_lsm_list_modules 461
#endif
#ifndef SYS_lsm_list_modules
#define SYS_lsm_list_modules __NR_lsm_list_modules
#endif
#ifndef __NR_mseal
#define __NR_mseal 462
#endif
#ifndef SYS_mseal
#define SYS_mseal __NR_mseal
#endif
#ifndef __NR_setxattrat
#define __NR_setxattrat 463
#endif
#ifndef SYS_setxattrat
#define SYS_setxattrat __NR_setxattrat
#endif
#ifndef __NR_getxattrat
#define __NR_getxattrat 464
#endif
#ifndef SYS_getxattrat
#define SYS_getxattrat __NR_getxattrat
#endif
#ifndef __NR_listxattrat
#define __NR_listxattrat 465
#endif
#ifndef SYS_listxattrat
#define SYS_listxattrat __NR_listxattrat
#endif
#ifndef __NR_removexattrat
#define __NR_removexattrat 466
#endif
#ifndef SYS_removexattrat
#define SYS_removexattrat __NR_removexattrat
#endif
#ifndef __NR_open_tree_attr
#define __NR_open_tree_attr 467
#endif
#ifndef SYS_open_tree_attr
#define SYS_open_tree_attr __NR_open_tree_attr
#endif
#ifndef __NR_file_getattr
#define __NR_file_getattr 468
#endif
#ifndef SYS_file_getattr
#define SYS_file_getattr __NR_file_getattr
#endif
#ifndef __NR_listns
#define __NR_listns 470
#endif
#ifndef SYS_listns
#define SYS_listns __NR_listns
#endif
#ifndef __NR_fchroot
#define __NR_fchroot 472
#endif
#ifndef SYS_fchroot
#define SYS_fchroot __NR_fchroot
#endif
#endif
