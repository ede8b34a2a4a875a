/* SPDX-License-Identifier: Apache-2.0 */
/* The policy's own name servers, or those of the host that it runs on. */
#include "daemon/run_names.h"

#include <string.h>

#include "agent/resolvers.h"

struct aw_agent_names aw_run_names(const struct aw_policy *policy)
{
	struct aw_agent_names names = {.lease_min_s = AW_LEASE_MIN_S,
				       .lease_max_s = AW_LEASE_MAX_S};

	if (policy && policy->lease_max_s) {
		names.lease_min_s = policy->lease_min_s;
		names.lease_max_s = policy->lease_max_s;
	}
	if (policy && policy->n_resolvers) {
		memcpy(names.resolvers, policy->resolvers, sizeof(names.resolvers));
		names.n_resolvers = policy->n_resolvers;
	} else {
		names.n_resolvers = aw_resolvers_read(AW_RESOLV_CONF, names.resolvers);
	}
	return names;
}
