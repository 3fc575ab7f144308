// Owns the controllers of load balancers and target groups: what wakes each. What it does is loaded with its first key.
import type { Controller } from '../../../reconcile/controller.ts'
import { tableSource } from '../../../reconcile/table-source.ts'
import type { Elb } from './state.ts'
import { listenersWith } from './trust-stores/lookup.ts'

const reconcilers = () => import('./reconcile.ts')

/** What brings the data plane to what the records say. */
export function controllersOf(elb: Elb): readonly Controller[] {
  const { listeners, loadBalancers, rules, targetGroups, trustStores } = elb.tables
  return [
    {
      name: 'elbv2-target-group',
      sources: [tableSource(targetGroups)],
      concurrency: 4,
      reconcile: async (arn) => (await reconcilers()).reconcileTargetGroup(elb, arn),
    },
    {
      name: 'elbv2-load-balancer',
      sources: [
        tableSource(loadBalancers),
        tableSource(listeners, (_arn, record) => [record.loadBalancerArn]),
        tableSource(trustStores, (arn) => [
          ...new Set(listenersWith(elb, arn).map((listener) => listener.loadBalancerArn)),
        ]),
        tableSource(rules, (_arn, { listenerArn }) => {
          const listener = listeners.get(listenerArn)
          return listener ? [listener.loadBalancerArn] : []
        }),
      ],
      concurrency: 4,
      reconcile: async (arn) => (await reconcilers()).reconcileLoadBalancer(elb, arn),
    },
  ]
}
