// SPDX-License-Identifier: Apache-2.0
/* What acts execute, and the interpreter of their script. */
int main(void)
{
    return 0;
}
