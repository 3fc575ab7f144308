// Owns what a config tells an add-on by its configurationValues.
import { parse } from 'yaml'

import { isObject } from '../base/json.ts'
import type { AddonConfig } from '../config/cluster-config.ts'
import type { PlanFacts } from './checks.ts'

/** Whether an add-on of the config has values of which `isOn` holds. */
export function addonIs(
  { located }: Pick<PlanFacts, 'located'>,
  addonName: string,
  isOn: (values: Readonly<Record<string, unknown>>) => boolean,
): boolean {
  const addon = located.config.addons?.find(({ name }) => name === addonName)
  return addon !== undefined && isOn(valuesOf(addon))
}

/** The values of an add-on; none where they are neither JSON nor YAML of a mapping, which EKS refuses. */
export function valuesOf({ configurationValues = '' }: AddonConfig): Readonly<Record<string, unknown>> {
  try {
    const values: unknown = parse(configurationValues)
    return isObject(values) ? values : {}
  } catch {
    return {}
  }
}
