// Owns the controller of groups: what wakes it. What it does is loaded with its first key.
import type { Controller, Source } from '../../../reconcile/controller.ts'
import { GROUP_TAG } from './fleet.ts'
import type { AutoScalingState } from './state.ts'

/** Tells of instances that appear, change and go; EC2's table of instances. */
export interface InstanceFeed {
  watch(
    onChange: (change: { readonly value: { readonly tags: Readonly<Record<string, string>> } }) => void,
  ): () => void
}

/** The controller of all groups; keys are names of groups. */
export function groupController(state: AutoScalingState, instances: InstanceFeed): Controller {
  const groups: Source = {
    subscribe(enqueue) {
      const stop = state.groups.watch(({ key }) => enqueue(key))
      for (const { key } of state.groups.rows()) enqueue(key)
      return stop
    },
  }
  const fleet: Source = {
    subscribe: (enqueue) =>
      instances.watch(({ value }) => {
        const name = value.tags[GROUP_TAG]
        if (name !== undefined) enqueue(name)
      }),
  }
  return {
    name: 'auto-scaling-groups',
    sources: [groups, fleet],
    reconcile: async (key) => (await import('./reconcile.ts')).reconcileGroup(state, key),
  }
}
