// Owns the configuration values that add-ons are installed with: those of the file, and what Fargate asks of CoreDNS.
import { parse } from 'yaml'

import { UserError } from '../base/errors.ts'
import { deepEqual, isObject } from '../base/json.ts'
import type { ClusterConfig } from '../config/cluster-config.ts'
import { wantsFargateDns } from './coredns.ts'

/**
 * The values as EKS takes them; undefined for none. CoreDNS that a Fargate profile selects is told so here and not in its
 * Deployment, which the next update of the add-on would put back.
 * @throws UserError when the file's values are neither JSON nor YAML of a mapping
 */
export function addonValues(config: ClusterConfig, addonName: string): string | undefined {
  const given = config.addons?.find(({ name }) => name === addonName)?.configurationValues
  if (addonName !== 'coredns' || !wantsFargateDns(config)) return given
  const values = parsed(given, addonName)
  return JSON.stringify({ computeType: 'Fargate', ...values })
}

/** True when two texts, JSON or YAML, say the same. */
export function saySame(one: string | undefined, other: string | undefined): boolean {
  return deepEqual(readable(one), readable(other))
}

function parsed(text: string | undefined, addonName: string): Readonly<Record<string, unknown>> {
  const values = readable(text)
  if (isObject(values)) return values
  throw new UserError(
    `configurationValues of the add-on ${addonName} are neither JSON nor YAML of a mapping`,
    {
      help: 'Correct `addons` in the ClusterConfig.',
    },
  )
}

function readable(text: string | undefined): unknown {
  if (text === undefined || text.trim() === '') return {}
  try {
    return parse(text)
  } catch {
    return text
  }
}
