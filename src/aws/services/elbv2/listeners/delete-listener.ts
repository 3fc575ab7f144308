// Owns DeleteListener.
import type { DeleteListenerInput, DeleteListenerOutput } from '@aws-sdk/client-elastic-load-balancing-v2'

import { findListener } from '../lookup.ts'
import type { Elb } from '../state.ts'

/** @throws AwsError ListenerNotFound */
export async function deleteListener(input: DeleteListenerInput, elb: Elb): Promise<DeleteListenerOutput> {
  await elb.tables.listeners.delete(findListener(elb, input.ListenerArn).arn)
  return {}
}
