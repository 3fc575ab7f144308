// Owns the problems of add-ons: those that the near region does not have, and what those that it has do not do.
import type { Problem } from '../config/problem.ts'
import { problem } from '../config/problem.ts'
import { addonFacts, factsOfAddon } from '../rules/eks/addons.ts'
import type { PlanFacts } from './checks.ts'

/** Reports add-ons of the config that are not emulated, and what the emulated ones leave out near. */
export function checkAddons({ located }: PlanFacts): Problem[] {
  return (located.config.addons ?? []).flatMap(({ name }, index) => {
    const at = located.locate(['addons', index, 'name'])
    const facts = factsOfAddon(name)
    if (!facts) {
      const help = `Leave it out for the near cluster; emulated are ${Object.keys(addonFacts).join(', ')}.`
      return [problem('addon-not-emulated', `the add-on ${name} is not emulated`, at, help)]
    }
    if (facts.lacks === undefined) return []
    return [problem('addon-stand-in', `near, the add-on ${name} does not do its work: it ${facts.lacks}`, at)]
  })
}
