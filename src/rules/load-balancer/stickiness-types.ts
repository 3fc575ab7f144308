// Owns which kinds of stickiness target groups have. Source: ELBv2 API reference, TargetGroupAttribute, `stickiness.type`.

/** By cookies, in groups that get requests. */
const OF_REQUESTS = ['app_cookie', 'lb_cookie']
/** By address, in groups that get connections or datagrams. */
const OF_FLOWS = ['source_ip']

/** Why a group of this protocol cannot have the type; undefined when it can. */
export function stickinessTypeProblem(protocol: string, type: string): string | undefined {
  if (![...OF_REQUESTS, ...OF_FLOWS].includes(type)) {
    return `'Stickiness type' must be one of [${[...OF_REQUESTS, ...OF_FLOWS].join(', ')}]`
  }
  const own = protocol === 'HTTP' || protocol === 'HTTPS' ? OF_REQUESTS : OF_FLOWS
  if (own.includes(type)) return undefined
  return `Stickiness type '${type}' is not supported for target groups with the ${protocol} protocol`
}
