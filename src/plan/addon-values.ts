// Owns what a config tells an add-on by its configurationValues.
import { parse } from 'yaml'

import { isObject } from '../base/json.ts'
import type { PlanFacts } from './checks.ts'

/** Whether an add-on of the config has values of which `isOn` holds. */
export function addonIs(
  { located }: Pick<PlanFacts, 'located'>,
  addonName: string,
  isOn: (values: Readonly<Record<string, unknown>>) => boolean,
): boolean {
  const addon = located.config.addons?.find(({ name }) => name === addonName)
  try {
    const values: unknown = parse(addon?.configurationValues ?? '')
    return isObject(values) && isOn(values)
  } catch {
    // The add-on is refused for it.
    return false
  }
}
