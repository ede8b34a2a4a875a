/* SPDX-License-Identifier: Apache-2.0 */
/* The program: all it does is in cli/. */
#include "cli/commands.h"

int main(int argc, char **argv)
{
	return aw_cli_main(argc, argv);
}
