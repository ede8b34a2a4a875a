/* SPDX-License-Identifier: Apache-2.0 */
/* What somebody left in /tmp: as a program and as a library. It does nothing. */
int main(void)
{
	return 0;
}
