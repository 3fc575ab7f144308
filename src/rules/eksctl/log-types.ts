// Owns which logs of the control plane a config turns on.

const LOG_TYPES = ['api', 'audit', 'authenticator', 'controllerManager', 'scheduler']

interface Logging {
  readonly cloudWatch?: { readonly clusterLogging?: { readonly enableTypes?: readonly string[] } }
}

/** The control-plane log types that the file turns on; `*` and `all` mean every one. */
export function enabledLogTypes(config: Logging): readonly string[] {
  const asked = config.cloudWatch?.clusterLogging?.enableTypes ?? []
  return asked.some((type) => type === '*' || type === 'all') ? LOG_TYPES : asked
}
