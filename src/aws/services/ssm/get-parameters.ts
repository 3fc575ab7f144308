// Owns reading parameters: one, several, those below a path, and what one used to be.
import type {
  GetParameterHistoryRequest,
  GetParameterHistoryResult,
  GetParameterRequest,
  GetParameterResult,
  GetParametersByPathRequest,
  GetParametersByPathResult,
  GetParametersRequest,
  GetParametersResult,
  Parameter,
} from '@aws-sdk/client-ssm'

import { isAwsCode } from '../../../base/errors.ts'
import { operation } from '../../protocol/operation.ts'
import { paginate } from '../../protocol/paging.ts'
import { FILTERS, predicateOf } from './filters.ts'
import { reveal } from './secrets.ts'
import { parameterNotFound, validation, type Found, type SsmState } from './state.ts'

async function show(ssm: SsmState, found: Found, isDecrypted: boolean): Promise<Parameter> {
  const { version } = found
  return {
    Name: found.name,
    Type: version.type,
    Value: await reveal(ssm, found, isDecrypted),
    Version: version.version,
    Selector: found.selector,
    LastModifiedDate: new Date(version.modifiedAtMs),
    ARN: found.arn,
    DataType: version.dataType,
  }
}

/** @throws AwsError ParameterNotFound, ParameterVersionNotFound, InvalidKeyId */
export const getParameter = operation<SsmState, GetParameterRequest, GetParameterResult>()({
  honours: ['Name', 'WithDecryption'],
  handle: async (input, ssm) => {
    const found = ssm.find(input.Name ?? '')
    if (!found) throw parameterNotFound(input.Name)
    return { Parameter: await show(ssm, found, input.WithDecryption === true) }
  },
})

/** GetParameters: names that stand for nothing are listed beside the others. @throws AwsError InvalidKeyId */
export const getParameters = operation<SsmState, GetParametersRequest, GetParametersResult>()({
  honours: ['Names', 'WithDecryption'],
  handle: async (input, ssm) => {
    const names = [...new Set(input.Names)]
    const looked = names.map((name) => [name, findOrNone(ssm, name)] as const)
    const found = looked.flatMap(([, each]) => each ?? [])
    return {
      Parameters: await Promise.all(found.map((each) => show(ssm, each, input.WithDecryption === true))),
      InvalidParameters: looked.filter(([, each]) => !each).map(([name]) => name),
    }
  },
})

function findOrNone(ssm: SsmState, name: string): Found | undefined {
  try {
    return ssm.find(name)
  } catch (error) {
    if (isAwsCode(error, 'ParameterVersionNotFound')) return undefined
    throw error
  }
}

/** "The maximum number of items to return": ten, which is also the default (API_GetParametersByPath). */
const PAGE = 10

/** @throws AwsError ValidationException, InvalidFilterKey, InvalidFilterOption, InvalidNextToken, InvalidKeyId */
export const getParametersByPath = operation<
  SsmState,
  GetParametersByPathRequest,
  GetParametersByPathResult
>()({
  honours: ['Path', 'Recursive', 'WithDecryption', 'MaxResults', 'NextToken', ...FILTERS],
  handle: async (input, ssm) => {
    const { Path: path = '' } = input
    if (!path.startsWith('/')) {
      throw validation(
        'The parameter path must begin with a forward slash "/". It can consist of sub-paths divided by slash symbol; each sub-path can be formed as a mix of letters, numbers and the following 3 symbols .-_',
      )
    }
    const start = path.endsWith('/') ? path : `${path}/`
    const matches = predicateOf(ssm, input.ParameterFilters)
    const below = ssm
      .under(path.replace(/\/$/, ''))
      .filter(({ name }) => name.startsWith(start))
      .filter(({ name }) => input.Recursive === true || !name.slice(start.length).includes('/'))
      .filter(matches)
    const { items, token } = paginate(below, {
      token: input.NextToken,
      limit: input.MaxResults,
      defaultLimit: PAGE,
    })
    return {
      Parameters: await Promise.all(items.map((found) => show(ssm, found, input.WithDecryption === true))),
      NextToken: token,
    }
  },
})

/** @throws AwsError ParameterNotFound, InvalidNextToken, InvalidKeyId */
export const getParameterHistory = operation<
  SsmState,
  GetParameterHistoryRequest,
  GetParameterHistoryResult
>()({
  honours: ['Name', 'WithDecryption', 'MaxResults', 'NextToken'],
  handle: async (input, ssm) => {
    const { name, versions } = ssm.need(input.Name)
    const { items, token } = paginate(versions, {
      token: input.NextToken,
      limit: input.MaxResults,
      defaultLimit: 50,
    })
    const arn = ssm.arn(name)
    const Parameters = items.map(async (version) => ({
      Name: name,
      Type: version.type,
      KeyId: version.keyId,
      LastModifiedDate: new Date(version.modifiedAtMs),
      LastModifiedUser: version.modifiedBy,
      Description: version.description,
      Value: await reveal(ssm, { name, arn, version }, input.WithDecryption === true),
      AllowedPattern: version.allowedPattern,
      Version: version.version,
      Labels: [...version.labels],
      Tier: version.tier,
      Policies: [],
      DataType: version.dataType,
    }))
    return { Parameters: await Promise.all(Parameters), NextToken: token }
  },
})
