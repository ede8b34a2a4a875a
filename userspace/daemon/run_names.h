/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a policy, or this host, says of name servers and leases, as the kernel side takes it.
 */
#pragma once

#include "kernel/agents.h"
#include "policy/policy.h"

/* policy: NULL for none. */
struct aw_agent_names aw_run_names(const struct aw_policy *policy);
