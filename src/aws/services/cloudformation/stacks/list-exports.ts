// Owns ListExports.
import type { ListExportsInput, ListExportsOutput } from '@aws-sdk/client-cloudformation'

import { operation } from '../../../protocol/operation.ts'
import { exportsOf } from '../engine/scope.ts'
import type { CloudFormation } from '../state.ts'
import { page } from './page.ts'

/** Every exported value of the region. @throws AwsError ValidationError */
export const listExports = operation<CloudFormation, ListExportsInput, ListExportsOutput>()({
  honours: ['NextToken'],
  handle: (input, cloudformation) => {
    const { items, token } = page(exportsOf(cloudformation), input.NextToken)
    return {
      Exports: items.map(({ name, value, stackId }) => ({
        Name: name,
        Value: value,
        ExportingStackId: stackId,
      })),
      NextToken: token,
    }
  },
})
