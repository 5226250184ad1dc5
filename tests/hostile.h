/* SPDX-License-Identifier: Apache-2.0 */
/* hostile.h -- a file name and a text as an attacker would write them: for gnuplot, a page, a terminal, a table, JSON. */
#ifndef GRADAUDIT_HOSTILE_H
#define GRADAUDIT_HOSTILE_H

#define HOSTILE_NAME "`touch pwned`$(id)\n<script>alert(1)<" "\x1b]0;t\a\x1b[2J\t\"'\\%s%n&\r\xe2\x80\xae\xff.safetensors"
#define HOSTILE_TEXT "\"`touch pwned`'\n</title><script>alert(1)</script>\x1b[31m\x1b]52;c;eA==\a\t\\\r\x7f\xe2\x80\xaeσ %s%n"

#endif
