/* SPDX-License-Identifier: Apache-2.0 */
/* The version of the program, as --version, events and baselines give it. */
#pragma once

#ifndef AW_VERSION
#define AW_VERSION "0.1.0"
#endif
