// Owns the surface of Auto Scaling.
import type { Controller } from '../../../reconcile/controller.ts'
import { operation, type AwsService, type ServiceDeps } from '../../protocol/service.ts'
import * as groups from './groups.ts'
import { groupController, type InstanceFeed } from './reconcile.ts'
import { AutoScalingState } from './state.ts'

export type { InstanceFeed } from './reconcile.ts'

export interface AutoScaling {
  readonly service: AwsService
  readonly controllers: readonly Controller[]
}

/** Builds Auto Scaling. `ports.instances` is EC2's `instances`; EC2 itself is reached through `deps.caller`. */
export function createAutoScaling(
  deps: ServiceDeps,
  ports: { readonly instances: InstanceFeed },
): AutoScaling {
  const state = new AutoScalingState(deps)
  return {
    service: {
      signingName: 'autoscaling',
      schema: 'autoscaling',
      protocol: 'query',
      operations: {
        CreateAutoScalingGroup: operation(groups.createAutoScalingGroup, state),
        CreateOrUpdateTags: operation(groups.createOrUpdateTags, state),
        DeleteAutoScalingGroup: operation(groups.deleteAutoScalingGroup, state),
        DeleteTags: operation(groups.deleteTags, state),
        DescribeAutoScalingGroups: operation(groups.describeAutoScalingGroups, state),
        DescribeScalingActivities: operation(groups.describeScalingActivities, state),
        DescribeTags: operation(groups.describeTags, state),
        SetDesiredCapacity: operation(groups.setDesiredCapacity, state),
        TerminateInstanceInAutoScalingGroup: operation(groups.terminateInstanceInAutoScalingGroup, state),
        UpdateAutoScalingGroup: operation(groups.updateAutoScalingGroup, state),
      },
    },
    controllers: [groupController(state, ports.instances)],
  }
}
