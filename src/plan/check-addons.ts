// Owns the problems of add-ons: those that the near region does not have, and what those that it has do not do.
import type { AddonConfig } from '../config/cluster-config.ts'
import type { Problem } from '../config/problem.ts'
import { problem } from '../config/problem.ts'
import { addonFacts, type AddonFacts, factsOfAddon } from '../rules/eks/addons.ts'
import { valuesOf } from './addon-values.ts'
import type { PlanFacts } from './checks.ts'

/** Reports add-ons of the config that are not emulated, and what the emulated ones leave out near. */
export function checkAddons({ located }: PlanFacts): Problem[] {
  return (located.config.addons ?? []).flatMap((addon, index) => {
    const { name } = addon
    const at = located.locate(['addons', index, 'name'])
    const facts = factsOfAddon(name)
    if (!facts) {
      const help = `Leave it out for the near cluster; emulated are ${Object.keys(addonFacts).join(', ')}.`
      return [problem('addon-not-emulated', `the add-on ${name} is not emulated`, at, help)]
    }
    const lacking =
      facts.lacks === undefined ? [] : [`near, the add-on ${name} does not do its work: it ${facts.lacks}`]
    return [...lacking, ...ignored(facts, addon)].map((text) => problem('addon-stand-in', text, at))
  })
}

function ignored({ withoutEffect = {} }: AddonFacts, addon: AddonConfig): string[] {
  const values = valuesOf(addon)
  return Object.entries(withoutEffect).flatMap(([key, why]) =>
    key in values ? [`near, ${key} in the values of the add-on ${addon.name} has no effect: ${why}`] : [],
  )
}
