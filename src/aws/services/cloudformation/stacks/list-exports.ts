// Owns ListExports.
import type { ListExportsInput, ListExportsOutput } from '@aws-sdk/client-cloudformation'

import { paginate } from '../../../protocol/paging.ts'
import { exportsOf } from '../engine/scope.ts'
import type { CloudFormation } from '../state.ts'

export function listExports(input: ListExportsInput, cloudformation: CloudFormation): ListExportsOutput {
  const all = exportsOf(cloudformation).map(({ name, value, stackId }) => ({
    Name: name,
    Value: value,
    ExportingStackId: stackId,
  }))
  const { items, token } = paginate(all, {
    token: input.NextToken,
    defaultLimit: 100,
    tokenCode: 'ValidationError',
  })
  return { Exports: items, NextToken: token }
}
