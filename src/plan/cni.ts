// Owns what a config tells the VPC CNI.
import { parse } from 'yaml'

import { isObject } from '../base/json.ts'
import type { PlanFacts } from './checks.ts'

/** Whether the add-on vpc-cni has values of which `isOn` holds. */
export function cniIs(
  { located }: PlanFacts,
  isOn: (values: Readonly<Record<string, unknown>>) => boolean,
): boolean {
  const cni = located.config.addons?.find(({ name }) => name === 'vpc-cni')
  try {
    const values: unknown = parse(cni?.configurationValues ?? '')
    return isObject(values) && isOn(values)
  } catch {
    // The add-on is refused for it.
    return false
  }
}
