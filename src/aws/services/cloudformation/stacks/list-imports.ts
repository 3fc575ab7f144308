// Owns ListImports: who uses an export.
import type { ListImportsInput, ListImportsOutput } from '@aws-sdk/client-cloudformation'

import { operation } from '../../../protocol/operation.ts'
import { importersOf } from '../engine/exports.ts'
import { validationError } from '../errors.ts'
import type { CloudFormation } from '../state.ts'
import { page } from './page.ts'

/** @throws AwsError ValidationError when nothing imports it */
export const listImports = operation<CloudFormation, ListImportsInput, ListImportsOutput>()({
  honours: ['ExportName', 'NextToken'],
  handle: (input, cloudformation) => {
    const all = importersOf(cloudformation, input.ExportName ?? '')
    if (all.length === 0) throw validationError(`Export '${input.ExportName}' is not imported by any stack.`)
    const { items, token } = page(all, input.NextToken)
    return { Imports: items, NextToken: token }
  },
})
