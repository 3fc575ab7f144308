// Owns listing and removing parameters.
import type {
  DeleteParameterRequest,
  DeleteParameterResult,
  DeleteParametersRequest,
  DeleteParametersResult,
  DescribeParametersRequest,
  DescribeParametersResult,
  ParameterMetadata,
} from '@aws-sdk/client-ssm'

import { operation } from '../../protocol/operation.ts'
import { paginate } from '../../protocol/paging.ts'
import { FILTERS, predicateOf } from './filters.ts'
import { keyOf, parameterNotFound, validation, type Found, type SsmState } from './state.ts'

function describe({ name, arn, version }: Found): ParameterMetadata {
  return {
    Name: name,
    ARN: arn,
    Type: version.type,
    KeyId: version.keyId,
    LastModifiedDate: new Date(version.modifiedAtMs),
    LastModifiedUser: version.modifiedBy,
    Description: version.description,
    AllowedPattern: version.allowedPattern,
    Version: version.version,
    Tier: version.tier,
    Policies: [],
    DataType: version.dataType,
  }
}

/** DescribeParameters: the account's own. @throws AwsError InvalidFilterKey, InvalidFilterOption, InvalidNextToken */
export const describeParameters = operation<SsmState, DescribeParametersRequest, DescribeParametersResult>()({
  honours: ['Filters[].Key', 'Filters[].Values', 'MaxResults', 'NextToken', ...FILTERS],
  handle: (input, ssm) => {
    const { Filters: older, ParameterFilters: filters } = input
    if (older?.length && filters?.length) {
      throw validation('You can use either Filters or ParameterFilters in a single request.')
    }
    // The older kind compares beginnings (API_ParametersFilter).
    const wanted = filters ?? older?.map((filter) => ({ ...filter, Option: 'BeginsWith' }))
    const found = ssm.under('/').filter(predicateOf(ssm, wanted))
    const { items, token } = paginate(found, {
      token: input.NextToken,
      limit: input.MaxResults,
      defaultLimit: 50,
    })
    return { Parameters: items.map(describe), NextToken: token }
  },
})

/** @throws AwsError ParameterNotFound */
export const deleteParameter = operation<SsmState, DeleteParameterRequest, DeleteParameterResult>()({
  honours: ['Name'],
  handle: async (input, ssm) => {
    await ssm.deps.store.transact((tx) => {
      if (!ssm.parameters.deleteIn(tx, keyOf(input.Name ?? ''))) throw parameterNotFound(input.Name)
    })
    return {}
  },
})

/** DeleteParameters: those that are not there are named. */
export const deleteParameters = operation<SsmState, DeleteParametersRequest, DeleteParametersResult>()({
  honours: ['Names'],
  handle: async (input, ssm) => {
    const names = input.Names ?? []
    return await ssm.deps.store.transact((tx) => {
      const gone = names.filter((name) => ssm.parameters.deleteIn(tx, keyOf(name)))
      return {
        DeletedParameters: gone,
        InvalidParameters: names.filter((name) => !gone.includes(name)),
      }
    })
  },
})
